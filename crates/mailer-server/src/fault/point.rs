//! Where the server can be made to misbehave.

/// A place in the dialogue where the server can be made to misbehave.
///
/// Points other than [`Point::TlsHandshake`] and [`Point::Content`] are reached when the server is
/// about to reply there; a command it refuses for its syntax reaches none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Point {
    /// The greeting.
    Greeting,
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS, before the handshake.
    StartTls,
    /// The TLS handshake, before the server's first byte of it. Bytes that a fault sends here go
    /// out in the clear in its place, and the connection is closed.
    TlsHandshake,
    /// AUTH.
    Auth,
    /// A client's answer to a challenge of AUTH.
    AuthResponse,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The first octets of content have come, after DATA or BDAT. A reply here is early: the rest
    /// of the content is read and thrown away, and no other reply follows.
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
    pub(super) const COUNT: usize = Self::Quit as usize + 1;
}
