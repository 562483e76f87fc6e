//! Options for the grouping of commands into flights.

use crate::Flow;

/// The grouping of a session's commands into flights: the flow, and commands that may join a flight.
///
/// ```
/// use mailer_protocol::{Flow, Pipelining};
/// let pipelining = Pipelining { pipeline_quit: true, ..Flow::Pipelined.into() };
/// assert_eq!(pipelining.flow, Flow::Pipelined);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pipelining {
    /// The grouping of the commands of mails.
    pub flow: Flow,
    /// The limit of unanswered mails and content in [`Flow::Streamed`] and [`Flow::Chunked`].
    pub window: Window,
    /// Whether AUTH PLAIN with its initial response starts the flight of the first mail, which saves a
    /// round trip. RFC 4954 §4 allows it if the server announces PIPELINING. No content is sent before
    /// AUTH is answered, except in the flows that use BDAT. If the server does not know PLAIN (504) and
    /// another mechanism is left, a mail whose content was not written needs a new connection.
    pub pipeline_auth: bool,
    /// Whether QUIT follows the last content in the same flight (RFC 2920 §3.1), which saves a round trip.
    /// Postfix does this too. It is for callers that close the connection after their mails and know
    /// which mail is the last: further mails need a new connection.
    pub pipeline_quit: bool,
    /// Whether the dot that ends the content is written separately, as lettre does. With Nagle's algorithm
    /// on, the dot then waits for an ACK, which the server may delay.
    pub separate_final_dot: bool,
}

impl From<Flow> for Pipelining {
    fn from(flow: Flow) -> Self {
        Self { flow, ..Self::default() }
    }
}

/// The limit of unanswered mails and content in the flows that use BDAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The maximum number of unanswered mails in [`Flow::Streamed`]. At most half of them are written at once.
    /// After a lost connection, this many mails may be unknown.
    pub mails: usize,
    /// The maximum number of unanswered bytes of content. A mail that is larger is sent by itself, and its
    /// content waits for the replies to its envelope, so that it is not sent in vain.
    pub bytes: u64,
}

impl Window {
    /// The maximum number of outstanding replies. The next mail waits until there are fewer.
    ///
    /// A server that cannot write its replies stops reading, so the client must be able to buffer all of
    /// them while it writes. At 512 bytes per line (RFC 5321 §4.5.3.1.5) that is 4 MiB.
    pub const MAX_REPLIES: usize = 8192;
    /// The maximum number of unanswered mails: a mail to one recipient has four replies (RSET, MAIL, RCPT
    /// and BDAT).
    pub const MAX_MAILS: usize = Self::MAX_REPLIES / 4;
}

impl Default for Window {
    fn default() -> Self {
        Self { mails: 64, bytes: 16 * 1024 * 1024 }
    }
}
