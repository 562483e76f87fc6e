//! The state that all threads of an embedded server share.

use std::sync::Arc;

use rustls::ServerConfig;

use crate::{
    config::Config, fault::Faults, sessions::Sessions, stop::Stop, store::MailStore,
    transcript::Transcript,
};

/// The state that all threads of an embedded server share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    /// None with [`Security::Plain`](crate::Security::Plain).
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) store: MailStore,
    pub(crate) transcript: Transcript,
    pub(crate) faults: Faults,
    pub(crate) stop: Stop,
    pub(crate) sessions: Sessions,
}
