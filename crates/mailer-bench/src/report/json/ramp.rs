//! The document that `bench --ramp --json` prints. The schema is `docs/schema/ramp.schema.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{BaselineEntry, PlanEntry, ResultEntry, VERSION, baseline_entry, plan, result};
use crate::{
    Problem,
    load::{Capacity, RampRun, Run, StepVerdict, capacities, figures},
};

/// The document of a ramp.
#[derive(Clone, Debug, Serialize)]
pub struct RampDocument {
    version: u32,
    command: &'static str,
    server: String,
    security: &'static str,
    embedded: bool,
    interrupted: bool,
    notes: BTreeMap<String, String>,
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
    plan: PlanEntry,
    server_memory: Option<u64>,
    results: Vec<ResultEntry>,
    baseline: Option<BaselineEntry>,
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
    let first = runs.first();
    let steps = ramp.steps().iter().zip(runs).map(|(value, run)| step(*value, run));
    RampDocument {
        version: VERSION,
        command: "bench",
        server: first.map_or_else(String::new, |run| run.server.clone()),
        security: first.map_or("", |run| run.security.name()),
        embedded: first.is_some_and(|run| run.embedded),
        interrupted: ramp_run.is_interrupted(),
        notes: notes.iter().cloned().collect(),
        ramp: RampEntry { over: ramp.over().name(), values: ramp.steps().to_vec() },
        steps: steps.collect(),
        capacities: capacities(ramp_run).iter().map(capacity).collect(),
        failure: failure.clone(),
        violations: ramp_run.violations.clone(),
    }
}

fn step(value: f64, run: &Run) -> StepEntry {
    StepEntry {
        value,
        plan: plan(run),
        server_memory: run.server_memory,
        results: figures(run).iter().map(result).collect(),
        baseline: run.baseline.as_ref().map(|baseline| baseline_entry(baseline, run)),
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
