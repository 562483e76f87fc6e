//! A sweep: the same session again and again, cut some octets later each time, until one is not cut.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::Security;
use mailer_link::{CutKind, Direction};
use mailer_tests::contender::Contender;

use crate::{lane::Lane, promises, stage::Stage, table::Tally};

/// CutKind long each step may take where the cut can be seen: far longer than it does.
pub(crate) const PATIENT: Duration = Duration::from_secs(20);

/// Signatures and the server's numbers are not always as long: where the opening ends is not known to
/// the octet.
const MARGIN: u64 = 32;

/// The sessions that one trial plays.
#[derive(Clone, Copy)]
pub(crate) struct Sweep {
    pub(crate) contender: Contender,
    pub(crate) mode: Security,
    pub(crate) direction: Direction,
    /// Whether AUTH and QUIT share flights with the letters.
    pub(crate) joined: bool,
    /// In turn.
    pub(crate) how: &'static [CutKind],
    /// Whether the opening is cut too, all that comes before MAIL.
    pub(crate) opening: bool,
    /// Every so many octets.
    pub(crate) stride: u64,
    /// Sessions at a time.
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

    pub(crate) fn stage(&self) -> Result<Stage, Failed> {
        Stage::set(self.contender, self.mode, self.joined)
    }

    /// Plays them all, on each connection that a session has if nothing is cut.
    pub(crate) fn run(&self) -> Result<Tally, Failed> {
        let promises = promises::of(self.contender);
        let mut stage = self.stage()?;
        let whole = stage.play(None, PATIENT)?;
        let outcomes: Vec<_> = whole.receipts.iter().map(|(_, receipt)| receipt.outcome).collect();
        if outcomes != promises.outcomes {
            return Err(format!("without a cut they are {outcomes:?}").into());
        }
        let first = if self.opening { 0 } else { self.end_of_opening(&stage)? };
        let mut tally = Tally::default();
        for (connection, passed) in whole.connections.iter().enumerate() {
            let octets = passed.bytes(self.direction);
            let lane = Lane { sweep: self, promises: &promises, connection, first, octets };
            tally.add(&lane.run()?);
        }
        Ok(tally)
    }

    fn end_of_opening(&self, stage: &Stage) -> Result<u64, Failed> {
        Ok(stage.opening(PATIENT)?.bytes(self.direction).saturating_sub(MARGIN))
    }

    /// CutKind it is cut there: in turn, whatever the stride.
    pub(crate) fn how_at(&self, octets: u64) -> CutKind {
        let turn = usize::try_from(octets / self.stride).unwrap_or_default();
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
