//! Why a server cannot be started.

use std::{error::Error, io, net::SocketAddr, path::PathBuf};

/// The error of a library, without its type, which may change.
type Cause = Box<dyn Error + Send + Sync>;

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
    /// The file of an [`Authority`](crate::Authority) cannot be read or written, or has other content.
    #[error("cannot use {path} as a certificate authority: {cause}", path = .0.display(), cause = .1)]
    Authority(PathBuf, #[source] io::Error),
    /// A certificate of the caller's, or its key, cannot be used.
    #[error("cannot use the certificate: {0}")]
    Identity(String),
    /// A certificate cannot be created.
    #[error("cannot create a certificate: {0}")]
    Certificate(#[source] Cause),
    /// TLS does not accept the certificate or the versions.
    #[error("cannot set up TLS: {0}")]
    Tls(#[source] Cause),
}

impl StartError {
    pub(crate) fn certificate(cause: rcgen::Error) -> Self {
        Self::Certificate(cause.into())
    }

    pub(crate) fn tls(cause: rustls::Error) -> Self {
        Self::Tls(cause.into())
    }
}
