//! Cuts one connection of a session at one byte after another, in parallel sessions.

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
    checks,
    promises::Promises,
    session::{SessionResult, Testbed},
    sweep::{LONG_TIMEOUT, Sweep},
    tally::Tally,
};

/// The time-out of each step where the cut is silence, longer than any step takes.
const SHORT_TIMEOUT: Duration = Duration::from_millis(200);
/// The time-out of a second attempt. On a busy machine the short one may expire without a cut, so a
/// session that loses more than promised is repeated once. A disagreement of receipts and store fails
/// at once.
const RETRY_TIMEOUT: Duration = Duration::from_secs(4);

/// The most failures to report.
const MAX_FAILURES: usize = 5;

/// The cuts of one connection of a session.
pub(crate) struct ConnectionSweep<'a> {
    pub(crate) sweep: &'a Sweep,
    pub(crate) promises: &'a Promises,
    pub(crate) connection: usize,
    /// The position of the first cut.
    pub(crate) first: u64,
    /// How many bytes pass without a cut, approximately.
    pub(crate) bytes: u64,
}

impl ConnectionSweep<'_> {
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
        wrong.truncate(MAX_FAILURES);
        if wrong.is_empty() { Ok(tally) } else { Err(wrong.join("\n").into()) }
    }

    /// Cuts at one byte after another, until a session passes without a cut.
    fn work(&self, next: &AtomicU64) -> (Tally, Vec<String>) {
        let (mut tally, mut wrong) = (Tally::default(), Vec::new());
        let mut testbed = match self.sweep.testbed() {
            Ok(testbed) => testbed,
            Err(failed) => return (tally, vec![text(&failed)]),
        };
        while wrong.len() < MAX_FAILURES {
            let after = next.fetch_add(self.sweep.stride, Ordering::Relaxed);
            let how = self.sweep.kind_at(after);
            let connection = self.connection;
            let cut = Cut { connection, ..Cut::after(after, self.sweep.direction, how) };
            match self.session(&mut testbed, cut) {
                Ok(seen) if seen.was_cut() => tally.count(&seen),
                Ok(_) => break,
                Err(problem) => wrong.push(format!("{cut:?}: {problem}")),
            }
        }
        (tally, wrong)
    }

    /// Runs one session.
    ///
    /// # Errors
    /// What is wrong with it.
    fn session(&self, testbed: &mut Testbed, cut: Cut) -> Result<SessionResult, String> {
        if cut.kind != CutKind::Silence {
            return self.check_losses(run_session(testbed, cut, LONG_TIMEOUT)?, cut);
        }
        let seen = run_session(testbed, cut, SHORT_TIMEOUT)?;
        self.check_losses(seen, cut)
            .or_else(|_| self.check_losses(run_session(testbed, cut, RETRY_TIMEOUT)?, cut))
    }

    /// Checks that a session lost no more than promised.
    fn check_losses(&self, seen: SessionResult, cut: Cut) -> Result<SessionResult, String> {
        // The number of TLS records varies, and with it the number of bytes.
        if !seen.was_cut() && cut.after < self.bytes / 8 * 7 {
            return Err(format!(
                "the session was not cut, although it has about {} bytes",
                self.bytes
            ));
        }
        let losses = checks::losses(&seen, self.promises);
        if losses.is_empty() { Ok(seen) } else { Err(losses.join("; ")) }
    }
}

/// Runs a session, and checks that its receipts agree with the store.
fn run_session(
    testbed: &mut Testbed,
    cut: Cut,
    timeout: Duration,
) -> Result<SessionResult, String> {
    let seen = testbed.run(Some(cut), timeout).map_err(|failed| text(&failed))?;
    let wrong = checks::disagreements(&seen);
    if wrong.is_empty() { Ok(seen) } else { Err(wrong.join("; ")) }
}

fn text(failed: &Failed) -> String {
    failed.message().unwrap_or("failed").to_owned()
}
