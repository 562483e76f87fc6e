//! The points of a session where a fault can be injected.

/// A point of a session where a [`Fault`](crate::Fault) can be injected.
///
/// The server reaches a point when it is about to reply there, except for [`Point::TlsHandshake`] and
/// [`Point::Content`]. A command with wrong syntax reaches no point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Point {
    /// The greeting.
    Greeting,
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS, before the handshake.
    StartTls,
    /// The TLS handshake, before its first byte from the server. Bytes that a fault sends here go out
    /// in the clear instead of the handshake, and the connection is closed.
    TlsHandshake,
    /// AUTH.
    Auth,
    /// The client's answer to a challenge of AUTH.
    AuthResponse,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The first bytes of content after DATA or BDAT. A reply here is early: the rest of the content
    /// is read and discarded, and no other reply follows.
    Content,
    /// The end of the content after DATA.
    EndOfData,
    /// The end of a chunk.
    Bdat,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
}

impl Point {
    /// Every point, in the order of a session.
    pub const ALL: &'static [Self] = &[
        Self::Greeting,
        Self::Ehlo,
        Self::StartTls,
        Self::TlsHandshake,
        Self::Auth,
        Self::AuthResponse,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Content,
        Self::EndOfData,
        Self::Bdat,
        Self::Rset,
        Self::Noop,
        Self::Quit,
    ];
}
