//! The figures of a run as a table.

use mailer_bench::report::units::{digits, octets, range, time, times};
use mailer_benches::table::{REMARK, Table};

use crate::document::{Contender, Document};

/// The columns of every run.
const COLUMNS: [&str; 11] = [
    "contender",
    "median",
    "half of the rounds",
    "× lettre",
    "half of the rounds",
    "a second",
    "round trips",
    "stalled",
    "CPU",
    "peak memory",
    REMARK,
];
/// Those of a run over a distance, before the remark.
const FORETOLD: [&str; 2] = ["foretold", "error"];

/// The figures of a run.
pub(crate) fn of(document: &Document, is_far: bool) -> Table {
    let mut columns = COLUMNS.to_vec();
    if is_far {
        let remark = columns.len() - 1;
        columns.splice(remark..remark, FORETOLD);
    }
    let rows = document.results.iter().map(|contender| row(document, contender, is_far));
    Table::new(columns, rows.collect())
}

fn row(document: &Document, contender: &Contender, is_far: bool) -> Vec<String> {
    let dash = || "-".to_owned();
    let seconds = |nanoseconds: f64| time(nanoseconds / 1e9);
    let (each, ratio) = (contender.each_ns.as_ref(), document.ratio(contender));
    let trips = contender.trips.as_ref();
    let cpu = contender.client_cpu.as_ref();
    let mut cells = vec![
        contender.name.clone(),
        each.map_or_else(dash, |each| seconds(each.median)),
        each.map_or_else(dash, |each| times(each.lower / 1e9, each.upper / 1e9)),
        ratio.map_or_else(dash, |ratio| digits(ratio.median)),
        ratio.map_or_else(dash, |ratio| range(ratio.lower, ratio.upper)),
        contender.per_second.as_ref().map_or_else(dash, |rate| digits(rate.median)),
        trips.map_or_else(dash, |trips| digits(trips.waits)),
        trips.map_or_else(dash, |trips| seconds(trips.stalled_ns)),
        cpu.map_or_else(dash, |cpu| seconds(cpu.user_ns + cpu.system_ns)),
        contender.memory.map_or_else(dash, octets),
    ];
    if is_far {
        let foretold = contender.prediction.as_ref();
        cells.push(foretold.map_or_else(dash, |foretold| seconds(foretold.predicted_ns)));
        let error = |error: f64| format!("{:+.1} %", error * 100.0);
        cells.push(foretold.map_or_else(dash, |foretold| error(foretold.error)));
    }
    cells.push(remark(contender));
    cells
}

fn remark(contender: &Contender) -> String {
    match &contender.wrong {
        Some(wrong) => format!("no figure: {wrong}"),
        None if contender.server_bound => "server-bound".to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::made_up;

    #[test]
    fn rows_have_the_cells_of_their_columns() {
        for is_far in [false, true] {
            let table = of(&made_up(), is_far);
            assert!(table.is_whole());
            let text = table.to_string();
            assert_eq!(text.contains("foretold"), is_far);
            assert!(
                text.contains(
                    "| raw (pipelined) | 1.00 µs | 1.00 to 3.00 µs | 0.50 | 0.50 to 0.50 |"
                )
            );
        }
    }
}
