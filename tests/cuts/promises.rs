//! What a backend promises if a connection is lost.

use mailer::Outcome::{self, Accepted, Partial, Rejected};
use mailer_backends::{Flow, Window};
use mailer_tests::contender::Contender;

/// What may be lost in a session in which one connection was cut.
#[derive(Clone, Copy)]
pub(crate) struct Promises {
    /// The outcomes without a cut.
    pub(crate) outcomes: [Outcome; 4],
    /// How many messages may be unknown.
    pub(crate) unknown: usize,
    /// How many messages may be lost with an open connection: those that had begun.
    pub(crate) under_way: usize,
    /// How many messages may be lost if the connection cannot be opened.
    pub(crate) without_opening: usize,
}

/// A window smaller than a session, so that a connection cannot lose all messages.
pub(crate) const WINDOW: Window = Window { mails: 2, bytes: 4096 };

/// raw's promises, as the documentation of its flows states them.
const RAW: Promises = Promises {
    outcomes: [Accepted, Rejected, Partial, Accepted],
    unknown: 1,
    under_way: 1,
    // `send_many` does not try again.
    without_opening: 4,
};

/// lettre's promises: it sends one message after another, each on a new connection if necessary.
const LETTRE: Promises = Promises {
    // A refused recipient ends the transaction: see the row "partial" of `mailer_lettre::DIFFERENCES`.
    outcomes: [Accepted, Rejected, Rejected, Accepted],
    unknown: 1,
    under_way: 1,
    // The default `send_many` of the trait opens a new connection for each message.
    without_opening: 1,
};

pub(crate) fn for_contender(contender: Contender) -> Promises {
    if !contender.backend.has_flows {
        return LETTRE;
    }
    match contender.flow {
        Flow::Auto | Flow::Lockstep | Flow::Pipelined | Flow::Chunked => RAW,
        // The envelope of the next message shares a flight with the content.
        Flow::Overlapped => Promises { under_way: 2, ..RAW },
        Flow::Streamed => Promises { under_way: WINDOW.mails, unknown: WINDOW.mails, ..RAW },
    }
}
