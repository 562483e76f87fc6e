//! Writes the page `docs/servers.md` from the measured times.

use std::time::Duration;

use askama::Template;
use mailer_lab::machine;
use mailer_reports::{MarkdownTable, today};

use crate::{
    TextResult,
    measurement::{COLUMNS, Effort, ServerTimes},
};

/// The page, in the workspace.
pub(crate) const FILE: &str = "docs/servers.md";

#[derive(Template)]
#[template(path = "servers.txt", escape = "none")]
struct Page {
    slower: Vec<String>,
    rounds: usize,
    messages: u32,
    date: String,
    host: String,
    table: String,
}

pub(crate) fn text(times: &[ServerTimes], effort: Effort) -> TextResult<String> {
    let page = Page {
        slower: times.iter().flat_map(slower_flows).collect(),
        rounds: effort.rounds,
        messages: effort.messages,
        date: today()?,
        host: machine::host(),
        table: table(times).to_string(),
    };
    page.render().map_err(|error| error.to_string())
}

pub(crate) fn table(times: &[ServerTimes]) -> MarkdownTable {
    let names = COLUMNS.map(|(flow, delayed_ack)| name(flow.name(), delayed_ack));
    let columns = ["server, ms per message".to_owned()].into_iter().chain(names);
    let row = |server: &ServerTimes| {
        let cells = server.columns.iter().map(|column| ms(column.median));
        [server.name.clone()].into_iter().chain(cells).collect()
    };
    MarkdownTable::new(columns, times.iter().map(row).collect())
}

/// Returns the flows that are slower than `lockstep` at this server, in three quarters of their rounds. A column
/// that leaves ACKs to the system is no flow: it shows what the others avoid.
fn slower_flows(server: &ServerTimes) -> Vec<String> {
    let lockstep = server.columns.first().copied().unwrap_or_default().median;
    let columns = COLUMNS.iter().zip(&server.columns);
    let slower = columns
        .filter(|((_, delayed_ack), column)| !delayed_ack && column.lower_quartile > lockstep);
    slower.map(|((flow, _), _)| format!("{flow} at {}", server.name)).collect()
}

fn name(flow: &str, delayed_ack: bool) -> String {
    if delayed_ack { format!("{flow}, delayed ACKs") } else { flow.to_owned() }
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Column;

    #[test]
    fn a_flow_that_is_slower_than_lockstep_is_named() {
        let column = |ms: u64| {
            let median = Duration::from_millis(ms);
            Column { median, lower_quartile: median * 9 / 10 }
        };
        let times =
            |ms: [u64; 6]| ServerTimes { name: "one".into(), columns: ms.map(column).to_vec() };
        assert_eq!(slower_flows(&times([10, 10, 11, 9, 1, 44])), [] as [&str; 0]);
        assert_eq!(slower_flows(&times([10, 44, 10, 9, 1, 44])), ["pipelined at one"]);
    }
}
