//! The results of all workers as one.

use std::collections::BTreeMap;

use mailer::{Error, Kind};
use mailer_bench::load::{Latencies, Outcomes};

use crate::result::{RunState, Series, WorkerResult};

/// The sum of several workers' results.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The workers, by their index.
    pub workers: Vec<WorkerResult>,
    /// The rows of all workers, added up, in the order of their names.
    pub series: Vec<MergedSeries>,
}

/// A row of all workers.
#[derive(Clone, Debug)]
pub struct MergedSeries {
    /// The sum.
    pub series: Series,
    /// The operations per second that succeeded: the sum of the workers' rates.
    pub per_second: f64,
}

impl Merged {
    /// Adds up the results of workers.
    ///
    /// # Errors
    /// [`Kind::Input`] if there are none, or two are of the same worker. A worker that never joined has no name of its own.
    pub fn new(mut workers: Vec<WorkerResult>) -> Result<Self, Error> {
        workers.sort_by(|one, other| (one.index, &one.node).cmp(&(other.index, &other.node)));
        let twice = workers
            .windows(2)
            .find(|pair| matches!(pair, [a, b] if a.index.is_some() && a.node == b.node));
        if let Some([worker, ..]) = twice {
            let what = format!("two files are of the same worker, {}", worker.node);
            return Err(Error::new(Kind::Input, what).with_hint("name each file once"));
        }
        if workers.is_empty() {
            return Err(Error::new(Kind::Input, "there is no file to merge"));
        }
        let mut series = BTreeMap::<String, MergedSeries>::new();
        for worker in &workers {
            for row in &worker.series {
                let sum = series.entry(row.name.clone()).or_insert_with(|| MergedSeries {
                    series: Series {
                        name: row.name.clone(),
                        failed: 0,
                        outcomes: row.outcomes.map(|_| Outcomes::default()),
                        problems: Vec::new(),
                        latencies: Latencies::default(),
                    },
                    per_second: 0.0,
                });
                sum.add(row, worker.elapsed);
            }
        }
        Ok(Self { workers, series: series.into_values().collect() })
    }

    /// Returns remarks that a reader of the sum needs: workers that ended early, and workers that did something
    /// else than the others.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        for worker in &self.workers {
            remarks.extend(ended_early(worker));
        }
        let unknown: u64 = self.outcomes().map(|it| it.unknown).sum();
        if unknown > 0 {
            remarks.push(format!(
                "The server may have stored {unknown} more than were accepted: their final replies never came."
            ));
        }
        let settings =
            |it: &WorkerResult| (it.server.clone(), it.message_size, it.rate.map(f64::to_bits));
        let mut busy = self.workers.iter().filter(|it| it.state != RunState::Waiting).map(settings);
        if let Some(first) = busy.next()
            && busy.any(|other| other != first)
        {
            remarks.push("The workers had different servers, sizes or rates: these are the results of several runs.".to_owned());
        }
        remarks
    }

    /// Returns what became of the messages, by series.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcomes> {
        self.series.iter().filter_map(|it| it.series.outcomes)
    }

    /// Returns whether every worker ended with the run.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.workers.iter().all(|worker| ended_early(worker).is_none())
    }
}

impl MergedSeries {
    fn add(&mut self, row: &Series, elapsed: f64) {
        let sum = &mut self.series;
        sum.failed = sum.failed.saturating_add(row.failed);
        if let (Some(sum), Some(outcomes)) = (&mut sum.outcomes, &row.outcomes) {
            sum.add(outcomes);
        }
        row.problems.iter().cloned().for_each(|problem| problem.count_in(&mut sum.problems));
        sum.latencies.merge(&row.latencies);
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
        if elapsed > 0.0 {
            self.per_second += row.latencies.count() as f64 / elapsed;
        }
    }
}

/// Returns why a worker's result may be incomplete.
fn ended_early(worker: &WorkerResult) -> Option<String> {
    let name =
        worker.index.map_or_else(|| worker.node.clone(), |it| format!("{it} ({})", worker.node));
    match &worker.state {
        RunState::Complete => None,
        RunState::Waiting => Some(format!("Worker {name} was never given users.")),
        RunState::Running => Some(format!(
            "Worker {name} ended early: its file ends while the run goes on. Up to 3 s of its messages are missing here."
        )),
        RunState::EndedEarly(reason) => Some(format!("Worker {name} ended early: {reason}.")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::result::tests::result;

    pub(crate) fn merged() -> Merged {
        let workers =
            vec![result("b_2", 1, 30, RunState::Running), result("a_1", 0, 10, RunState::Complete)];
        Merged::new(workers).unwrap()
    }

    #[test]
    fn counts_latencies_and_rates_are_added() {
        let merged = merged();
        let [row] = &*merged.series else { panic!("one row") };
        assert_eq!((row.series.requests(), row.series.failed), (42, 2));
        assert_eq!((row.series.latencies.count(), row.per_second), (40, 20.0));
        assert_eq!(row.series.problems.first().map(|it| it.count), Some(2));
        assert_eq!(merged.outcomes().map(|it| (it.accepted, it.unknown)).next(), Some((40, 2)));
    }

    #[test]
    fn remarks_name_workers_that_ended_early() {
        let merged = merged();
        assert!(!merged.is_complete());
        let remarks = merged.remarks();
        assert!(remarks[0].starts_with("Worker 1 (b_2) ended early"), "{remarks:?}");
        assert!(remarks[1].contains("stored 2 more"), "{remarks:?}");
        assert_eq!(remarks.len(), 2);
    }

    #[test]
    fn a_single_unknown_outcome_is_a_remark() {
        let merged = Merged::new(vec![result("a_1", 0, 10, RunState::Complete)]).unwrap();
        let remarks = merged.remarks();
        assert!(remarks.len() == 1 && remarks[0].contains("stored 1 more"), "{remarks:?}");
    }

    #[test]
    fn the_same_worker_does_not_count_twice() {
        let twice = vec![
            result("a_1", 0, 10, RunState::Complete),
            result("a_1", 0, 10, RunState::Complete),
        ];
        assert!(Merged::new(twice).unwrap_err().to_string().contains("a_1"));
        assert!(Merged::new(Vec::new()).is_err());
        // Two on one machine that never joined have the same name.
        let never_joined = || {
            let mut worker = result("a_1", 0, 0, RunState::Waiting);
            worker.index = None;
            worker
        };
        assert!(Merged::new(vec![never_joined(), never_joined()]).is_ok());
    }
}
