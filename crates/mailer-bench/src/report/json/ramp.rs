//! The document that `bench --ramp --json` prints. The schema is `docs/schema/ramp.schema.json`.

use serde::Serialize;

use super::{Head, RunEntry};
use crate::{
    Problem,
    load::{Capacity, RampRun, StepVerdict, capacities},
};

/// The document of a ramp.
#[derive(Clone, Debug, Serialize)]
pub struct RampDocument {
    #[serde(flatten)]
    head: Head,
    ramp: RampEntry,
    steps: Vec<StepEntry>,
    capacities: Vec<CapacityEntry>,
    /// Why the ramp ended before its last step.
    failure: Option<Problem>,
    violations: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct RampEntry {
    over: &'static str,
    values: Vec<f64>,
}

/// The run of one step.
#[derive(Clone, Debug, Serialize)]
struct StepEntry {
    value: f64,
    #[serde(flatten)]
    run: RunEntry,
}

#[derive(Clone, Debug, Serialize)]
struct CapacityEntry {
    name: String,
    last_kept: Option<f64>,
    first_missed: Option<f64>,
    steps: Vec<VerdictEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct VerdictEntry {
    value: f64,
    reached: Option<f64>,
    keeps_up: bool,
}

/// Returns the document of a ramp. `notes` are facts that are not part of it: versions, and the host.
#[must_use]
pub fn ramp_document(ramp_run: &RampRun, notes: &[(String, String)]) -> RampDocument {
    let RampRun { ramp, runs, failure, .. } = ramp_run;
    let steps = ramp.steps().iter().zip(runs);
    RampDocument {
        head: Head::new(runs.first(), ramp_run.is_interrupted(), notes),
        ramp: RampEntry { over: ramp.over().name(), values: ramp.steps().to_vec() },
        steps: steps.map(|(&value, run)| StepEntry { value, run: run.into() }).collect(),
        capacities: capacities(ramp_run).iter().map(capacity).collect(),
        failure: failure.clone(),
        violations: ramp_run.violations.clone(),
    }
}

fn capacity(capacity: &Capacity) -> CapacityEntry {
    let verdict = |step: &StepVerdict| VerdictEntry {
        value: step.value,
        reached: step.reached,
        keeps_up: step.keeps_up,
    };
    CapacityEntry {
        name: capacity.name.clone(),
        last_kept: capacity.last_kept(),
        first_missed: capacity.first_missed(),
        steps: capacity.steps.iter().map(verdict).collect(),
    }
}
