//! The results as CSV (RFC 4180): a line for each contender, or for each step of a ramp and contender, with the run's facts at its end.

use std::time::Duration;

use crate::{
    Cpu,
    load::{
        Capacity, Figures, Outcomes, Percentile, RampRun, Run, StepVerdict, capacities, figures,
    },
    statistics::Quartiles,
};

/// Returns the table with its head. Times are in seconds, sizes in bytes, and a field without a value is empty.
/// `notes` are facts that are not part of the run, each a column.
#[must_use]
pub fn csv(run: &Run, notes: &[(String, String)]) -> String {
    let figures = figures(run);
    lines(&figures.iter().map(|figures| row(figures, run, notes)).collect::<Vec<_>>())
}

/// Returns the table of a ramp: a line for each contender in each step, with the step, the rate that was reached and
/// whether the contender keeps up after the contender's name.
#[must_use]
pub fn ramp_csv(ramp_run: &RampRun, notes: &[(String, String)]) -> String {
    let capacities = capacities(ramp_run);
    let step = |(index, run): (usize, &Run)| {
        let figures = figures(run);
        let row = |(figures, capacity): (&Figures<'_>, &Capacity)| {
            let mut row = row(figures, run, notes);
            let verdict: Option<StepVerdict> = capacity.steps.get(index).copied();
            let text = |value: Option<f64>| value.map(|it| it.to_string()).unwrap_or_default();
            let keeps_up = verdict.map_or("", |it| if it.keeps_up { "yes" } else { "no" });
            let columns = [
                ("step", text(verdict.map(|it| it.value))),
                ("reached", text(verdict.and_then(|it| it.reached))),
                ("keeps_up", keeps_up.to_owned()),
            ];
            row.splice(1..1, columns);
            row
        };
        figures.iter().zip(&capacities).map(row).collect::<Vec<_>>()
    };
    lines(&ramp_run.runs.iter().enumerate().flat_map(step).collect::<Vec<_>>())
}

/// Returns the lines of these rows, after their head.
fn lines(rows: &[Vec<(&str, String)>]) -> String {
    let head = rows.first().map(|row| line(row.iter().map(|(name, _)| *name)));
    let lines = rows.iter().map(|row| line(row.iter().map(|(_, value)| value.as_str())));
    head.into_iter().chain(lines).collect()
}

fn row<'a>(
    figures: &Figures<'_>,
    run: &Run,
    notes: &'a [(String, String)],
) -> Vec<(&'a str, String)> {
    let plan = &run.plan;
    let contender = figures.contender;
    let text = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let seconds = |time: Option<Duration>| text(time.map(|time| time.as_secs_f64()));
    let quartile =
        |quartiles: Option<Quartiles>, part: fn(Quartiles) -> f64| text(quartiles.map(part));
    let at = |percentile| seconds(figures.latencies.at(percentile));
    let Outcomes { accepted, .. } = figures.outcomes;
    let mut row = vec![
        ("contender", contender.name.clone()),
        ("invalid", contender.invalid.clone().unwrap_or_default()),
        ("accepted", accepted.to_string()),
        ("errors", (figures.outcomes.total() - accepted).to_string()),
        ("rate", quartile(figures.per_second, |it| it.median)),
        ("rate_lower", quartile(figures.per_second, |it| it.lower)),
        ("rate_upper", quartile(figures.per_second, |it| it.upper)),
        ("time", quartile(figures.time, |it| it.median)),
        ("time_lower", quartile(figures.time, |it| it.lower)),
        ("time_upper", quartile(figures.time, |it| it.upper)),
        ("p50", at(Percentile::P50)),
        ("p90", at(Percentile::P90)),
        ("p95", at(Percentile::P95)),
        ("p99", at(Percentile::P99)),
        ("p99.9", at(Percentile::P999)),
        ("max", at(Percentile::Max)),
        ("client_cpu", seconds(figures.client_cpu.map(Cpu::total))),
        ("server_cpu", seconds(figures.server_cpu.map(Cpu::total))),
        ("memory", contender.peak_memory.map(|it| it.to_string()).unwrap_or_default()),
        ("round_trips", text(figures.usage.map(|it| it.round_trips))),
        ("stall", text(figures.stall)),
        ("bytes", text(figures.usage.map(|it| it.bytes))),
        ("server", run.server.clone()),
        ("workload", plan.workload.name().to_owned()),
        ("message_size", plan.message_size.to_string()),
        ("connections", plan.connections.to_string()),
        ("link", plan.path.to_string()),
    ];
    row.extend(notes.iter().map(|(name, value)| (name.as_str(), value.clone())));
    row
}

/// Joins the fields of a line. Those with a comma, a quotation mark or a line end are quoted.
fn line<'a>(fields: impl Iterator<Item = &'a str>) -> String {
    let quoted = fields.map(|field| match field.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    });
    quoted.collect::<Vec<_>>().join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::fixtures::{contender, ramp_run, round, run};

    #[test]
    fn each_contender_has_a_line_with_as_many_fields_as_the_head() {
        let mut invalid = contender("lettre", &[round(0, 10, 1.0)]);
        invalid.invalid = Some("no message \"arrived\", or one".into());
        let run = run(vec![contender("raw (auto)", &[round(0, 10, 1.0)]), invalid]);
        let notes = [("date".to_owned(), "30 November 2026, 09:00 UTC".to_owned())];
        let text = csv(&run, &notes);
        let lines: Vec<&str> = text.lines().collect();
        let [head, raw, lettre] = &*lines else { panic!("{text}") };
        assert!(head.starts_with("contender,invalid,accepted,") && head.ends_with(",link,date"));
        assert!(
            raw.starts_with("raw (auto),,10,0,10,")
                && raw.ends_with(",\"30 November 2026, 09:00 UTC\"")
        );
        assert!(lettre.starts_with("lettre,\"no message \"\"arrived\"\", or one\","), "{lettre}");
        let commas = |line: &str| line.matches(',').count();
        assert_eq!(commas(head) + 1, commas(raw), "the date has one comma");
    }

    #[test]
    fn each_step_of_a_ramp_has_a_line_for_each_contender() {
        let results = || ["raw", "lettre"].map(|name| contender(name, &[round(0, 50, 0.5)]));
        let ramp = ramp_run("100,200", [results().to_vec(), results().to_vec()].into_iter());
        let text = ramp_csv(&ramp, &[]);
        let starts: Vec<&str> = text.lines().map(|line| &line[..line.len().min(40)]).collect();
        assert!(starts[0].starts_with("contender,step,reached,keeps_up,invalid,"), "{text}");
        for (line, start) in starts[1..].iter().zip([
            "raw,100,100,yes,",
            "lettre,100,100,yes,",
            "raw,200,100,no,",
            "lettre,200,100,no,",
        ]) {
            assert!(line.starts_with(start), "{text}");
        }
        assert_eq!(starts.len(), 5);
    }
}
