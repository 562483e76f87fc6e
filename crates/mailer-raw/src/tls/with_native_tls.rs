//! TLS by native-tls.

use std::{
    io::{self, Write},
    sync::Arc,
};

use mailer::{Error, HostName};
use native_tls::{Certificate, HandshakeError, Identity, TlsConnector};

use super::seam::{Connector, Failure, Handshake, Settings, TlsStream, unreadable_ca, unusable};
use crate::wire::Wire;

/// Returns a connector with these settings.
pub(super) fn connector(settings: &Settings) -> Result<Arc<dyn Connector>, Error> {
    let Settings { trust, client_certificate, .. } = settings;
    let mut builder = TlsConnector::builder();
    for pem in trust.added() {
        let certificate = Certificate::from_pem(pem.as_bytes()).map_err(unreadable_ca)?;
        builder.add_root_certificate(certificate);
    }
    builder.danger_accept_invalid_certs(trust.accepts_invalid());
    builder.danger_accept_invalid_hostnames(trust.accepts_invalid());
    if let Some(identity) = client_certificate {
        let (certificates, key) = (identity.certificates().as_bytes(), identity.key().as_bytes());
        let identity = Identity::from_pkcs8(certificates, key);
        builder.identity(identity.map_err(Error::client_certificate_unusable)?);
    }
    let built = builder.build().map_err(|cause| match client_certificate {
        // A key of another certificate is noticed here.
        Some(_) => Error::client_certificate_unusable(cause),
        None => unusable(cause),
    })?;
    Ok(Arc::new(built))
}

/// The settings of the handshake: native-tls has no step before it that could be prepared.
struct WithNativeTls {
    connector: TlsConnector,
    host: HostName,
}

impl Connector for TlsConnector {
    fn prepare(&self, host: &HostName) -> Result<Box<dyn Handshake>, Failure> {
        Ok(Box::new(WithNativeTls { connector: self.clone(), host: host.clone() }))
    }
}

impl Handshake for WithNativeTls {
    fn run(self: Box<Self>, wire: Wire) -> Result<Box<dyn TlsStream>, Failure> {
        match self.connector.connect(self.host.as_str(), wire) {
            Ok(stream) => Ok(Box::new(stream)),
            Err(HandshakeError::Failure(cause)) if is_lost(&cause) => {
                Err(Failure::Lost(cause.into()))
            }
            Err(HandshakeError::Failure(cause)) => Err(Failure::Tls(cause.into())),
            // The wire never returns `WouldBlock` here.
            Err(HandshakeError::WouldBlock(_)) => {
                Err(Failure::Lost(io::Error::from(io::ErrorKind::WouldBlock).into()))
            }
        }
    }
}

impl TlsStream for native_tls::TlsStream<Wire> {
    fn wire(&mut self) -> &mut Wire {
        self.get_mut()
    }

    fn send_close_notify(&mut self) {
        let _ = self.shutdown().and_then(|()| self.get_mut().flush());
    }
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
