//! The cuts of one connection of a session, several sessions at a time.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use libtest_mimic::Failed;
use mailer_link::{Cut, CutKind};

use crate::{
    judge,
    promises::Promises,
    stage::{Seen, Stage},
    sweep::{PATIENT, Sweep},
    table::Tally,
};

/// CutKind long each step may take where the cut is silence: longer than any does here.
const IMPATIENT: Duration = Duration::from_millis(200);
/// A busy machine may be too slow even for a connection that was not cut: a session in which more
/// was lost than promised is played once more, this patiently. What receipts and store disagree in
/// is wrong at once.
const MORE_PATIENT: Duration = Duration::from_secs(4);

/// Failures that are told; more of them tell no more.
const TOLD: usize = 5;

/// One connection, cut at one octet after another.
pub(crate) struct Lane<'a> {
    pub(crate) sweep: &'a Sweep,
    pub(crate) promises: &'a Promises,
    pub(crate) connection: usize,
    /// Where it is cut first.
    pub(crate) first: u64,
    /// CutKind many octets pass if it is not cut, more or less.
    pub(crate) octets: u64,
}

impl Lane<'_> {
    pub(crate) fn run(&self) -> Result<Tally, Failed> {
        let next = AtomicU64::new(self.first);
        let found = Mutex::new((Tally::default(), Vec::new()));
        thread::scope(|scope| {
            for _ in 0..self.sweep.at_a_time {
                scope.spawn(|| {
                    let (tally, wrong) = self.work(&next);
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.0.add(&tally);
                    found.1.extend(wrong);
                });
            }
        });
        let (tally, mut wrong) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        wrong.truncate(TOLD);
        if wrong.is_empty() { Ok(tally) } else { Err(wrong.join("\n").into()) }
    }

    /// Takes one octet after another, until a session is not cut any more.
    fn work(&self, next: &AtomicU64) -> (Tally, Vec<String>) {
        let (mut tally, mut wrong) = (Tally::default(), Vec::new());
        let mut stage = match self.sweep.stage() {
            Ok(stage) => stage,
            Err(failed) => return (tally, vec![text(&failed)]),
        };
        while wrong.len() < TOLD {
            let after = next.fetch_add(self.sweep.stride, Ordering::Relaxed);
            let how = self.sweep.how_at(after);
            let connection = self.connection;
            let cut = Cut { connection, ..Cut::after(after, self.sweep.direction, how) };
            match self.session(&mut stage, cut) {
                Ok(seen) if seen.was_cut() => tally.count(&seen),
                Ok(_) => break,
                Err(problem) => wrong.push(format!("{cut:?}: {problem}")),
            }
        }
        (tally, wrong)
    }

    /// One session, or what is wrong with it.
    fn session(&self, stage: &mut Stage, cut: Cut) -> Result<Seen, String> {
        if cut.kind != CutKind::Silence {
            return self.complete(played(stage, cut, PATIENT)?, cut);
        }
        let seen = played(stage, cut, IMPATIENT)?;
        self.complete(seen, cut).or_else(|_| self.complete(played(stage, cut, MORE_PATIENT)?, cut))
    }

    /// A session in which no more was lost than promised.
    fn complete(&self, seen: Seen, cut: Cut) -> Result<Seen, String> {
        // CutKind many records of TLS the replies come in is not always the same.
        if !seen.was_cut() && cut.after < self.octets / 8 * 7 {
            return Err(format!("it was not cut, and has some {} octets", self.octets));
        }
        let losses = judge::losses(&seen, self.promises);
        if losses.is_empty() { Ok(seen) } else { Err(losses.join("; ")) }
    }
}

/// A session whose receipts agree with the store.
fn played(stage: &mut Stage, cut: Cut, patience: Duration) -> Result<Seen, String> {
    let seen = stage.play(Some(cut), patience).map_err(|failed| text(&failed))?;
    let wrong = judge::disagreements(&seen);
    if wrong.is_empty() { Ok(seen) } else { Err(wrong.join("; ")) }
}

fn text(failed: &Failed) -> String {
    failed.message().unwrap_or("failed").to_owned()
}
