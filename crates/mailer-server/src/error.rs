//! Why a server cannot be started.

use std::{io, net::SocketAddr};

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// No client on this machine can connect to the address.
    #[error("{0} cannot be connected to, so that no client would reach the server: {1}")]
    Unreachable(SocketAddr, #[source] io::Error),
    /// The maildir cannot be made.
    #[error("cannot make the store: {0}")]
    Store(#[source] io::Error),
    /// The thread that accepts connections cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// A certificate cannot be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The key that was made is not taken.
    #[error("cannot use the key: {0}")]
    Key(&'static str),
    /// The certificate or the TLS versions are not taken.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}
