//! What all threads of a scripted server use.

use std::sync::Arc;

use rustls::ServerConfig;

use super::{Script, record::Records};
use crate::{sessions::Sessions, stop::Stop};

/// What all threads of a server use.
pub(super) struct Shared {
    pub(super) script: Script,
    pub(super) tls: Arc<ServerConfig>,
    pub(super) records: Records,
    /// Wakes who waits on purpose; what has come is still read.
    pub(super) ending: Stop,
    /// Ends everything.
    pub(super) stop: Stop,
    pub(super) sessions: Sessions,
}
