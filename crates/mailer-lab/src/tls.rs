//! TLS for clients that are no backend.

use mailer::{Error, Kind, Server};
use native_tls::{Certificate, Identity, TlsConnector};

/// Returns a connector with the trust and the client certificate of `server`. Building it takes about 40 ms, because it loads the
/// certificates of the system.
///
/// # Errors
/// [`Kind::Configuration`] if an added CA is not a certificate, if the client certificate cannot be used, or if TLS
/// cannot be set up.
pub fn tls_connector(server: &Server) -> Result<TlsConnector, Error> {
    let unusable =
        |cause| Error::new(Kind::Configuration, "TLS cannot be set up").with_cause(cause);
    let trust = &server.trust;
    let mut builder = TlsConnector::builder();
    for pem in trust.added() {
        builder.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(unusable)?);
    }
    builder.danger_accept_invalid_certs(trust.accepts_invalid());
    builder.danger_accept_invalid_hostnames(trust.accepts_invalid());
    if let Some(identity) = &server.client_certificate {
        let (certificates, key) = (identity.certificates().as_bytes(), identity.key().as_bytes());
        let identity = Identity::from_pkcs8(certificates, key);
        builder.identity(identity.map_err(Error::client_certificate_unusable)?);
    }
    builder.build().map_err(unusable)
}
