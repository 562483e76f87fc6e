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
    /// The end of the content: the dot after DATA, or the last chunk.
    EndOfData,
    /// The end of a chunk. At the last one, faults at [`EndOfData`](Self::EndOfData) take precedence.
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

    /// Returns the name of the point in a [rule](crate::Fault#rules).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Ehlo => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::TlsHandshake => "TLS",
            Self::Auth => "AUTH",
            Self::AuthResponse => "auth-response",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Content => "content",
            Self::EndOfData => "end-of-data",
            Self::Bdat => "BDAT",
            Self::Rset => "RSET",
            Self::Noop => "NOOP",
            Self::Quit => "QUIT",
        }
    }

    /// Returns the point with this name, in any case. HELO is EHLO, and connect is the greeting.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let alias = [("HELO", Self::Ehlo), ("connect", Self::Greeting)];
        let names = Self::ALL.iter().map(|point| (point.name(), *point)).chain(alias);
        names
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, point)| point)
    }
}
