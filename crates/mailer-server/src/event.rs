//! What goes wrong in a session, for a log.

/// Something that went wrong in a session and that its client may not show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A TLS handshake failed, and the connection was closed.
    TlsFailed {
        /// The session, from 1 in order of connection.
        session: u64,
        /// What the TLS library reports, for instance an alert of the client.
        reason: String,
    },
    /// A login was refused.
    LoginFailed {
        /// The session, from 1 in order of connection.
        session: u64,
        /// The user name as the client sent it, unescaped; None if it sent none.
        user: Option<String>,
        /// Why it was refused, in more detail than in the reply.
        reason: String,
        /// The code of the reply.
        code: u16,
    },
}
