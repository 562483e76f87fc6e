//! The report of a ramp: a table for each contender with a row for each step, and how far the contenders keep up.

use super::{
    MAX_WIDTH, counted, facts, head,
    remarks::{relay, remarks_about},
    report, subject,
};
use crate::{
    load::{
        Capacity, Figures, Percentile, RampOver, RampRun, Run, StepVerdict, capacities, changes,
        figures,
    },
    report::{
        table::TextTable,
        units::{digits, time},
    },
};

/// The percentiles of the tables.
const PERCENTILES: [Percentile; 3] = [Percentile::P50, Percentile::P95, Percentile::P99];

/// Returns the whole report, at most `width` columns wide, or 100 if that is less. `notes` are facts that
/// are not part of the ramp: versions, and the host.
#[must_use]
pub fn ramp_text(ramp_run: &RampRun, notes: &[(String, String)], width: usize) -> String {
    let width = width.min(MAX_WIDTH);
    let head = head(&ramp_title(ramp_run), &ramp_facts(ramp_run, notes), width);
    report(head, &ramp_tables(ramp_run), &ramp_remarks(ramp_run), width)
}

/// Returns what was done, in one line.
pub(in crate::report) fn ramp_title(ramp_run: &RampRun) -> String {
    let RampRun { ramp, runs, .. } = ramp_run;
    let Some(run) = runs.first() else { return String::new() };
    let (first, last) = (ramp.steps().first(), ramp.steps().last());
    let (first, last) = (first.copied().unwrap_or_default(), last.copied().unwrap_or_default());
    let load = match ramp.over() {
        RampOver::Rate => {
            let connections = counted(run.plan.connections, "connection");
            format!("{connections}, {first} to {last} per second")
        }
        RampOver::Connections => format!("{first} to {last} connections, as fast as possible"),
    };
    format!("{}, {load}, in {}", subject(&run.plan), counted(ramp.steps().len(), "step"))
}

/// Returns the facts in the head of the report: label and value.
pub(in crate::report) fn ramp_facts(
    ramp_run: &RampRun,
    notes: &[(String, String)],
) -> Vec<(String, String)> {
    let mut facts = ramp_run.runs.first().map_or_else(Vec::new, |run| facts(run, notes));
    for (_, value) in facts.iter_mut().filter(|(label, _)| label == "work") {
        *value = format!("in each step {value}");
    }
    facts
}

/// Returns a table for each contender.
pub(in crate::report) fn ramp_tables(ramp_run: &RampRun) -> Vec<TextTable> {
    let RampRun { ramp, runs, .. } = ramp_run;
    let runs: Vec<(&Run, Vec<Figures<'_>>)> = runs.iter().map(|run| (run, figures(run))).collect();
    let table = |(index, capacity): (usize, &Capacity)| {
        let mut table = TextTable::new(&table_title(ramp_run, capacity), &columns(ramp_run));
        for (verdict, (run, figures)) in capacity.steps.iter().zip(&runs) {
            let Some(figures) = figures.get(index) else { continue };
            table.row(&ramp.over().label(verdict.value), cells(ramp_run, run, verdict, figures));
        }
        table
    };
    capacities(ramp_run).iter().enumerate().map(table).collect()
}

fn table_title(ramp_run: &RampRun, capacity: &Capacity) -> String {
    let unit = unit(ramp_run);
    let date = ramp_run.baseline.as_ref().and_then(|baseline| baseline.fact("date"));
    let change = match (&ramp_run.baseline, date) {
        (None, _) => String::new(),
        (Some(_), None) => "; change: of the rate since the baseline".to_owned(),
        (Some(_), Some(date)) => format!("; change: of the rate since the baseline of {date}"),
    };
    format!("{}: accepted {unit}s per second, and latency{change}", capacity.name)
}

fn columns(ramp_run: &RampRun) -> Vec<&'static str> {
    let mut columns = vec!["reached"];
    columns.extend(PERCENTILES.iter().map(|percentile| percentile.name()));
    columns.extend(["errors", "keeps up"]);
    columns.extend(ramp_run.baseline.as_ref().map(|_| "change"));
    columns
}

fn cells(
    ramp_run: &RampRun,
    run: &Run,
    verdict: &StepVerdict,
    figures: &Figures<'_>,
) -> Vec<String> {
    let dash = || "-".to_owned();
    let mut cells = vec![verdict.reached.map_or_else(dash, digits)];
    cells.extend(PERCENTILES.map(|percentile| {
        figures.latencies.at(percentile).map_or_else(dash, |latency| time(latency.as_secs_f64()))
    }));
    cells.push((figures.outcomes.total() - figures.outcomes.accepted).to_string());
    cells.push(if verdict.keeps_up { "yes" } else { "no" }.to_owned());
    if ramp_run.baseline.is_some() {
        let changes = changes(run);
        let change = changes.iter().find(|(name, _)| *name == figures.contender.name);
        let rate = change.and_then(|(_, change)| change.rate);
        cells.push(rate.map_or_else(dash, |it| format!("{:+.1} %", (it.median - 1.0) * 100.0)));
    }
    cells
}

/// Returns all remarks, one or two sentences each: first how far each contender came.
pub(in crate::report) fn ramp_remarks(ramp_run: &RampRun) -> Vec<String> {
    let RampRun { ramp, runs, failure, .. } = ramp_run;
    let capacities = capacities(ramp_run);
    let mut remarks: Vec<String> = capacities.iter().map(|it| reached(ramp_run, it)).collect();
    let busy = |(index, capacity)| all_connections_busy(ramp_run, index, capacity);
    remarks.extend(capacities.iter().enumerate().filter_map(busy));
    if ramp_run.is_interrupted() {
        remarks.push("The ramp was interrupted. These are the results until then.".into());
    }
    if let Some(problem) = failure {
        let next = ramp.steps().get(runs.len()).map(|value| ramp.over().label(*value));
        let at = next.map_or_else(String::new, |label| format!(" at {label}"));
        remarks.push(format!("The ramp ended{at}: {}.", problem.example));
    }
    for (value, run) in ramp.steps().iter().zip(runs) {
        let label = ramp.over().label(*value);
        for figures in &figures(run) {
            let about = remarks_about(run, figures);
            remarks.extend(about.into_iter().map(|remark| format!("At {label}: {remark}")));
        }
    }
    remarks.extend(runs.first().and_then(relay));
    remarks.extend(ramp_run.violations.iter().map(|violation| format!("Failed: {violation}.")));
    remarks
}

/// Returns how far a contender keeps up.
fn reached(ramp_run: &RampRun, capacity: &Capacity) -> String {
    let over = ramp_run.ramp.over();
    let name = &capacity.name;
    let unit = unit(ramp_run);
    let words = |value: f64| match over {
        RampOver::Rate => format!("{value} {unit}s per second"),
        RampOver::Connections => over.label(value),
    };
    let rule = match over {
        RampOver::Rate => format!("fewer than 95 % of the {unit}s are accepted in time"),
        RampOver::Connections => "the rate rises by less than 5 %".to_owned(),
    };
    match (capacity.last_kept(), capacity.first_missed()) {
        (Some(last), None) => {
            format!("{name} keeps up at every step, up to {}.", words(last))
        }
        (Some(last), Some(missed)) => format!(
            "{name} keeps up with {}, and no longer with {}, where {rule}.",
            words(last),
            words(missed)
        ),
        (None, Some(missed)) => {
            format!("{name} does not keep up with {}, the first step: {rule}.", words(missed))
        }
        (None, None) => format!("{name}: no step was run."),
    }
}

/// Returns a remark if a rate was missed because each connection was busy, and not for errors or for the server's CPU
/// time: more connections may reach it.
fn all_connections_busy(ramp_run: &RampRun, index: usize, capacity: &Capacity) -> Option<String> {
    let missed = capacity.steps.iter().position(|step| !step.keeps_up)?;
    let run = ramp_run.runs.get(missed).filter(|run| run.plan.rate.is_some())?;
    let figures = figures(run);
    let figures = figures.get(index)?;
    let is_valid = figures.contender.invalid.is_none() && figures.outcomes.accepted > 0;
    let has_errors = figures.outcomes.total() > figures.outcomes.accepted;
    (is_valid && !has_errors && !figures.is_server_bound()).then(|| {
        format!(
            "{}: at that step {} busy all the time. With more (--connections) it may keep up.",
            capacity.name,
            match run.plan.connections {
                1 => "its connection was".to_owned(),
                many => format!("its {many} connections were"),
            }
        )
    })
}

fn unit(ramp_run: &RampRun) -> &'static str {
    ramp_run.runs.first().map_or("message", |run| run.plan.workload.unit())
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::{
        Problem,
        load::fixtures::{contender, ramp_run, round},
    };

    fn ramp(text: &str, steps: [(u64, f64); 3]) -> RampRun {
        let of =
            |(messages, seconds)| vec![contender("raw (auto)", &[round(0, messages, seconds)])];
        ramp_run(text, steps.map(of).into_iter())
    }

    #[test]
    fn a_row_for_each_step_and_a_sentence_on_the_capacity() {
        let run = ramp("100,200,400", [(50, 0.5), (100, 0.5), (120, 0.5)]);
        for width in [80, 100] {
            let text = ramp_text(&run, &[], width);
            assert!(text.lines().all(|line| line.width() <= width), "{text}");
            let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for words in [
                "1 connection, 100 to 400 per second, in 3 steps",
                "work in each step 1.00 s per contender",
                "raw (auto): accepted messages per second, and latency",
                "reached p50 p95 p99 errors keeps up",
                "200/s 200 5.00 ms 5.00 ms 5.00 ms 0 yes",
                "400/s 240 4.17 ms 4.17 ms 4.17 ms 0 no",
                "raw (auto) keeps up with 200 messages per second, and no longer with \
                 400 messages per second, where fewer than 95 % of the messages are accepted in time.",
            ] {
                assert!(joined.contains(words), "{words}\n{text}");
            }
        }
    }

    #[test]
    fn the_capacity_may_be_above_or_below_all_steps() {
        let first = |run: &RampRun| ramp_remarks(run).remove(0);
        let all = ramp("connections=1,2,4", [(50, 0.5), (100, 0.5), (200, 0.5)]);
        assert_eq!(first(&all), "raw (auto) keeps up at every step, up to 4 connections.");
        let none = ramp("100,200,300", [(5, 0.5); 3]);
        assert!(first(&none).contains("does not keep up with 100 messages per second"));
    }

    #[test]
    fn a_ramp_that_ended_early_says_at_which_step() {
        let mut run = ramp("100,200,400", [(50, 0.5); 3]);
        run.runs.truncate(2);
        let gone = mailer::Error::new(mailer::Kind::Unreachable, "cannot connect");
        run.failure = Some(Problem::from(&gone));
        let remarks = ramp_remarks(&run);
        assert!(remarks.iter().any(|it| it.starts_with("The ramp ended at 400/s: cannot connect")));
    }
}
