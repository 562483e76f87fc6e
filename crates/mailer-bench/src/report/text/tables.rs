//! The tables of a report: how fast, how late, at what price, and what was foretold.

use std::time::Duration;

use super::{piece, table::Table};
use crate::{
    load::{Cpu, Figures, Percentile, Run},
    report::units::{digits, octets, range, time, times},
};

/// The tables of the report.
#[must_use]
pub(crate) fn tables(run: &Run, figures: &[Figures<'_>]) -> Vec<Table> {
    let mut tables = vec![rates(run, figures), latencies(figures), costs(run, figures)];
    if figures.iter().any(|figures| figures.prediction.is_some()) {
        tables.push(predictions(run, figures));
    }
    tables
}

fn rates(run: &Run, figures: &[Figures<'_>]) -> Table {
    let piece = piece(run);
    let first = run.entries.first().map_or("", |entry| entry.name.as_str());
    let mut table = Table::new(
        &format!(
            "How fast: medians of the rounds, and the middle half of them; × is times {first}; \
             ceiling: {piece}s/s that the server has CPU time for, at what one takes of it"
        ),
        &[
            &format!("{piece}s/s"),
            &format!("a {piece}"),
            "half of them",
            "×",
            "half of them",
            "ceiling",
        ],
    );
    for figures in figures {
        let dash = || "-".to_owned();
        table.row(
            &figures.entry.name,
            [
                figures.per_second.map_or_else(dash, |q| digits(q.median)),
                figures.each.map_or_else(dash, |q| time(q.median)),
                figures.each.map_or_else(dash, |q| times(q.lower, q.upper)),
                figures.ratio.map_or_else(dash, |q| digits(q.median)),
                figures.ratio.map_or_else(dash, |q| range(q.lower, q.upper)),
                figures.ceiling.map_or_else(dash, |ceiling| digits(ceiling.per_second.median)),
            ],
        );
    }
    table
}

fn latencies(figures: &[Figures<'_>]) -> Table {
    let names: Vec<&str> =
        ["count"].into_iter().chain(Percentile::ALL.map(Percentile::name)).collect();
    let mut table = Table::new("Latency: of all rounds", &names);
    for figures in figures {
        let count = figures.latencies.count().to_string();
        let at = |percentile| {
            let latency = figures.latencies.at(percentile);
            latency.map_or_else(|| "-".to_owned(), |latency| time(latency.as_secs_f64()))
        };
        let cells = [count].into_iter().chain(Percentile::ALL.map(at));
        table.row(&figures.entry.name, cells);
    }
    table
}

fn costs(run: &Run, figures: &[Figures<'_>]) -> Table {
    let title = format!("What one {} takes, and the most memory of each process", piece(run));
    let columns = ["CPU", "in kernel", "server CPU", "round trips", "stalls", "octets", "memory"];
    let mut table = Table::new(&title, &columns);
    let cpu =
        |cpu: Option<Duration>| cpu.map_or_else(|| "-".to_owned(), |cpu| time(cpu.as_secs_f64()));
    for figures in figures {
        let trips = figures.trips;
        table.row(
            &figures.entry.name,
            [
                cpu(figures.client_cpu.map(Cpu::total)),
                cpu(figures.in_kernel()),
                cpu(figures.server_cpu.map(Cpu::total)),
                trips.map_or_else(|| "-".into(), |trips| digits(trips.waits)),
                figures.stalled.map_or_else(|| "-".into(), time),
                trips.map_or_else(|| "-".into(), |trips| format!("{:.0}", trips.octets)),
                figures.entry.memory.map_or_else(|| "-".into(), octets),
            ],
        );
    }
    table
}

fn predictions(run: &Run, figures: &[Figures<'_>]) -> Table {
    let title = format!("Foretold: round trips of {} + stalls + local work", run.plan.path);
    let columns = ["round trips", "stalls", "local work", "foretold", "measured", "error"];
    let mut table = Table::new(&title, &columns);
    for figures in figures {
        let Some(prediction) = figures.prediction else { continue };
        table.row(
            &figures.entry.name,
            [
                digits(prediction.waits),
                time(prediction.stalled),
                time(prediction.local),
                time(prediction.predicted()),
                time(prediction.measured),
                format!("{:+.1} %", prediction.error() * 100.0),
            ],
        );
    }
    table
}
