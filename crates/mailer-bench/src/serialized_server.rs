//! A [`Server`] in a form that passes from process to process.
//!
//! It contains the password or access token, and the key of the client's certificate. It goes through a pipe that only the two processes can read, and never
//! into an argument or the environment, where other processes could see it.

use std::{net::SocketAddr, time::Duration};

use mailer::{
    ClientCertificate, Credentials, Error, Kind, Mechanism, Secret, Security, Server, Timeouts,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// Everything a [`Server`] contains. Secrets are wiped when it is dropped.
#[derive(Serialize, Deserialize)]
pub(crate) struct SerializedServer {
    host: String,
    port: u16,
    connect_to: Option<SocketAddr>,
    security: String,
    tls_library: String,
    resumes_tls: bool,
    user: Option<String>,
    /// The password or access token.
    secret: Option<String>,
    has_token: bool,
    mechanisms: Vec<String>,
    /// Authorities that are trusted in addition to the system's, each a certificate in PEM.
    authorities: Vec<String>,
    accepts_invalid: bool,
    /// The client's certificate and its key, in PEM.
    identity: Option<(String, String)>,
    timeouts: SerializedTimeouts,
    hello: String,
}

/// The fields of [`Timeouts`].
#[derive(Serialize, Deserialize)]
struct SerializedTimeouts {
    connect: Duration,
    greeting: Duration,
    command: Duration,
    tls: Duration,
    envelope: Duration,
    data: Duration,
    block: Duration,
    end_of_data: Duration,
    quit: Duration,
    total: Option<Duration>,
}

impl SerializedServer {
    pub(crate) fn new(server: &Server) -> Self {
        let credentials = server.credentials.as_ref();
        Self {
            host: server.host.to_string(),
            port: server.port,
            connect_to: server.connect_to,
            security: server.security.name().into(),
            tls_library: server.tls_library.name().into(),
            resumes_tls: server.resumes_tls,
            user: credentials.map(|c| c.user().to_owned()),
            secret: credentials.map(|c| c.secret().reveal().to_owned()),
            has_token: credentials.is_some_and(Credentials::has_token),
            mechanisms: server.mechanisms.iter().map(|it| it.name().to_owned()).collect(),
            authorities: server.trust.added().map(str::to_owned).collect(),
            accepts_invalid: server.trust.accepts_invalid(),
            identity: server
                .client_certificate
                .as_ref()
                .map(|it| (it.certificates().into(), it.key().into())),
            timeouts: SerializedTimeouts::new(&server.timeouts),
            hello: server.hello.to_string(),
        }
    }

    /// Returns the server.
    ///
    /// # Errors
    /// [`Kind::Internal`] if this does not come from [`SerializedServer::new`].
    pub(crate) fn server(&self) -> Result<Server, Error> {
        let security: Security = self.security.parse().map_err(|_| unknown("security"))?;
        let mut server = Server::new(self.host.parse()?, self.port, security);
        server.connect_to = self.connect_to;
        server.tls_library = self.tls_library.parse().map_err(|_| unknown("TLS library"))?;
        server.resumes_tls = self.resumes_tls;
        if let (Some(user), Some(secret)) = (&self.user, &self.secret) {
            let secret = Secret::from(secret.as_str());
            server.credentials = Some(match self.has_token {
                true => Credentials::with_token(user.as_str(), secret)?,
                false => Credentials::new(user.as_str(), secret)?,
            });
        }
        let mechanisms = self.mechanisms.iter().map(|name| mechanism(name));
        server.mechanisms = mechanisms.collect::<Result<_, _>>()?;
        for authority in &self.authorities {
            server.trust.add_pem(authority.as_bytes())?;
        }
        if self.accepts_invalid {
            server.trust.accept_invalid_certificates();
        }
        let identity = self.identity.as_ref();
        let identity = identity
            .map(|(cert, key)| ClientCertificate::from_pem(cert.as_bytes(), key.as_bytes()));
        server.client_certificate = identity.transpose()?;
        server.timeouts = self.timeouts.timeouts();
        server.hello = self.hello.parse()?;
        Ok(server)
    }
}

impl Drop for SerializedServer {
    fn drop(&mut self) {
        self.secret.zeroize();
        if let Some((_, key)) = &mut self.identity {
            key.zeroize();
        }
    }
}

impl SerializedTimeouts {
    fn new(timeouts: &Timeouts) -> Self {
        Self {
            connect: timeouts.connect,
            greeting: timeouts.greeting,
            command: timeouts.command,
            tls: timeouts.tls,
            envelope: timeouts.envelope,
            data: timeouts.data,
            block: timeouts.block,
            end_of_data: timeouts.end_of_data,
            quit: timeouts.quit,
            total: timeouts.total,
        }
    }

    fn timeouts(&self) -> Timeouts {
        let mut timeouts = Timeouts::default();
        timeouts.connect = self.connect;
        timeouts.greeting = self.greeting;
        timeouts.command = self.command;
        timeouts.tls = self.tls;
        timeouts.envelope = self.envelope;
        timeouts.data = self.data;
        timeouts.block = self.block;
        timeouts.end_of_data = self.end_of_data;
        timeouts.quit = self.quit;
        timeouts.total = self.total;
        timeouts
    }
}

fn mechanism(name: &str) -> Result<Mechanism, Error> {
    name.parse().map_err(|_| unknown("mechanism"))
}

fn unknown(what: &'static str) -> Error {
    Error::new(Kind::Internal, format!("another process of the run names an unknown {what}"))
}

#[cfg(test)]
mod tests {
    use mailer::TlsLibrary;

    use super::*;

    #[test]
    fn a_server_is_the_same_after_serialization() {
        let mut server: Server = "smtps://ann%40example.com:sesame@[::1]:4650".parse().unwrap();
        server.connect_to = Some(([127, 0, 0, 1], 25).into());
        server.mechanisms = vec![Mechanism::Login];
        server.tls_library = TlsLibrary::Rustls;
        server.resumes_tls = false;
        server.timeouts.quit = Duration::from_millis(1);
        server.timeouts.total = Some(Duration::from_secs(9));
        server
            .trust
            .add_pem(b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
            .unwrap();
        let pem = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n\
            -----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n";
        server.client_certificate =
            ClientCertificate::from_pem(pem.as_bytes(), pem.as_bytes()).ok();
        server.hello = "client.example.test".parse().unwrap();
        let text = serde_json::to_string(&SerializedServer::new(&server)).unwrap();
        let read = serde_json::from_str::<SerializedServer>(&text).unwrap().server().unwrap();
        assert_eq!(format!("{read:?}"), format!("{server:?}"));
        assert!(
            read.client_certificate.is_some()
                && read.client_certificate == server.client_certificate
        );
        let secret =
            |server: &Server| server.credentials.as_ref().map(|c| c.secret().reveal().to_owned());
        assert_eq!(secret(&read).as_deref(), Some("sesame"));
        server.credentials = Credentials::with_token("ann", "ya29.x").ok();
        let text = serde_json::to_string(&SerializedServer::new(&server)).unwrap();
        let read = serde_json::from_str::<SerializedServer>(&text).unwrap().server().unwrap();
        assert!(read.credentials.as_ref().is_some_and(Credentials::has_token));
        assert_eq!(secret(&read).as_deref(), Some("ya29.x"));
    }
}
