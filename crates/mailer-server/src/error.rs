//! Why a server cannot be started.

use std::{io, net::SocketAddr};

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The server cannot listen on the address.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// No client on this machine can connect to the address.
    #[error("no client on this machine can connect to {0}: {1}")]
    Unreachable(SocketAddr, #[source] io::Error),
    /// The maildir cannot be created.
    #[error("cannot create the maildir: {0}")]
    Store(#[source] io::Error),
    /// The thread that accepts connections cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// A certificate cannot be created.
    #[error("cannot create a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS does not accept the key of the certificate.
    #[error("cannot use the key: {0}")]
    Key(&'static str),
    /// TLS does not accept the certificate or the versions.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}
