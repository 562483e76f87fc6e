//! TLS settings for either library, built once for all mailers to a server.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use lettre::transport::smtp::client::{
    Certificate, Identity as ClientIdentity, Tls, TlsParameters, TlsParametersBuilder,
};
use mailer::{
    ClientCertificate, Error, HostName, Kind, Security, Server, Setting, TlsLibrary, Trust,
};

/// The maximum number of settings that are kept. A program that sends to very many servers builds some
/// of them again, and does not keep the system's certificates in memory for each.
const KEPT: usize = 8;

/// Returns lettre's TLS mode for the server's security.
///
/// In lettre's opportunistic mode, a password is sent in the clear if STARTTLS is missing. The
/// documentation of `Tls::Opportunistic` warns of an attacker that removes it. So with credentials, TLS
/// is required.
pub(crate) fn tls(server: &Server) -> Result<Tls, Error> {
    Ok(match server.security {
        Security::None => Tls::None,
        Security::Implicit => Tls::Wrapper(parameters(server)?),
        _ if server.needs_starttls() => Tls::Required(parameters(server)?),
        Security::Required | Security::Opportunistic => Tls::Opportunistic(parameters(server)?),
    })
}

/// Returns the parameters for this server and trust setting.
///
/// Building them takes some milliseconds, because the TLS library reads the system's certificates each time.
/// A careful user of lettre builds them once and clones them, which copies no certificate; so does this
/// function. lettre keeps the server's name in them, so each server needs its own.
///
/// With rustls they also keep the sessions that a further connection resumes. lettre cannot turn that off, so without
/// resumption each mailer has parameters of its own.
fn parameters(server: &Server) -> Result<TlsParameters, Error> {
    if server.tls_library == TlsLibrary::Rustls && !server.resumes_tls {
        return build(server);
    }
    static BUILT: Mutex<Built<TlsParameters>> = Mutex::new(Built(VecDeque::new()));
    BUILT.lock().unwrap_or_else(PoisonError::into_inner).get(server, build)
}

/// The settings that were built last, with what they depend on.
struct Built<T>(VecDeque<(Key, T)>);

/// What the settings depend on.
type Key = (TlsLibrary, HostName, Trust, Option<ClientCertificate>);

impl<T: Clone> Built<T> {
    fn get(
        &mut self,
        server: &Server,
        build: impl FnOnce(&Server) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (host, trust) = (server.host.clone(), server.trust.clone());
        let key = (server.tls_library, host, trust, server.client_certificate.clone());
        if let Some((_, built)) = self.0.iter().find(|(known, _)| *known == key) {
            return Ok(built.clone());
        }
        let built = build(server)?;
        self.0.truncate(KEPT - 1);
        self.0.push_front((key, built.clone()));
        Ok(built)
    }
}

fn build(server: &Server) -> Result<TlsParameters, Error> {
    let bad = |what| move |cause| Error::new(Kind::Configuration, what).with_cause(cause);
    // lettre's `build` would use rustls wherever the program was built with both libraries.
    let build_with: fn(TlsParametersBuilder) -> _ = match server.tls_library {
        TlsLibrary::NativeTls => TlsParametersBuilder::build_native,
        TlsLibrary::Rustls => TlsParametersBuilder::build_rustls,
    };
    let mut builder = TlsParameters::builder(server.host.to_string())
        .dangerous_accept_invalid_certs(server.trust.accepts_invalid())
        .dangerous_accept_invalid_hostnames(server.trust.accepts_invalid());
    for pem in server.trust.added() {
        let certificate = Certificate::from_pem(pem.as_bytes())
            .map_err(bad("a certificate of the added CA cannot be read"))?;
        builder = builder.add_root_certificate(certificate);
    }
    let Some(identity) = &server.client_certificate else {
        return build_with(builder).map_err(bad("the TLS library cannot be set up"));
    };
    if server.tls_library == TlsLibrary::Rustls {
        return Err(no_client_certificate());
    }
    let (certificates, key) = (identity.certificates().as_bytes(), identity.key().as_bytes());
    let identity =
        ClientIdentity::from_pem(certificates, key).map_err(Error::client_certificate_unusable)?;
    // A key of another certificate is noticed only now.
    build_with(builder.identify_with(identity)).map_err(Error::client_certificate_unusable)
}

/// Returns the error for a client certificate with rustls: lettre passes the certificate's PEM text to rustls,
/// which expects DER, and refuses it.
fn no_client_certificate() -> Error {
    Error::new(Kind::Configuration, "lettre cannot use a client certificate with rustls")
        .with_hint("use native-tls, or the other backend")
        .with_settings(&[Setting::TlsLibrary])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_built_once_while_it_is_among_the_last_few() {
        let mut built = Built(VecDeque::new());
        let mut count = 0;
        let mut get = |url: &str, accepts_invalid: bool| {
            let mut server: Server = url.parse().unwrap();
            if accepts_invalid {
                server.trust.accept_invalid_certificates();
            }
            let number = |_: &Server| {
                count += 1;
                Ok(count)
            };
            built.get(&server, number).unwrap()
        };
        assert_eq!((get("smtp://a", false), get("smtps://a:4650", false)), (1, 1));
        assert_eq!((get("smtp://a", true), get("smtp://b", false)), (2, 3));
        for other in 0..KEPT {
            get(&format!("smtp://other{other}"), false);
        }
        assert_eq!(get("smtp://a", false), 3 + KEPT + 1);
    }

    /// The row "client-certificate" of the differences: lettre's builder refuses the certificate with rustls, and
    /// uses it with native-tls.
    #[test]
    fn lettre_has_client_certificates_with_native_tls_only() {
        let authority = mailer_server::Authority::generate().unwrap();
        let (certificate, key) = authority.issue_client("Ann").unwrap();
        let builder = || {
            let identity = ClientIdentity::from_pem(certificate.as_bytes(), key.as_bytes());
            TlsParameters::builder("a".into()).identify_with(identity.unwrap())
        };
        assert!(builder().build_native().is_ok());
        assert!(builder().build_rustls().is_err());
        let mut server: Server = "smtp://a".parse().unwrap();
        server.client_certificate =
            ClientCertificate::from_pem(certificate.as_bytes(), key.as_bytes()).ok();
        assert!(parameters(&server).is_ok());
        server.tls_library = TlsLibrary::Rustls;
        let error = parameters(&server).err().unwrap();
        assert_eq!(
            (error.kind(), error.settings()),
            (Kind::Configuration, &[Setting::TlsLibrary][..])
        );
    }

    #[test]
    fn a_failure_is_not_kept() {
        let mut built: Built<u32> = Built(VecDeque::new());
        let server: Server = "smtp://a".parse().unwrap();
        let failure = |_: &Server| Err(Error::new(Kind::Configuration, "no"));
        assert!(built.get(&server, failure).is_err());
        assert_eq!(built.get(&server, |_| Ok(1)).unwrap(), 1);
    }
}
