//! Runs a ramp: the same work again and again, each time with a higher rate or with more connections.

use mailer::Error;

use super::{Baseline, Experiment, Progress, Ramp, Run};
use crate::Problem;

/// Everything that was observed in a ramp.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RampRun {
    /// The steps that were to be run.
    pub ramp: Ramp,
    /// The run of each step, in their order. There are fewer of them than steps if the user ended the ramp early,
    /// or if the server could not be reached any more.
    pub runs: Vec<Run>,
    /// Why the step after the last run could not be run.
    pub failure: Option<Problem>,
    /// An earlier ramp to compare with.
    pub baseline: Option<Baseline>,
    /// The [conditions](super::Condition) that the figures meet, each with the step and the contender.
    pub violations: Vec<String>,
}

impl Experiment<'_> {
    /// Runs all contenders once for each step, with new processes and, unless it is named, a new server.
    ///
    /// # Errors
    /// As [`Experiment::run`], for the first step. A later one ends the ramp, and its error is in the result.
    pub fn run_ramp(
        &self,
        ramp: &Ramp,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<RampRun, Error> {
        let plans = ramp.plans(&self.plan);
        #[expect(clippy::cast_precision_loss, reason = "there are few steps")]
        let share = 1.0 / plans.len() as f64;
        let mut done = RampRun::new(ramp.clone());
        let mut before = 0.0;
        for plan in plans {
            let step = Experiment { plan, ..*self };
            let mut report = |it: Progress<'_>| {
                progress(Progress { done: before + it.done * share, ..it });
            };
            match step.run_with_progress(&mut report) {
                Ok(run) => done.runs.push(run),
                Err(error) if done.runs.is_empty() => return Err(error),
                Err(error) => {
                    done.failure = Some(Problem::from(&error));
                    break;
                }
            }
            if done.is_interrupted() {
                break;
            }
            before += share;
        }
        Ok(done)
    }
}

impl RampRun {
    pub(super) fn new(ramp: Ramp) -> Self {
        Self { ramp, runs: Vec::new(), failure: None, baseline: None, violations: Vec::new() }
    }

    /// Sets an earlier ramp to compare with, whose steps have to be [the same](Baseline::check_ramp).
    pub fn set_baseline(&mut self, baseline: Baseline) {
        for (step, run) in self.runs.iter_mut().enumerate() {
            run.baseline = baseline.step(step);
        }
        self.baseline = Some(baseline);
    }

    /// Returns whether the user ended the ramp early.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.runs.last().is_some_and(|run| run.interrupted)
    }
}
