//! TLS for the wire: one connector per setting, whichever library it uses, and the errors of the handshake.

mod seam;
mod with_native_tls;
mod with_rustls;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, atomic::Ordering},
};

use mailer::{Error, Server, Step, TlsLibrary};

use self::seam::{Connector, Failure, Handshake, Settings};
use crate::wire::Wire;

pub(crate) use self::seam::TlsStream;

/// A handshake that has not begun, or the reason why it cannot begin.
pub(crate) type Prepared = Result<Box<dyn Handshake>, Failure>;

/// Returns the connector for a server's TLS settings.
///
/// Building a connector takes some milliseconds, because it loads the system's certificates. So the connector
/// for each setting is built once per process, on first use. With rustls it also keeps the sessions that a further
/// connection can resume, so a session is resumed only with the trust and the client certificate that it began
/// with. native-tls cannot resume sessions.
///
/// # Errors
/// [`mailer::Kind::Configuration`] if an added CA is not a certificate, or the client's certificate cannot be used.
pub(crate) fn connector(server: &Server) -> Result<Arc<dyn Connector>, Error> {
    static BUILT: OnceLock<Mutex<HashMap<Settings, Arc<dyn Connector>>>> = OnceLock::new();
    let settings = Settings::new(server);
    let mut built =
        BUILT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(connector) = built.get(&settings) {
        return Ok(Arc::clone(connector));
    }
    let connector = match settings.library {
        TlsLibrary::NativeTls => with_native_tls::connector(&settings),
        TlsLibrary::Rustls => with_rustls::connector(&settings),
    }?;
    built.insert(settings, Arc::clone(&connector));
    Ok(connector)
}

/// Runs the handshake, until the deadline of the wire.
pub(crate) fn handshake(
    server: &Server,
    prepared: Prepared,
    mut wire: Wire,
) -> Result<Box<dyn TlsStream>, Error> {
    wire.expect_tls();
    let timed_out = wire.timed_out();
    let secured = prepared.and_then(|handshake| handshake.run(wire));
    secured.map_err(|failure| match failure {
        _ if timed_out.load(Ordering::Relaxed) => Error::timed_out(Step::Tls, server.timeouts.tls),
        Failure::Lost(cause) => Error::lost(Step::Tls).with_cause(cause),
        Failure::Tls(cause) => Error::tls_failed(server, cause),
    })
}
