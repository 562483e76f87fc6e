//! The state that all threads of a scripted server share.

use std::sync::Arc;

use rustls::ServerConfig;

use super::{Script, record::Records};
use crate::{sessions::Sessions, stop::Stop};

/// The state that all threads of a scripted server share.
pub(super) struct Shared {
    pub(super) script: Script,
    pub(super) tls: Arc<ServerConfig>,
    pub(super) records: Records,
    /// Ends every pause; sessions still read what clients sent.
    pub(super) ending: Stop,
    /// Ends every session.
    pub(super) stop: Stop,
    pub(super) sessions: Sessions,
}
