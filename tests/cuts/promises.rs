//! What a contender promises when a connection is lost.

use mailer::Outcome::{self, Accepted, Partial, Rejected};
use mailer_backends::{Flow, Window};
use mailer_tests::contender::Contender;

/// What holds of a session in which one connection was cut.
#[derive(Clone, Copy)]
pub(crate) struct Promises {
    /// What becomes of the letters if nothing is cut.
    pub(crate) outcomes: [Outcome; 4],
    /// Letters whose end may have been sent without an answer.
    pub(crate) unknown: usize,
    /// Letters that may have been begun: no others are lost with an open connection.
    pub(crate) under_way: usize,
    /// Letters that are lost if the connection cannot be opened.
    pub(crate) without_opening: usize,
}

/// Smaller than a session, so that not all of its letters can be lost with a connection.
pub(crate) const WINDOW: Window = Window { mails: 2, bytes: 4096 };

/// Raw's: each flow's is what its documentation says.
const RAW: Promises = Promises {
    outcomes: [Accepted, Rejected, Partial, Accepted],
    unknown: 1,
    under_way: 1,
    // `send_many` tries no second time.
    without_opening: 4,
};

/// lettre's: one mail after another, each with a connection of its own if need be.
const LETTRE: Promises = Promises {
    // A refused recipient ends the mail: the row "partial" of `mailer_lettre::DIFFERENCES`.
    outcomes: [Accepted, Rejected, Rejected, Accepted],
    unknown: 1,
    under_way: 1,
    // The trait's own `send_many` opens anew for each mail.
    without_opening: 1,
};

pub(crate) fn of(contender: Contender) -> Promises {
    if !contender.backend.has_flows {
        return LETTRE;
    }
    match contender.flow {
        Flow::Auto | Flow::Lockstep | Flow::Pipelined | Flow::Chunked => RAW,
        // The next mail's envelope goes with a content.
        Flow::Overlapped => Promises { under_way: 2, ..RAW },
        Flow::Streamed => Promises { under_way: WINDOW.mails, unknown: WINDOW.mails, ..RAW },
    }
}
