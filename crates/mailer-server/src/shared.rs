//! The state that all threads of an embedded server share.

use std::sync::{Arc, atomic::AtomicU64};

use rustls::ServerConfig;

use crate::{
    active_faults::ActiveFaults, config::Config, sessions::Sessions, stop::Stop, store::MailStore,
    transcript::Transcript,
};

/// The state that all threads of an embedded server share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    /// None with [`Security::Plain`](crate::Security::Plain).
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) store: MailStore,
    pub(crate) transcript: Transcript,
    pub(crate) faults: ActiveFaults,
    pub(crate) stop: Stop,
    pub(crate) sessions: Sessions,
    /// The number of TLS handshakes that resumed a session.
    pub(crate) resumed: AtomicU64,
}
