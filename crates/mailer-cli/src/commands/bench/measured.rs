//! What `bench` measured: a run, or a ramp of several runs. Reports, outcomes and the exit status are the same for both.

use std::slice;

use mailer::{Error, Outcome};
use mailer_bench::{
    Problem,
    load::{
        Baseline, Condition, Experiment, Progress, Ramp, RampRun, Run, ramp_violations, violations,
    },
    report,
};

use crate::{exit::Status, output};

/// What was measured.
pub(super) enum Measured {
    Run(Box<Run>),
    Ramp(Box<RampRun>),
}

/// Label and value of each fact in the head of a report.
type Notes = [(String, String)];

impl Measured {
    /// Runs the experiment, once or in steps.
    pub(super) fn measure(
        experiment: &Experiment<'_>,
        ramp: Option<&Ramp>,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Self, Error> {
        match ramp {
            None => Ok(Self::Run(Box::new(experiment.run_with_progress(progress)?))),
            Some(ramp) => Ok(Self::Ramp(Box::new(experiment.run_ramp(ramp, progress)?))),
        }
    }

    /// Compares it with an earlier one, and with the conditions.
    pub(super) fn judge(&mut self, baseline: Option<Baseline>, conditions: &[Condition]) {
        match self {
            Self::Run(run) => {
                run.baseline = baseline;
                run.violations = violations(conditions, run);
            }
            Self::Ramp(ramp) => {
                if let Some(baseline) = baseline {
                    ramp.set_baseline(baseline);
                }
                ramp.violations = ramp_violations(conditions, ramp);
            }
        }
    }

    /// Returns the conditions that hold.
    pub(super) fn violations(&self) -> &[String] {
        match self {
            Self::Run(run) => &run.violations,
            Self::Ramp(ramp) => &ramp.violations,
        }
    }

    pub(super) fn json(&self, notes: &Notes) -> Result<String, Error> {
        match self {
            Self::Run(run) => output::json(&report::json::document(run, notes)),
            Self::Ramp(ramp) => output::json(&report::json::ramp_document(ramp, notes)),
        }
    }

    pub(super) fn csv(&self, notes: &Notes) -> String {
        match self {
            Self::Run(run) => report::csv::csv(run, notes),
            Self::Ramp(ramp) => report::csv::ramp_csv(ramp, notes),
        }
    }

    pub(super) fn text(&self, notes: &Notes) -> String {
        match self {
            Self::Run(run) => report::text::text(run, notes, output::width()),
            Self::Ramp(ramp) => report::text::ramp_text(ramp, notes, output::width()),
        }
    }

    pub(super) fn html(&self, notes: &Notes) -> String {
        match self {
            Self::Run(run) => report::html::html(run, notes),
            Self::Ramp(ramp) => report::html::ramp_html(ramp, notes),
        }
    }

    fn runs(&self) -> &[Run] {
        match self {
            Self::Run(run) => slice::from_ref(run),
            Self::Ramp(ramp) => &ramp.runs,
        }
    }

    /// Returns the number of messages, or connections, with each outcome.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (Outcome, u64)> {
        let contenders = self.runs().iter().flat_map(|run| &run.results);
        contenders.flat_map(|contender| &contender.rounds).flat_map(|round| {
            let count = |outcome: &Outcome| (*outcome, round.result.outcomes.count_of(*outcome));
            Outcome::ALL.iter().map(count)
        })
    }

    /// Returns the status of the worst outcome. An interrupted run has its own status, whatever it left
    /// unfinished.
    pub(super) fn status(&self) -> Status {
        if self.runs().iter().any(|run| run.interrupted) {
            return Status::INTERRUPTED;
        }
        let mut statuses = Vec::new();
        let from_problem = |problem: &Problem| Status::from_kind(problem.kind());
        if let Self::Ramp(ramp) = self {
            statuses.extend(ramp.failure.as_ref().map(from_problem));
        }
        for contender in self.runs().iter().flat_map(|run| &run.results) {
            statuses.extend(contender.invalid.is_some().then_some(Status::DEFECT));
            for round in &contender.rounds {
                let result = &round.result;
                statuses.extend((result.outcomes.unknown > 0).then_some(Status::UNKNOWN));
                statuses.extend(result.problems.iter().map(from_problem));
            }
        }
        Status::worst(statuses)
    }
}
