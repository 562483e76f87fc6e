//! What the two TLS libraries have in common: a connector, a stream, and why a handshake failed.

use std::{
    error, fmt,
    io::{Read, Write},
};

use mailer::{ClientCertificate, Error, HostName, Kind, Server, TlsLibrary, Trust};

use crate::wire::Wire;

/// A TLS library with its settings.
pub(crate) trait Connector: Send + Sync {
    /// Prepares the handshake with the server of this name, as far as that needs no answer from the server.
    fn prepare(&self, host: &HostName) -> Result<Box<dyn Handshake>, Failure>;
}

/// A handshake that has not begun.
pub(crate) trait Handshake: Send {
    /// Runs the handshake on this wire.
    fn run(self: Box<Self>, wire: Wire) -> Result<Box<dyn TlsStream>, Failure>;
}

/// A wire inside TLS. [`Write::write`] leaves records in the wire's outbox, which is written when it has a whole batch
/// and by [`Write::flush`].
///
/// A read returns 0 bytes after the server's close_notify alert, and an error if the connection ended
/// without it.
pub(crate) trait TlsStream: Read + Write + Send + fmt::Debug {
    /// Returns the TCP stream below TLS.
    fn wire(&mut self) -> &mut Wire;

    /// Sends the alert close_notify (RFC 8446 §6.1). The server may have closed the connection already, so an
    /// error does not matter.
    fn send_close_notify(&mut self);
}

/// Why a handshake failed.
pub(crate) enum Failure {
    /// The connection broke.
    Lost(Cause),
    /// The server does not speak TLS, or one side refused the other.
    Tls(Cause),
}

/// The TLS library's error.
type Cause = Box<dyn error::Error + Send + Sync>;

/// What a connector is built from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Settings {
    pub(super) library: TlsLibrary,
    pub(super) resumes: bool,
    pub(super) trust: Trust,
    pub(super) client_certificate: Option<ClientCertificate>,
}

impl Settings {
    pub(super) fn new(server: &Server) -> Self {
        Self {
            library: server.tls_library,
            // native-tls never resumes, so both settings share its connector.
            resumes: server.resumes_tls && server.tls_library == TlsLibrary::Rustls,
            trust: server.trust.clone(),
            client_certificate: server.client_certificate.clone(),
        }
    }
}

/// Returns the error for an added CA that is not a certificate.
pub(super) fn unreadable_ca(cause: impl Into<Cause>) -> Error {
    Error::new(Kind::Configuration, "a certificate in the CA file cannot be read").with_cause(cause)
}

/// Returns the error for a TLS library that does not work.
pub(super) fn unusable(cause: impl Into<Cause>) -> Error {
    Error::new(Kind::Configuration, "TLS cannot be set up on this machine").with_cause(cause)
}
