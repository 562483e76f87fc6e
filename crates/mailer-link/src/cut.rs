//! Where a connection is cut, and how.

use super::Direction;

/// Cuts a connection at an octet.
///
/// When exactly so many octets have been passed on in one direction, nothing passes any more in
/// either. What was passed on before is not taken back: its receiver can still read it.
///
/// ```
/// use mailer_link::{Cut, Direction, How};
/// // The server's 36th octet is the last one that arrives, on the first connection only.
/// let cut = Cut::after(36, Direction::In, How::Reset);
/// assert_eq!(cut.connection, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The direction whose octets are counted.
    pub direction: Direction,
    /// How many pass; with 0 the connection is cut as soon as the server is reached.
    pub after: u64,
    /// What the two ends see of it.
    pub how: How,
    /// Which connection is cut, counted from 0; all others pass untouched.
    pub connection: usize,
}

impl Cut {
    /// A cut of the first connection.
    #[must_use]
    pub const fn after(octets: u64, direction: Direction, how: How) -> Self {
        Self { direction, after: octets, how, connection: 0 }
    }
}

/// What the two ends of a connection see when it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// Both get the end of the stream (FIN). What they still send is read and thrown away until they
    /// end too: a system answers what nobody reads by RST, which is the other kind of cut.
    Close,
    /// Both get RST. Linux lets a receiver read what came before it; other systems may not. What its
    /// sender's system had to hold back, because the receiver's buffers were full, is lost: on
    /// loopback only if they hold far more than any dialogue of SMTP.
    Reset,
    /// Neither gets anything: no octet, no end, until the link stops or restarts, which then ends both. Each
    /// side's system goes on taking what is sent until its buffers are full.
    Silence,
}
