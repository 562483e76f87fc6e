//! What the users of a worker have done: in this run, for the result file, and since the last report, for the
//! master.

use std::time::{Instant, SystemTime};

use mailer_bench::load::Batch;

use crate::{
    UserClass,
    locust_stats::{Operations, Statistics},
    result::Series,
};

/// The counts of a run.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    classes: &'a [UserClass],
    /// The whole run, by class.
    run: Vec<Batch>,
    /// What the master does not know yet.
    unreported: Statistics,
    /// The size of each message in bytes.
    message_size: u64,
    started: Option<Instant>,
    /// When something was done last.
    worked: Option<Instant>,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(classes: &'a [UserClass]) -> Self {
        let run = classes.iter().map(|_| Batch::default()).collect();
        let unreported = Statistics::new(SystemTime::now());
        Self { classes, run, unreported, message_size: 0, started: None, worked: None }
    }

    /// Starts a run with messages of this size. What is not reported of an earlier run is dropped.
    pub(crate) fn start_run(&mut self, message_size: usize) {
        *self = Self::new(self.classes);
        self.message_size = message_size as u64;
        self.started = Some(Instant::now());
    }

    /// Adds what the users of each class have done.
    pub(crate) fn add(&mut self, batches: &[Batch]) {
        let now = SystemTime::now();
        for ((class, batch), run) in self.classes.iter().zip(batches).zip(&mut self.run) {
            for row in Series::rows(&class.label, batch) {
                let operations = Operations {
                    latencies: &row.latencies,
                    failed: row.failed,
                    problems: &row.problems,
                    size: row.outcomes.map_or(0, |_| self.message_size),
                };
                self.unreported.add(&row.name, operations, now);
            }
            if batch.messages.outcomes.total() > 0 {
                self.worked = Some(Instant::now());
            }
            run.add(batch);
        }
    }

    /// Returns what the master does not know yet, to send and then to [drop](Self::drop_report).
    pub(crate) fn report(&mut self) -> &mut Statistics {
        &mut self.unreported
    }

    /// Forgets what was reported.
    pub(crate) fn drop_report(&mut self) {
        self.unreported = Statistics::new(SystemTime::now());
    }

    /// Returns what was done in the run, and how long that took in seconds.
    pub(crate) fn result(&self) -> (Vec<Series>, f64) {
        let classes = self.classes.iter().zip(&self.run);
        let rows = classes.flat_map(|(class, batch)| Series::rows(&class.label, batch));
        let elapsed = self.started.zip(self.worked).map(|(from, to)| to.duration_since(from));
        (rows.collect(), elapsed.unwrap_or_default().as_secs_f64())
    }
}
