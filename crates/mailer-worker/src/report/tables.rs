//! The tables of text and HTML.

use mailer_bench::{
    load::Percentile,
    report::{
        table::TextTable,
        units::{digits, time},
    },
};

use crate::{
    failure_text::failure_text,
    merge::{Merged, MergedSeries},
    result::RunState,
};

pub(super) const TITLE: &str = "Load from several workers";

/// Returns the facts in the head of a report: label and value.
pub(super) fn facts(merged: &Merged, notes: &[(String, String)]) -> Vec<(String, String)> {
    let first = merged.workers.iter().find(|it| it.server.is_some());
    let server = first.and_then(|it| it.server.clone()).unwrap_or_else(|| "none".to_owned());
    let size = first.and_then(|it| it.message_size);
    let size = size.map_or_else(|| "none".to_owned(), |it| format!("{it} bytes"));
    let rate = first.and_then(|it| it.rate);
    let rate = rate.map_or_else(
        || "as fast as each user can".to_owned(),
        |rate| {
            format!(
                "{} per second of each user; latency counts from the intended start",
                digits(rate)
            )
        },
    );
    let facts = [("server", server), ("message size", size), ("rate", rate)];
    let facts = facts.map(|(label, value)| (label.to_owned(), value));
    facts.into_iter().chain(notes.iter().cloned()).collect()
}

/// Returns the tables whose rows are operations, and that of the workers.
pub(super) fn tables(merged: &Merged) -> Vec<TextTable> {
    let mut tables = vec![operations(merged), latencies(merged)];
    let failures = failures(merged);
    if !failures.rows.is_empty() {
        tables.push(failures);
    }
    tables.push(workers(merged));
    tables
}

fn operations(merged: &Merged) -> TextTable {
    let title = "Operations of all workers; per second: those that succeeded";
    let mut table = TextTable::new(title, &["requests", "failures", "per second", "unknown"]);
    for MergedSeries { series, per_second } in &merged.series {
        let unknown = series.outcomes.map_or_else(|| "-".to_owned(), |it| it.unknown.to_string());
        let (requests, failed) = (series.requests().to_string(), series.failed.to_string());
        table.row(&series.name, [requests, failed, digits(*per_second), unknown]);
    }
    table
}

fn latencies(merged: &Merged) -> TextTable {
    let names: Vec<&str> = Percentile::ALL.iter().map(|it| it.name()).collect();
    let mut table = TextTable::new("Latency of those that succeeded", &names);
    for MergedSeries { series, .. } in &merged.series {
        let cell = |percentile: &Percentile| {
            let latency = series.latencies.at(*percentile);
            latency.map_or_else(|| "-".to_owned(), |it| time(it.as_secs_f64()))
        };
        table.row(&series.name, Percentile::ALL.iter().map(cell));
    }
    table
}

fn failures(merged: &Merged) -> TextTable {
    let mut table = TextTable::new("Failures", &["count", "what"]);
    for MergedSeries { series, .. } in &merged.series {
        for problem in &series.problems {
            let what = mailer::escape(&failure_text(problem)).into_owned();
            table.row(&series.name, [problem.count.to_string(), what]);
        }
    }
    table
}

fn workers(merged: &Merged) -> TextTable {
    let heads = ["index", "messages", "failures", "seconds", "ended"];
    let mut table = TextTable::new("Workers", &heads);
    for worker in &merged.workers {
        let ended = match worker.state {
            RunState::Complete => "with the run",
            RunState::Waiting => "no users",
            RunState::Running | RunState::EndedEarly(_) => "early",
        };
        let index = worker.index.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let counts = worker.messages().map(|count| count.to_string());
        let cells = [index].into_iter().chain(counts);
        table.row(&worker.node, cells.chain([digits(worker.elapsed), ended.to_owned()]));
    }
    table
}
