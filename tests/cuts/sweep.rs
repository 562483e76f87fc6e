//! A sweep: repeats one session with a later cut each time, until a session passes without a cut.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::Security;
use mailer_link::{CutKind, Direction};
use mailer_tests::contender::Contender;

use crate::{connection_sweep::ConnectionSweep, promises, session::Testbed, tally::Tally};

/// The time-out of each step where the client sees the cut, far longer than any step takes.
pub(crate) const LONG_TIMEOUT: Duration = Duration::from_secs(20);

/// How uncertain the end of the opening is, in bytes, because the length of signatures varies.
const MARGIN: u64 = 32;

/// The sessions of one trial.
#[derive(Clone, Copy)]
pub(crate) struct Sweep {
    pub(crate) contender: Contender,
    pub(crate) mode: Security,
    pub(crate) direction: Direction,
    /// Whether AUTH and QUIT share flights with the messages.
    pub(crate) joined: bool,
    /// The kinds of cut, in turn.
    pub(crate) how: &'static [CutKind],
    /// Whether the bytes before MAIL are cut too.
    pub(crate) opening: bool,
    /// The distance between two cuts, in bytes.
    pub(crate) stride: u64,
    /// The number of parallel sessions.
    pub(crate) at_a_time: usize,
}

impl Sweep {
    pub(crate) fn name(&self) -> String {
        let direction = match self.direction {
            Direction::Out => "out",
            Direction::In => "in",
        };
        let how: Vec<&str> = self.how.iter().map(|how| name_of(*how)).collect();
        let joined = if self.joined { "::joined" } else { "" };
        let contender = self.contender.name(self.mode);
        format!("{contender}{joined}::{direction}::{}", how.join("_or_"))
    }

    pub(crate) fn testbed(&self) -> Result<Testbed, Failed> {
        Testbed::start(self.contender, self.mode, self.joined)
    }

    /// Runs all sessions, with cuts on each connection that a session opens without a cut.
    pub(crate) fn run(&self) -> Result<Tally, Failed> {
        let promises = promises::for_contender(self.contender);
        let mut testbed = self.testbed()?;
        let whole = testbed.run(None, LONG_TIMEOUT)?;
        let outcomes: Vec<_> = whole.receipts.iter().map(|(_, receipt)| receipt.outcome).collect();
        if outcomes != promises.outcomes {
            return Err(format!("without a cut the outcomes are {outcomes:?}").into());
        }
        let first = if self.opening { 0 } else { self.end_of_opening(&testbed)? };
        let mut tally = Tally::default();
        for (connection, passed) in whole.connections.iter().enumerate() {
            let bytes = passed.bytes(self.direction);
            let cuts =
                ConnectionSweep { sweep: self, promises: &promises, connection, first, bytes };
            tally.add(&cuts.run()?);
        }
        Ok(tally)
    }

    fn end_of_opening(&self, testbed: &Testbed) -> Result<u64, Failed> {
        Ok(testbed.opening(LONG_TIMEOUT)?.bytes(self.direction).saturating_sub(MARGIN))
    }

    /// Returns the kind of cut at this position.
    pub(crate) fn kind_at(&self, bytes: u64) -> CutKind {
        let turn = usize::try_from(bytes / self.stride).unwrap_or_default();
        self.how[turn % self.how.len()]
    }
}

fn name_of(how: CutKind) -> &'static str {
    match how {
        CutKind::Close => "close",
        CutKind::Reset => "reset",
        CutKind::Silence => "silence",
    }
}
