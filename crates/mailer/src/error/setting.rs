//! The settings that a caller can change after an error.

/// A setting that a hint is about. A program can name its own option or field for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// [`Server::credentials`](crate::Server::credentials).
    Credentials,
    /// The access token in [`Server::credentials`](crate::Server::credentials).
    Token,
    /// [`Server::mechanisms`](crate::Server::mechanisms).
    Mechanism,
    /// [`Server::client_certificate`](crate::Server::client_certificate).
    ClientCertificate,
    /// [`Server::trust`](crate::Server::trust).
    Trust,
    /// [`Server::tls_library`](crate::Server::tls_library).
    TlsLibrary,
    /// [`Server::timeouts`](crate::Server::timeouts).
    Timeouts,
    /// [`Server::hello`](crate::Server::hello).
    Hello,
    /// The sender in the [`Envelope`](crate::Envelope) or the [`Draft`](crate::Draft).
    Sender,
    /// The recipients in the [`Envelope`](crate::Envelope) or the [`Draft`](crate::Draft).
    Recipients,
    /// The request for notifications in the [`Envelope`](crate::Envelope).
    Notifications,
    /// The [`Trace`](crate::Trace), which receives the dialogue.
    Trace,
}
