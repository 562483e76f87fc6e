//! The tables of a report: rates and times, latencies, resources, and predictions.

use std::time::Duration;

use mailer_link::Path;

use crate::{
    Cpu,
    load::{Figures, Percentile, Run, changes},
    report::{
        table::TextTable,
        units::{bytes, digits, range, time, times},
    },
};

/// Returns the tables of the report.
#[must_use]
pub(crate) fn tables(run: &Run, figures: &[Figures<'_>]) -> Vec<TextTable> {
    let mut tables = vec![rates(run, figures), latencies(figures), costs(run, figures)];
    if figures.iter().any(|figures| figures.prediction.is_some()) {
        tables.push(predictions(run, figures));
    }
    tables.extend(changes_since_baseline(run));
    tables
}

/// Returns the change since the baseline, if there is one.
fn changes_since_baseline(run: &Run) -> Option<TextTable> {
    let baseline = run.baseline.as_ref()?;
    let date = baseline.fact("date").map_or_else(String::new, |date| format!(" of {date}"));
    let title = format!(
        "Change since the baseline{date}, and the range that the quartiles of both runs allow"
    );
    let mut table = TextTable::new(&title, &["rate", "range", "time", "range"]);
    for (name, change) in changes(run) {
        let percent = |factor: f64| format!("{:+.1} %", (factor - 1.0) * 100.0);
        let cells = [change.rate, change.time].into_iter().flat_map(|factor| {
            [
                factor.map_or_else(|| "-".to_owned(), |it| percent(it.median)),
                factor.map_or_else(
                    || "-".to_owned(),
                    |it| format!("{} to {}", percent(it.lower), percent(it.upper)),
                ),
            ]
        });
        table.row(&name, cells);
    }
    Some(table)
}

fn rates(run: &Run, figures: &[Figures<'_>]) -> TextTable {
    let unit = run.plan.workload.unit();
    let first = run.results.first().map_or("", |first| first.name.as_str());
    let mut table = TextTable::new(
        &format!(
            "Rate, and time per {unit}: medians and quartiles of the rounds; × is the time as a multiple of \
             {first}'s; ceiling: {unit}s/s that the server has CPU time for"
        ),
        &[&format!("{unit}s/s"), "time", "quartiles", "×", "quartiles", "ceiling"],
    );
    for figures in figures {
        let dash = || "-".to_owned();
        table.row(
            &figures.contender.name,
            [
                figures.per_second.map_or_else(dash, |q| digits(q.median)),
                figures.time.map_or_else(dash, |q| time(q.median)),
                figures.time.map_or_else(dash, |q| times(q.lower, q.upper)),
                figures.ratio.map_or_else(dash, |q| digits(q.median)),
                figures.ratio.map_or_else(dash, |q| range(q.lower, q.upper)),
                figures.ceiling.map_or_else(dash, |ceiling| digits(ceiling.per_second.median)),
            ],
        );
    }
    table
}

fn latencies(figures: &[Figures<'_>]) -> TextTable {
    let names: Vec<&str> =
        ["count"].into_iter().chain(Percentile::ALL.iter().map(|it| it.name())).collect();
    let mut table = TextTable::new("Latency, of all rounds", &names);
    for figures in figures {
        let count = figures.latencies.count().to_string();
        let at = |percentile| {
            let latency = figures.latencies.at(percentile);
            latency.map_or_else(|| "-".to_owned(), |latency| time(latency.as_secs_f64()))
        };
        let cells = [count].into_iter().chain(Percentile::ALL.iter().copied().map(at));
        table.row(&figures.contender.name, cells);
    }
    table
}

fn costs(run: &Run, figures: &[Figures<'_>]) -> TextTable {
    let unit = run.plan.workload.unit();
    let mut title = format!("Resources per {unit}, and peak memory of each process");
    if run.embedded
        && run.plan.path == Path::default()
        && figures.iter().any(|figures| figures.usage.is_some())
    {
        title +=
            "; round trips and bytes were counted in separate work over a link with a 5 ms RTT";
    }
    let mut columns =
        vec!["CPU", "in kernel", "server CPU", "round trips", "stall", "bytes", "memory"];
    // Without a resumed session the column would say nothing.
    let resumes = figures.iter().any(|figures| figures.resumed.is_some_and(|share| share > 0.0));
    columns.extend(resumes.then_some("TLS resumed"));
    let mut table = TextTable::new(&title, &columns);
    let cpu =
        |cpu: Option<Duration>| cpu.map_or_else(|| "-".to_owned(), |cpu| time(cpu.as_secs_f64()));
    for figures in figures {
        let usage = figures.usage;
        let resumed = figures.resumed.map(|share| format!("{:.0} %", share * 100.0));
        let resumed = resumes.then(|| resumed.unwrap_or_else(|| "-".into()));
        table.row(
            &figures.contender.name,
            [
                cpu(figures.client_cpu.map(Cpu::total)),
                cpu(figures.in_kernel()),
                cpu(figures.server_cpu.map(Cpu::total)),
                usage.map_or_else(|| "-".into(), |usage| digits(usage.round_trips)),
                figures.stall.map_or_else(|| "-".into(), time),
                usage.map_or_else(|| "-".into(), |usage| format!("{:.0}", usage.bytes)),
                figures.contender.peak_memory.map_or_else(|| "-".into(), bytes),
            ]
            .into_iter()
            .chain(resumed),
        );
    }
    table
}

fn predictions(run: &Run, figures: &[Figures<'_>]) -> TextTable {
    let title = format!("Predicted: round trips × RTT + stalls + local work ({})", run.plan.path);
    let columns = ["round trips", "stalls", "local work", "predicted", "measured", "error"];
    let mut table = TextTable::new(&title, &columns);
    for figures in figures {
        let Some(prediction) = figures.prediction else { continue };
        table.row(
            &figures.contender.name,
            [
                digits(prediction.round_trips),
                time(prediction.stall),
                time(prediction.local),
                time(prediction.predicted()),
                time(prediction.measured),
                format!("{:+.1} %", prediction.error() * 100.0),
            ],
        );
    }
    table
}
