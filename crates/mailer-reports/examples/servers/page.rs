//! Writes the page `docs/servers.md` from the measured times.

use std::time::Duration;

use askama::Template;
use mailer_backends::Flow;
use mailer_lab::machine;
use mailer_reports::{MarkdownTable, today};

use crate::{
    Run, TextResult,
    measurement::{COLUMNS, Column, Effort, ServerTimes},
};

/// The page, in the workspace.
pub(crate) const FILE: &str = "docs/servers.md";

#[derive(Template)]
#[template(path = "servers.txt", escape = "none")]
struct Page {
    fastest: String,
    slower: String,
    left_out: String,
    command: String,
    rounds: usize,
    needed: usize,
    messages: u32,
    date: String,
    host: String,
    times: String,
    announcements: String,
}

pub(crate) fn text(run: &Run) -> TextResult<String> {
    let Effort { rounds, messages } = Effort::FULL;
    let slower: Vec<String> = run.times.iter().flat_map(slower_flows).collect();
    let page = Page {
        fastest: fastest_flows(&run.times),
        slower: list(&slower),
        left_out: list(&run.left_out),
        command: run.command.clone(),
        rounds,
        needed: needed(rounds),
        messages,
        date: today()?,
        host: machine::host(),
        times: times_table(&run.times).to_string(),
        announcements: announcements_table(&run.times).to_string(),
    };
    page.render().map_err(|error| error.to_string())
}

pub(crate) fn times_table(times: &[ServerTimes]) -> MarkdownTable {
    let names = COLUMNS.map(|(flow, delayed_ack)| column_name(flow, delayed_ack));
    let columns = ["server, ms per message".to_owned()].into_iter().chain(names);
    let row = |server: &ServerTimes| {
        let columns = COLUMNS.into_iter().zip(&server.columns);
        let cells = columns.map(|(kind, column)| cell(server, kind, column));
        [server.name.clone()].into_iter().chain(cells).collect()
    };
    MarkdownTable::new(columns, times.iter().map(row).collect())
}

/// Returns the median, with the number of rounds in which this column took longer than `lockstep`, and a word if that
/// makes it slower.
fn cell(server: &ServerTimes, (flow, delayed_ack): (Flow, bool), column: &Column) -> String {
    let median = ms(column.median());
    if flow == Flow::Lockstep {
        return median;
    }
    let rounds = column.rounds_slower_than(lockstep(server));
    let mark = if !delayed_ack && is_slower(server, flow, column) { " slower" } else { "" };
    format!("{median} ({rounds}){mark}")
}

pub(crate) fn announcements_table(times: &[ServerTimes]) -> MarkdownTable {
    let columns = ["server announces", "PIPELINING", "CHUNKING", "the same bytes", "differ by, %"];
    let row = |server: &ServerTimes| {
        let word = |is_announced| if is_announced { "yes" } else { "no" }.to_owned();
        let same = same_bytes(server);
        let names: Vec<&str> = same.iter().map(|(flow, _)| flow.name()).collect();
        let medians = same.iter().map(|(_, column)| column.median());
        let difference = match (medians.clone().min(), medians.max()) {
            (Some(least), Some(most)) => percent_more(least, most),
            _ => "-".to_owned(),
        };
        let announced = &server.announced;
        let flags = [announced.pipelining, announced.chunking].map(word);
        let cells =
            [if names.is_empty() { "none".to_owned() } else { names.join(", ") }, difference];
        [server.name.clone()].into_iter().chain(flags).chain(cells).collect()
    };
    MarkdownTable::new(columns.map(str::to_owned), times.iter().map(row).collect())
}

/// Returns the flows that send the same bytes as another one, because the server does not announce what they need.
fn same_bytes(server: &ServerTimes) -> Vec<(Flow, &Column)> {
    let used = |flow: Flow| flow.used_with(&server.announced);
    let is_shared = |(flow, _): &(Flow, &Column)| {
        flows(server).any(|(other, _)| other != *flow && used(other) == used(*flow))
    };
    flows(server).filter(is_shared).collect()
}

/// Returns the columns of the flows. A column that leaves acknowledgements to the system is no flow: it shows what the
/// others avoid.
fn flows(server: &ServerTimes) -> impl Iterator<Item = (Flow, &Column)> {
    let columns = COLUMNS.into_iter().zip(&server.columns);
    columns.filter(|((_, delayed_ack), _)| !delayed_ack).map(|((flow, _), column)| (flow, column))
}

fn lockstep(server: &ServerTimes) -> &Column {
    const NONE: &Column = &Column(Vec::new());
    server.columns.first().unwrap_or(NONE)
}

/// Whether the flow is slower than `lockstep` at this server. A flow that sends the same bytes is not.
fn is_slower(server: &ServerTimes, flow: Flow, column: &Column) -> bool {
    let is_another = flow.used_with(&server.announced) != Flow::Lockstep;
    is_another && column.rounds_slower_than(lockstep(server)) >= needed(column.0.len())
}

/// Returns the number of rounds, of these, in which a flow must take longer than `lockstep` to be slower.
fn needed(rounds: usize) -> usize {
    (rounds * 3).div_ceil(4)
}

fn slower_flows(server: &ServerTimes) -> Vec<String> {
    let slower = flows(server).filter(|&(flow, column)| is_slower(server, flow, column));
    slower.map(|(flow, _)| format!("{flow} at {}", server.name)).collect()
}

/// Returns how often each flow has the lowest median, among the servers that announce PIPELINING: at the others all
/// flows send the same bytes.
fn fastest_flows(times: &[ServerTimes]) -> String {
    let judged = times.iter().filter(|server| server.announced.pipelining);
    let fastest: Vec<Flow> = judged
        .filter_map(|server| {
            let (flow, _) = flows(server).min_by_key(|(_, column)| column.median())?;
            Some(flow.used_with(&server.announced))
        })
        .collect();
    let count = |flow: Flow| (flow, fastest.iter().filter(|&&other| other == flow).count());
    let mut counts: Vec<(Flow, usize)> =
        Flow::ALL.iter().map(|&flow| count(flow)).filter(|(_, count)| *count > 0).collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let parts: Vec<String> = counts
        .iter()
        .map(|(flow, count)| format!("`{flow}` at {count} of {}", fastest.len()))
        .collect();
    list(&parts)
}

fn column_name(flow: Flow, delayed_ack: bool) -> String {
    if delayed_ack { format!("{flow}, delayed ACKs") } else { flow.to_string() }
}

fn list(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

fn percent_more(least: Duration, most: Duration) -> String {
    format!("{:.0}", 100.0 * (most.as_secs_f64() / least.as_secs_f64() - 1.0))
}

#[cfg(test)]
mod tests {
    use mailer_backends::Capabilities;
    use mailer_reports::MeasuredLines;

    use super::*;

    const MEASURED: MeasuredLines = MeasuredLines {
        lines: &[
            "Fastest: ",
            "Slower than `lockstep`: ",
            "Left out: ",
            "This page is written by ",
            "- date: ",
            "- host: ",
        ],
        tables: &["| server, ms per message", "| server announces"],
    };

    /// The result at a server with these milliseconds in each of four rounds.
    fn server(name: &str, pipelining: bool, chunking: bool, ms: [[u64; 4]; 6]) -> ServerTimes {
        let mut announced = Capabilities::default();
        (announced.pipelining, announced.chunking) = (pipelining, chunking);
        let columns = ms.map(|rounds| Column(rounds.map(Duration::from_millis).to_vec()));
        ServerTimes { name: name.to_owned(), announced, columns: columns.to_vec() }
    }

    const LOCKSTEP: [u64; 4] = [10, 50, 10, 10];
    /// Slower than [`LOCKSTEP`] in three rounds of four.
    const SLOWER: [u64; 4] = [11, 49, 11, 11];
    /// Slower in two rounds.
    const EVEN: [u64; 4] = [11, 49, 11, 9];
    const FASTER: [u64; 4] = [1, 1, 1, 1];

    #[test]
    fn a_flow_that_is_slower_than_lockstep_in_three_quarters_of_the_rounds_is_marked() {
        let columns = [LOCKSTEP, SLOWER, EVEN, FASTER, FASTER, SLOWER];
        let times = [server("one", true, true, columns)];
        assert_eq!(slower_flows(&times[0]), ["pipelined at one"]);
        let rows = times_table(&times).to_string();
        let row =
            "| one | 10.00 | 11.00 (3) slower | 11.00 (2) | 1.00 (0) | 1.00 (0) | 11.00 (3) |";
        assert_eq!(rows.lines().last(), Some(row));
        assert_eq!((needed(4), needed(15)), (3, 12));
    }

    #[test]
    fn flows_that_send_the_same_bytes_are_named_and_not_judged() {
        let columns = [LOCKSTEP, SLOWER, SLOWER, SLOWER, SLOWER, SLOWER];
        let times = [
            server("nothing", false, false, columns),
            server("groups", true, false, [LOCKSTEP, FASTER, EVEN, FASTER, FASTER, SLOWER]),
            server("chunks", true, true, columns),
        ];
        assert_eq!(slower_flows(&times[0]), [] as [&str; 0]);
        let table = announcements_table(&times).to_string();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| nothing | no | no | lockstep, pipelined, overlapped, chunked, streamed | 10 |",
                "| groups | yes | no | pipelined, chunked, streamed | 0 |",
                "| chunks | yes | yes | none | - |",
            ]
        );
        assert_eq!(fastest_flows(&times), "`lockstep` at 1 of 2, `pipelined` at 1 of 2");
    }

    #[test]
    fn the_page_is_up_to_date_except_for_what_was_measured() {
        let times = vec![server("one", true, true, [LOCKSTEP; 6])];
        let run = Run { times, left_out: Vec::new(), command: String::new() };
        MEASURED.check_stored(FILE, &text(&run).unwrap()).unwrap();
    }
}
