//! The document that `bench --json` prints.
//!
//! Times are whole nanoseconds, sizes are octets, and what is not known is null. Its form is in
//! `docs/schema/bench.schema.json`.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::load::{
    Cpu, Figures, Limit, Outcomes, Percentile, Pinning, Prediction, Problem, Round, Run, Trips,
    figures,
};
use crate::statistics::Quartiles;

/// The version of the document's form: it changes when a reader would have to change.
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    version: u32,
    command: &'static str,
    server: String,
    security: &'static str,
    embedded: bool,
    interrupted: bool,
    notes: BTreeMap<String, String>,
    plan: PlanEntry,
    server_memory: Option<u64>,
    results: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize)]
struct PlanEntry {
    workload: &'static str,
    /// One of the two.
    messages: Option<u64>,
    duration_ns: Option<u64>,
    rounds: u32,
    warm_up_ns: u64,
    connections: usize,
    rate: Option<f64>,
    size: usize,
    recipients: usize,
    link_rtt_ns: u64,
    /// Octets a second.
    link_bandwidth: Option<u64>,
    pinning: Pinning,
    client_cores: Vec<usize>,
    server_cores: Vec<usize>,
}

#[derive(Clone, Debug, Serialize)]
struct Entry {
    name: String,
    backend: String,
    flow: Option<String>,
    measured_only: bool,
    wrong: Option<String>,
    outcomes: Outcomes,
    per_second: Option<Spread>,
    each_ns: Option<Spread>,
    /// To the first of the results.
    ratio: Option<Spread>,
    latency: Latency,
    client_cpu: Option<CpuEntry>,
    server_cpu: Option<CpuEntry>,
    /// How many a second.
    server_ceiling: Option<Spread>,
    server_bound: bool,
    memory: Option<u64>,
    trips: Option<TripsEntry>,
    prediction: Option<PredictionEntry>,
    problems: Vec<Problem>,
    /// After replies that say to come later.
    backed_off_ns: u64,
    /// After other failures.
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

/// Null where there are too few for a percentile.
#[derive(Clone, Debug, Serialize)]
struct Latency {
    count: u64,
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p99_ns: Option<u64>,
    p999_ns: Option<u64>,
    max_ns: Option<u64>,
}

/// Of one mail or handshake.
#[derive(Clone, Debug, Serialize)]
struct CpuEntry {
    user_ns: u64,
    system_ns: u64,
}

/// Of one mail or handshake.
#[derive(Clone, Debug, Serialize)]
struct TripsEntry {
    waits: f64,
    stalled_ns: u64,
    octets: f64,
}

#[derive(Clone, Debug, Serialize)]
struct PredictionEntry {
    way_ns: u64,
    stalled_ns: u64,
    local_ns: u64,
    predicted_ns: u64,
    measured_ns: u64,
    /// By which part the measurement is above the prediction.
    error: f64,
}

#[derive(Clone, Debug, Serialize)]
struct RoundEntry {
    number: u32,
    elapsed_ns: u64,
    accepted: u64,
    median_ns: Option<u64>,
}

/// The document of a run; `notes` are what the run does not know: versions, and the host.
#[must_use]
pub fn document(run: &Run, notes: &[(String, String)]) -> Document {
    Document {
        version: VERSION,
        command: "bench",
        server: run.server.clone(),
        security: run.security.name(),
        embedded: run.embedded,
        interrupted: run.interrupted,
        notes: notes.iter().cloned().collect(),
        plan: plan(run),
        server_memory: run.server_memory,
        results: figures(run).iter().map(entry).collect(),
    }
}

fn plan(run: &Run) -> PlanEntry {
    let plan = &run.plan;
    let (messages, duration_ns) = match plan.limit {
        Limit::Mails(mails) => (Some(mails), None),
        Limit::Time(time) => (None, Some(nanos(time))),
    };
    PlanEntry {
        workload: plan.work.name(),
        messages,
        duration_ns,
        rounds: plan.rounds,
        warm_up_ns: nanos(plan.warm_up),
        connections: plan.connections,
        rate: plan.rate,
        size: plan.octets,
        recipients: plan.recipients.len(),
        link_rtt_ns: nanos(plan.path.round_trip),
        link_bandwidth: plan.path.bandwidth.map(std::num::NonZeroU64::get),
        pinning: plan.pinning,
        client_cores: run.cores.client.clone(),
        server_cores: run.cores.server.clone(),
    }
}

fn entry(figures: &Figures<'_>) -> Entry {
    let entry = figures.entry;
    Entry {
        name: entry.name.clone(),
        backend: entry.backend.clone(),
        flow: entry.flow.clone(),
        measured_only: entry.measured_only,
        wrong: entry.wrong.clone(),
        outcomes: figures.outcomes,
        per_second: figures.per_second.map(|quartiles| spread(quartiles, 1.0)),
        each_ns: figures.each.map(|quartiles| spread(quartiles, 1e9)),
        ratio: figures.ratio.map(|quartiles| spread(quartiles, 1.0)),
        latency: latency(figures),
        client_cpu: figures.client_cpu.map(cpu),
        server_cpu: figures.server_cpu.map(cpu),
        server_ceiling: figures.ceiling.map(|ceiling| spread(ceiling.per_second, 1.0)),
        server_bound: figures.is_server_bound(),
        memory: entry.memory,
        trips: figures.trips.zip(figures.stalled).map(trips),
        prediction: figures.prediction.map(prediction),
        problems: figures.problems.clone(),
        backed_off_ns: nanos(figures.backed_off),
        paused_ns: nanos(figures.paused),
        gave_up: figures.gave_up,
        rounds: entry.rounds.iter().map(round).collect(),
    }
}

fn spread(quartiles: Quartiles, scale: f64) -> Spread {
    Spread {
        lower: quartiles.lower * scale,
        median: quartiles.median * scale,
        upper: quartiles.upper * scale,
    }
}

fn latency(figures: &Figures<'_>) -> Latency {
    let at = |percentile| figures.latencies.at(percentile).map(nanos);
    Latency {
        count: figures.latencies.count(),
        p50_ns: at(Percentile::P50),
        p90_ns: at(Percentile::P90),
        p99_ns: at(Percentile::P99),
        p999_ns: at(Percentile::P999),
        max_ns: at(Percentile::Max),
    }
}

fn cpu(cpu: Cpu) -> CpuEntry {
    CpuEntry { user_ns: nanos(cpu.user), system_ns: nanos(cpu.system) }
}

fn trips((trips, stalled): (Trips, f64)) -> TripsEntry {
    let stalled_ns = nanos(Duration::from_secs_f64(stalled));
    TripsEntry { waits: trips.waits, stalled_ns, octets: trips.octets }
}

fn prediction(prediction: Prediction) -> PredictionEntry {
    let nanos = |seconds| nanos(Duration::from_secs_f64(seconds));
    PredictionEntry {
        way_ns: nanos(prediction.way),
        stalled_ns: nanos(prediction.stalled),
        local_ns: nanos(prediction.local),
        predicted_ns: nanos(prediction.predicted()),
        measured_ns: nanos(prediction.measured),
        error: prediction.error(),
    }
}

fn round(round: &Round) -> RoundEntry {
    RoundEntry {
        number: round.number,
        elapsed_ns: nanos(round.account.elapsed),
        accepted: round.account.outcomes.accepted,
        median_ns: round.account.latencies.median().map(nanos),
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
