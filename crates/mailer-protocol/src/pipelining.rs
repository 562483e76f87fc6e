//! What a user can say about how a session groups what it says.

use crate::Flow;

/// How a session groups what it says into flights: the flow, and what may join a flight beyond it.
///
/// ```
/// use mailer_protocol::{Flow, Pipelining};
/// let pipelining = Pipelining { pipeline_quit: true, ..Flow::Pipelined.into() };
/// assert_eq!(pipelining.flow, Flow::Pipelined);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pipelining {
    /// How the commands of mails are grouped.
    pub flow: Flow,
    /// How much [`Flow::Streamed`] and [`Flow::Chunked`] have under way.
    pub window: Window,
    /// AUTH PLAIN, its initial response with it, begins the flight of the first mail instead of
    /// having one of its own (RFC 4954 §4 allows it where PIPELINING is announced): a round trip less.
    /// No content leaves before AUTH is answered, unless the flow is one that says BDAT unasked.
    pub pipeline_auth: bool,
    /// QUIT stands right behind the last content (RFC 2920 §3.1), as Postfix says it too: a round trip
    /// less. For callers who close when their mails are settled, and know which is the last; more mails
    /// take a new connection.
    pub pipeline_quit: bool,
    /// The dot that ends a content leaves in a write of its own, as lettre's does: with Nagle's
    /// algorithm on, it then waits for an acknowledgement that the server delays.
    pub separate_final_dot: bool,
}

impl From<Flow> for Pipelining {
    fn from(flow: Flow) -> Self {
        Self { flow, ..Self::default() }
    }
}

/// How much the flows that say BDAT have under way without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Mails, at most, in [`Flow::Streamed`]: as many are unknown after a lost connection.
    pub mails: usize,
    /// Octets of content, at most. One mail always fits, but the content of one that is larger than
    /// this waits for the answers to its envelope, so as not to be sent in vain.
    pub bytes: u64,
}

impl Window {
    /// Replies that may be under way at most: another mail waits for some of them.
    ///
    /// A server that cannot write its replies stops reading, so the client must be able to keep them
    /// all while it writes. At 512 octets a line (RFC 5321 §4.5.3.1.5) these are 4 MiB.
    pub const MAX_REPLIES: usize = 8192;
    /// Mails that may be under way at most: with one recipient each has four replies (RSET, MAIL, RCPT
    /// and BDAT).
    pub const MAX_MAILS: usize = Self::MAX_REPLIES / 4;
}

impl Default for Window {
    fn default() -> Self {
        Self { mails: 64, bytes: 16 * 1024 * 1024 }
    }
}
