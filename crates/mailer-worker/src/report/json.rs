//! The document that `merge --json` prints.
//!
//! Times are whole nanoseconds and unknown values are null. The schema is `docs/schema/merge.schema.json`.

use std::{collections::BTreeMap, time::Duration};

use mailer_bench::{
    Problem,
    load::{Outcomes, Percentile},
};
use serde::Serialize;

use crate::{
    Merged,
    merge::MergedSeries,
    result::{RunState, WorkerResult},
};

/// The version of the document. It rises when a program that reads the document would have to change.
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    version: u32,
    command: &'static str,
    notes: BTreeMap<String, String>,
    /// Whether every worker ended with the run.
    complete: bool,
    remarks: Vec<String>,
    series: Vec<SeriesEntry>,
    workers: Vec<WorkerEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct SeriesEntry {
    name: String,
    requests: u64,
    failures: u64,
    /// Null for the parts of opening a connection.
    outcomes: Option<Outcomes>,
    per_second: f64,
    /// A percentile is null if there are too few latencies for it.
    latency_ns: BTreeMap<&'static str, Option<u64>>,
    problems: Vec<Problem>,
    /// All latencies, as in the workers' files.
    histogram: String,
}

#[derive(Clone, Debug, Serialize)]
struct WorkerEntry {
    node: String,
    index: Option<u64>,
    server: Option<String>,
    message_size: Option<usize>,
    rate: Option<f64>,
    state: &'static str,
    reason: Option<String>,
    elapsed_seconds: f64,
    messages: u64,
    failures: u64,
}

/// Returns the document. `notes` are facts that are not part of the run.
///
/// # Errors
/// [`Kind::Internal`](mailer::Kind::Internal) if a histogram cannot be compressed.
pub fn document(merged: &Merged, notes: &[(String, String)]) -> Result<Document, mailer::Error> {
    Ok(Document {
        version: VERSION,
        command: "merge",
        notes: notes.iter().cloned().collect(),
        complete: merged.is_complete(),
        remarks: merged.remarks(),
        series: merged.series.iter().map(series).collect::<Result<_, _>>()?,
        workers: merged.workers.iter().map(worker).collect(),
    })
}

fn series(merged: &MergedSeries) -> Result<SeriesEntry, mailer::Error> {
    let MergedSeries { series, per_second } = merged;
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let percentile = |it: &Percentile| (it.name(), series.latencies.at(*it).map(nanos));
    Ok(SeriesEntry {
        name: series.name.clone(),
        requests: series.requests(),
        failures: series.failed,
        outcomes: series.outcomes,
        per_second: *per_second,
        latency_ns: Percentile::ALL.iter().map(percentile).collect(),
        problems: series.problems.clone(),
        histogram: series.latencies.to_base64()?,
    })
}

fn worker(worker: &WorkerResult) -> WorkerEntry {
    let [messages, failures] = worker.messages();
    let (state, reason) = match &worker.state {
        RunState::Waiting => ("waiting", None),
        RunState::Running => ("running", None),
        RunState::Complete => ("complete", None),
        RunState::EndedEarly(reason) => ("ended_early", Some(reason.clone())),
    };
    WorkerEntry {
        node: worker.node.clone(),
        index: worker.index,
        server: worker.server.clone(),
        message_size: worker.message_size,
        rate: worker.rate,
        state,
        reason,
        elapsed_seconds: worker.elapsed,
        messages,
        failures,
    }
}
