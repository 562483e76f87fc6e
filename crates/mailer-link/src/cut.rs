//! Where a connection is cut, and how its two ends see that.

use crate::Direction;

/// A cut of one connection after a given byte.
///
/// When exactly this many bytes have been forwarded in one direction, nothing is forwarded any more in
/// either direction. The receiver can still read what was forwarded before.
///
/// ```
/// use mailer_link::{Cut, CutKind, Direction};
/// // The server's 36th byte is the last one that arrives, on the first connection only.
/// let cut = Cut::after(36, Direction::In, CutKind::Reset);
/// assert_eq!(cut.connection, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The direction whose bytes are counted.
    pub direction: Direction,
    /// The number of bytes that pass. With 0 the connection is cut as soon as the link has connected to
    /// the server.
    pub after: u64,
    /// What the two ends see.
    pub kind: CutKind,
    /// The index of the connection that is cut, from 0. All other connections are forwarded whole.
    pub connection: usize,
}

impl Cut {
    /// Returns a cut of the first connection after this many bytes.
    #[must_use]
    pub const fn after(bytes: u64, direction: Direction, kind: CutKind) -> Self {
        Self { direction, after: bytes, kind, connection: 0 }
    }
}

/// What the two ends of a connection see when it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CutKind {
    /// Both ends receive FIN. The link reads and discards what they still send until they close too.
    /// If it stopped reading, the system would answer with RST, which is [`CutKind::Reset`].
    Close,
    /// Both ends receive RST. On Linux a receiver can still read what arrived before the RST; on other
    /// systems perhaps not. Bytes that the link's system could not yet transmit, because the receiver's
    /// buffers were full, are lost. On loopback this takes far more bytes than any SMTP dialogue has.
    Reset,
    /// Neither end receives anything, no byte and no FIN, until the link stops or restarts and so closes
    /// both. Each end can still write until the buffers are full.
    Silence,
}
