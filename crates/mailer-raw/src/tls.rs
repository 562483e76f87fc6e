//! TLS with native-tls: one connector per trust setting, and the errors of the handshake.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, OnceLock, PoisonError, atomic::Ordering},
};

use mailer::{ClientCertificate, Error, Kind, Server, Step, Trust};
use native_tls::{Certificate, HandshakeError, TlsConnector, TlsStream};

use crate::wire::Wire;

/// Returns the connector for a server's trust setting and the client's certificate.
///
/// Building a connector takes about 40 ms, because it loads the system's certificates. So the connector
/// for each setting is built once per process, on first use.
///
/// # Errors
/// [`Kind::Configuration`] if an added CA is not a certificate, or the client's certificate cannot be used.
pub(crate) fn connector(server: &Server) -> Result<TlsConnector, Error> {
    static BUILT: OnceLock<Mutex<HashMap<Settings, TlsConnector>>> = OnceLock::new();
    let settings = (server.trust.clone(), server.client_certificate.clone());
    let mut built =
        BUILT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(connector) = built.get(&settings) {
        return Ok(connector.clone());
    }
    let connector = build(&settings)?;
    built.insert(settings, connector.clone());
    Ok(connector)
}

/// What a connector is built from.
type Settings = (Trust, Option<ClientCertificate>);

fn build((trust, identity): &Settings) -> Result<TlsConnector, Error> {
    let mut builder = TlsConnector::builder();
    for pem in trust.added() {
        let certificate = Certificate::from_pem(pem.as_bytes()).map_err(|cause| {
            Error::new(Kind::Configuration, "a certificate in the CA file cannot be read")
                .with_cause(cause)
        })?;
        builder.add_root_certificate(certificate);
    }
    builder.danger_accept_invalid_certs(trust.accepts_invalid());
    builder.danger_accept_invalid_hostnames(trust.accepts_invalid());
    if let Some(identity) = identity {
        let (certificates, key) = (identity.certificates().as_bytes(), identity.key().as_bytes());
        let identity = native_tls::Identity::from_pkcs8(certificates, key);
        builder.identity(identity.map_err(Error::client_certificate_unusable)?);
    }
    builder.build().map_err(|cause| match identity {
        // A key of another certificate is noticed here.
        Some(_) => Error::client_certificate_unusable(cause),
        None => Error::new(Kind::Configuration, "TLS cannot be set up on this machine")
            .with_cause(cause),
    })
}

/// Runs the handshake, until the deadline of the wire.
pub(crate) fn handshake(
    server: &Server,
    connector: &TlsConnector,
    mut wire: Wire,
) -> Result<TlsStream<Wire>, Error> {
    wire.expect_tls();
    let timed_out = wire.timed_out();
    connector.connect(server.host.as_str(), wire).map_err(|error| match error {
        _ if timed_out.load(Ordering::Relaxed) => Error::timed_out(Step::Tls, server.timeouts.tls),
        HandshakeError::Failure(cause) if is_lost(&cause) => {
            Error::lost(Step::Tls).with_cause(cause)
        }
        HandshakeError::Failure(cause) => Error::tls_failed(server, cause),
        // The wire never returns `WouldBlock` here.
        HandshakeError::WouldBlock(_) => Error::lost(Step::Tls),
    })
}

/// Whether the connection broke, as opposed to a failure of TLS.
fn is_lost(cause: &native_tls::Error) -> bool {
    let words = cause.to_string();
    if words.contains("unexpected eof") || words.contains("unexpected EOF") {
        return true;
    }
    let mut source = std::error::Error::source(cause);
    while let Some(error) = source {
        if error.is::<io::Error>() {
            return true;
        }
        source = error.source();
    }
    false
}
