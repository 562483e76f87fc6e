//! The server to send to, and how to connect to it.

mod client_certificate;
mod credentials;
mod mask;
mod security;
mod timeouts;
mod tls_library;
mod trust;
mod url;

use std::{fmt, net::SocketAddr, str::FromStr};

pub use client_certificate::ClientCertificate;
pub use credentials::{Credentials, Mechanism, Secret};
pub use mask::Mask;
pub use security::Security;
pub use timeouts::Timeouts;
pub use tls_library::TlsLibrary;
pub use trust::Trust;
pub use url::ServerUrl;

use crate::{Error, HelloName, HostName, Kind};

/// A server, with all settings that a backend needs to open a connection to it.
///
/// ```
/// use mailer::{Security, Server};
/// let server: Server = "smtp://mail.example.com".parse()?;
/// assert_eq!((server.port, server.security), (587, Security::Required));
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Server {
    /// The name to resolve, and the name that the certificate must match.
    pub host: HostName,
    /// The TCP port.
    pub port: u16,
    /// The address to connect to instead of `host` and `port`, for example of a relay. Certificates are
    /// still verified for `host`.
    pub connect_to: Option<SocketAddr>,
    /// When the connection starts TLS.
    pub security: Security,
    /// The library that does TLS.
    pub tls_library: TlsLibrary,
    /// Whether a connection may resume the TLS session of an earlier one (RFC 8446 §2.2), if the library can.
    pub resumes_tls: bool,
    /// The user and the password or access token; without them the client sends no AUTH.
    pub credentials: Option<Credentials>,
    /// The AUTH mechanisms that the client may use, the preferred one first. It uses the first that the
    /// server offers, and that [fits](Self::usable_mechanisms) the credentials.
    pub mechanisms: Vec<Mechanism>,
    /// The certificates to trust.
    pub trust: Trust,
    /// The client's own certificate, for a server that asks for one.
    pub client_certificate: Option<ClientCertificate>,
    /// The time limit of each step.
    pub timeouts: Timeouts,
    /// The client's name in EHLO.
    pub hello: HelloName,
}

impl Server {
    /// Returns a server with default values for all other settings.
    #[must_use]
    pub fn new(host: HostName, port: u16, security: Security) -> Self {
        Self {
            host,
            port,
            connect_to: None,
            security,
            tls_library: TlsLibrary::default(),
            resumes_tls: true,
            credentials: None,
            mechanisms: Mechanism::ALL.to_vec(),
            trust: Trust::default(),
            client_certificate: None,
            timeouts: Timeouts::default(),
            hello: HelloName::default(),
        }
    }

    /// Whether the session must start TLS with STARTTLS before AUTH and MAIL.
    ///
    /// An attacker can remove STARTTLS from the server's reply to EHLO. Opportunistic mode would then send
    /// a password without TLS, so with credentials it is the same as required.
    #[must_use]
    pub fn needs_starttls(&self) -> bool {
        match self.security {
            Security::Required => true,
            Security::Opportunistic => self.credentials.is_some(),
            Security::Implicit | Security::None => false,
        }
    }

    /// Returns the mechanisms that can send the credentials: those for a password or those for an access
    /// token, the preferred one first. Without credentials there are none.
    pub fn usable_mechanisms(&self) -> impl Iterator<Item = Mechanism> + Clone {
        let has_token = self.credentials.as_ref().map(Credentials::has_token);
        let is_usable = move |mechanism: &Mechanism| has_token == Some(mechanism.takes_token());
        self.mechanisms.iter().copied().filter(is_usable)
    }
}

impl FromStr for Server {
    type Err = Error;

    /// Parses a URL like [`ServerUrl`]; a user in it needs a password.
    fn from_str(text: &str) -> Result<Self, Error> {
        let url: ServerUrl = text.parse()?;
        let mut server = Self::new(url.host, url.port, url.security);
        server.credentials = match (url.user, url.password) {
            (None, _) => None,
            (Some(user), Some(password)) => Some(Credentials::new(user, password)?),
            (Some(_), None) => {
                return Err(Error::new(Kind::Configuration, "the URL has a user but no password"));
            }
        };
        Ok(server)
    }
}

impl fmt::Display for Server {
    /// Writes the URL of the server without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        url::write_url(f, &self.host, self.port, self.security)
    }
}
