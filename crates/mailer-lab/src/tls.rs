//! TLS for clients that are no backend.

use mailer::{Error, Kind, Trust};
use native_tls::{Certificate, TlsConnector};

/// Returns a connector that trusts what `trust` says. Building it takes about 40 ms, because it loads the
/// certificates of the system.
///
/// # Errors
/// [`Kind::Configuration`] if an added CA is not a certificate, or if TLS cannot be set up.
pub fn tls_connector(trust: &Trust) -> Result<TlsConnector, Error> {
    let unusable =
        |cause| Error::new(Kind::Configuration, "TLS cannot be set up").with_cause(cause);
    let mut builder = TlsConnector::builder();
    for pem in trust.added() {
        builder.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(unusable)?);
    }
    builder.danger_accept_invalid_certs(trust.accepts_invalid());
    builder.danger_accept_invalid_hostnames(trust.accepts_invalid());
    builder.build().map_err(unusable)
}
