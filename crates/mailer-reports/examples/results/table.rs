//! The table of a run.

use mailer_bench::report::units::{bytes, digits, range, time, times};
use mailer_reports::{MarkdownTable, REMARK};

use crate::document::{Contender, Document};

/// The columns of every run, before those that only some have.
const COLUMNS: [&str; 7] =
    ["contender", "median", "quartiles", "× lettre", "quartiles", "per second", "round trips"];
/// The columns that only a run over a link has: only there the measured connections are observed.
const LINK_COLUMNS: [&str; 3] = ["stall", "predicted", "error"];
const LAST_COLUMNS: [&str; 3] = ["CPU", "peak memory", REMARK];

/// Returns the table of a run.
pub(crate) fn table(document: &Document, has_link: bool) -> MarkdownTable {
    let link_columns = LINK_COLUMNS.into_iter().filter(|_| has_link);
    let columns = COLUMNS.into_iter().chain(link_columns).chain(LAST_COLUMNS);
    let rows = document.results.iter().map(|contender| row(document, contender, has_link));
    MarkdownTable::new(columns, rows.collect())
}

fn row(document: &Document, contender: &Contender, has_link: bool) -> Vec<String> {
    let dash = || "-".to_owned();
    let seconds = |nanoseconds: f64| time(nanoseconds / 1e9);
    let (spread, ratio) = (contender.time_ns.as_ref(), document.ratio(contender));
    let path = contender.path.as_ref();
    let mut cells = vec![
        contender.name.clone(),
        spread.map_or_else(dash, |spread| seconds(spread.median)),
        spread.map_or_else(dash, |spread| times(spread.lower / 1e9, spread.upper / 1e9)),
        ratio.map_or_else(dash, |ratio| digits(ratio.median)),
        ratio.map_or_else(dash, |ratio| range(ratio.lower, ratio.upper)),
        contender.per_second.as_ref().map_or_else(dash, |rate| digits(rate.median)),
        path.map_or_else(dash, |path| digits(path.round_trips)),
    ];
    if has_link {
        let prediction = contender.prediction.as_ref();
        let error = |error: f64| format!("{:+.1} %", error * 100.0);
        cells.push(path.and_then(|path| path.stall_ns).map_or_else(dash, seconds));
        cells.push(prediction.map_or_else(dash, |it| seconds(it.predicted_ns)));
        cells.push(prediction.map_or_else(dash, |it| error(it.error)));
    }
    let cpu = contender.client_cpu.as_ref();
    cells.extend([
        cpu.map_or_else(dash, |cpu| seconds(cpu.user_ns + cpu.system_ns)),
        contender.peak_memory.map_or_else(dash, bytes),
        remark(contender),
    ]);
    cells
}

fn remark(contender: &Contender) -> String {
    match &contender.invalid {
        Some(problem) => format!("no result: {problem}"),
        None if contender.server_bound => "server-bound".to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::fixture;

    #[test]
    fn only_runs_over_a_link_have_stalls_and_predictions() {
        for has_link in [false, true] {
            let table = table(&fixture(), has_link);
            assert!(table.is_complete());
            let text = table.to_string();
            assert_eq!((text.contains("stall"), text.contains("predicted")), (has_link, has_link));
            let row = "| raw (pipelined) | 1.00 µs | 1.00 to 3.00 µs | 0.50 | 0.50 to 0.50 |";
            assert!(text.contains(row), "{text}");
        }
    }
}
