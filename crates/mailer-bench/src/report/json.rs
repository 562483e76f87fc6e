//! The document that `bench --json` prints.
//!
//! Times are whole nanoseconds, sizes are bytes, and unknown values are null. The schema is
//! `docs/schema/bench.schema.json`.

mod ramp;

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

pub use self::ramp::{RampDocument, ramp_document};
use crate::{
    Cpu, Problem,
    cores::Pinning,
    load::{
        Baseline, Change, Figures, Limit, Outcomes, Percentile, Prediction, Round, Run, changes,
        figures,
    },
    statistics::Quartiles,
    workload::Workload,
};

/// The version of the document. It rises when a program that reads the document would have to change.
pub const VERSION: u32 = Baseline::VERSION;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    #[serde(flatten)]
    head: Head,
    #[serde(flatten)]
    run: RunEntry,
    /// The conditions that the figures meet.
    violations: Vec<String>,
}

/// What a document begins with.
#[derive(Clone, Debug, Serialize)]
struct Head {
    version: u32,
    command: &'static str,
    server: String,
    security: &'static str,
    embedded: bool,
    interrupted: bool,
    notes: BTreeMap<String, String>,
}

impl Head {
    /// `run` is any run of the document; `notes` are facts that are not part of a run: versions, and the host.
    fn new(run: Option<&Run>, interrupted: bool, notes: &[(String, String)]) -> Self {
        Self {
            version: VERSION,
            command: "bench",
            server: run.map_or_else(String::new, |run| run.server.clone()),
            security: run.map_or("", |run| run.security.name()),
            embedded: run.is_some_and(|run| run.embedded),
            interrupted,
            notes: notes.iter().cloned().collect(),
        }
    }
}

/// What was measured: in a ramp, of one step.
#[derive(Clone, Debug, Serialize)]
struct RunEntry {
    plan: PlanEntry,
    server_memory: Option<u64>,
    results: Vec<ResultEntry>,
    baseline: Option<BaselineEntry>,
}

impl From<&Run> for RunEntry {
    fn from(run: &Run) -> Self {
        Self {
            plan: plan(run),
            server_memory: run.server_memory,
            results: figures(run).iter().map(result).collect(),
            baseline: run.baseline.as_ref().map(|baseline| baseline_entry(baseline, run)),
        }
    }
}

/// What has changed since an earlier run, as factors.
#[derive(Clone, Debug, Serialize)]
struct BaselineEntry {
    date: Option<String>,
    command: Option<String>,
    host: Option<String>,
    changes: Vec<ChangeEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct ChangeEntry {
    name: String,
    rate: Option<Spread>,
    time: Option<Spread>,
}

#[derive(Clone, Debug, Serialize)]
struct PlanEntry {
    workload: Workload,
    /// Either this or `duration_ns`.
    messages: Option<u64>,
    duration_ns: Option<u64>,
    rounds: u32,
    warm_up_ns: u64,
    connections: usize,
    /// Per second.
    rate: Option<f64>,
    message_size: usize,
    recipients: usize,
    /// The number of recipients that messages have in turn.
    recipients_in_turn: Option<usize>,
    prepared_messages: Option<usize>,
    link_rtt_ns: u64,
    /// Bytes per second.
    link_bandwidth: Option<u64>,
    pinning: Pinning,
    client_cores: Vec<usize>,
    server_cores: Vec<usize>,
}

#[derive(Clone, Debug, Serialize)]
struct ResultEntry {
    name: String,
    backend: String,
    flow: Option<String>,
    tls_library: &'static str,
    measured_only: bool,
    invalid: Option<String>,
    outcomes: Outcomes,
    per_second: Option<Spread>,
    time_ns: Option<Spread>,
    /// The time as a multiple of the first result's.
    ratio: Option<Spread>,
    latency: LatencyEntry,
    client_cpu: Option<CpuEntry>,
    server_cpu: Option<CpuEntry>,
    resumed: Option<f64>,
    /// Per second.
    server_ceiling: Option<Spread>,
    server_bound: bool,
    peak_memory: Option<u64>,
    path: Option<PathEntry>,
    prediction: Option<PredictionEntry>,
    problems: Vec<Problem>,
    backed_off_ns: u64,
    paused_ns: u64,
    gave_up: bool,
    rounds: Vec<RoundEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct Spread {
    lower: f64,
    median: f64,
    upper: f64,
}

/// A percentile is null if there are too few latencies for it.
#[derive(Clone, Debug, Serialize)]
struct LatencyEntry {
    count: u64,
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p95_ns: Option<u64>,
    p99_ns: Option<u64>,
    p999_ns: Option<u64>,
    max_ns: Option<u64>,
}

/// CPU time per message or handshake.
#[derive(Clone, Debug, Serialize)]
struct CpuEntry {
    user_ns: u64,
    system_ns: u64,
}

/// What one message or handshake uses of the path.
#[derive(Clone, Debug, Serialize)]
struct PathEntry {
    round_trips: f64,
    /// Null if the measured connections are not observed.
    stall_ns: Option<u64>,
    bytes: f64,
}

#[derive(Clone, Debug, Serialize)]
struct PredictionEntry {
    path_ns: u64,
    stall_ns: u64,
    local_ns: u64,
    predicted_ns: u64,
    measured_ns: u64,
    /// The part by which the measured time is above the prediction.
    error: f64,
}

#[derive(Clone, Debug, Serialize)]
struct RoundEntry {
    number: u32,
    elapsed_ns: u64,
    accepted: u64,
    median_ns: Option<u64>,
}

/// Returns the document of a run. `notes` are facts that are not part of it: versions, and the host.
#[must_use]
pub fn document(run: &Run, notes: &[(String, String)]) -> Document {
    Document {
        head: Head::new(Some(run), run.interrupted, notes),
        run: RunEntry::from(run),
        violations: run.violations.clone(),
    }
}

fn baseline_entry(baseline: &Baseline, run: &Run) -> BaselineEntry {
    let fact = |name| baseline.fact(name).map(str::to_owned);
    let change = |(name, change): (String, Change)| ChangeEntry {
        name,
        rate: change.rate.map(|it| spread(it, 1.0)),
        time: change.time.map(|it| spread(it, 1.0)),
    };
    BaselineEntry {
        date: fact("date"),
        command: fact("command"),
        host: fact("host"),
        changes: changes(run).into_iter().map(change).collect(),
    }
}

fn plan(run: &Run) -> PlanEntry {
    let plan = &run.plan;
    let (messages, duration_ns) = match plan.limit {
        Limit::Count(count) => (Some(count), None),
        Limit::Time(time) => (None, Some(nanos(time))),
    };
    PlanEntry {
        workload: plan.workload,
        messages,
        duration_ns,
        rounds: plan.rounds,
        warm_up_ns: nanos(plan.warm_up),
        connections: plan.connections,
        rate: plan.rate,
        message_size: plan.message_size,
        recipients: plan.recipients_per_message(),
        recipients_in_turn: plan.recipients_in_turn.map(|_| plan.recipients.len()),
        prepared_messages: Some(plan.prepared.len()).filter(|count| *count > 0),
        link_rtt_ns: nanos(plan.path.round_trip),
        link_bandwidth: plan.path.bandwidth.map(std::num::NonZeroU64::get),
        pinning: plan.pinning,
        client_cores: run.cores.client.clone(),
        server_cores: run.cores.server.clone(),
    }
}

fn result(figures: &Figures<'_>) -> ResultEntry {
    let contender = figures.contender;
    ResultEntry {
        name: contender.name.clone(),
        backend: contender.backend.clone(),
        flow: contender.flow.clone(),
        tls_library: contender.tls_library.name(),
        measured_only: contender.measured_only,
        invalid: contender.invalid.clone(),
        outcomes: figures.outcomes,
        per_second: figures.per_second.map(|quartiles| spread(quartiles, 1.0)),
        time_ns: figures.time.map(|quartiles| spread(quartiles, 1e9)),
        ratio: figures.ratio.map(|quartiles| spread(quartiles, 1.0)),
        latency: latency(figures),
        client_cpu: figures.client_cpu.map(cpu),
        server_cpu: figures.server_cpu.map(cpu),
        resumed: figures.resumed,
        server_ceiling: figures.ceiling.map(|ceiling| spread(ceiling.per_second, 1.0)),
        server_bound: figures.is_server_bound(),
        peak_memory: contender.peak_memory,
        path: path(figures),
        prediction: figures.prediction.map(prediction),
        problems: figures.problems.clone(),
        backed_off_ns: nanos(figures.backed_off),
        paused_ns: nanos(figures.paused),
        gave_up: figures.gave_up,
        rounds: contender.rounds.iter().map(round).collect(),
    }
}

fn spread(quartiles: Quartiles, scale: f64) -> Spread {
    Spread {
        lower: quartiles.lower * scale,
        median: quartiles.median * scale,
        upper: quartiles.upper * scale,
    }
}

fn latency(figures: &Figures<'_>) -> LatencyEntry {
    let at = |percentile| figures.latencies.at(percentile).map(nanos);
    LatencyEntry {
        count: figures.latencies.count(),
        p50_ns: at(Percentile::P50),
        p90_ns: at(Percentile::P90),
        p95_ns: at(Percentile::P95),
        p99_ns: at(Percentile::P99),
        p999_ns: at(Percentile::P999),
        max_ns: at(Percentile::Max),
    }
}

fn cpu(cpu: Cpu) -> CpuEntry {
    CpuEntry { user_ns: nanos(cpu.user), system_ns: nanos(cpu.system) }
}

fn path(figures: &Figures<'_>) -> Option<PathEntry> {
    let usage = figures.usage?;
    let stall_ns = figures.stall.map(|seconds| nanos(Duration::from_secs_f64(seconds)));
    Some(PathEntry { round_trips: usage.round_trips, stall_ns, bytes: usage.bytes })
}

fn prediction(prediction: Prediction) -> PredictionEntry {
    let nanos = |seconds| nanos(Duration::from_secs_f64(seconds));
    PredictionEntry {
        path_ns: nanos(prediction.path),
        stall_ns: nanos(prediction.stall),
        local_ns: nanos(prediction.local),
        predicted_ns: nanos(prediction.predicted()),
        measured_ns: nanos(prediction.measured),
        error: prediction.error(),
    }
}

fn round(round: &Round) -> RoundEntry {
    RoundEntry {
        number: round.number,
        elapsed_ns: nanos(round.result.elapsed),
        accepted: round.result.outcomes.accepted,
        median_ns: round.result.latencies.median().map(nanos),
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
