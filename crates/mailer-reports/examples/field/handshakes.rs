//! Measures how long a further connection of a process takes until it is ready for MAIL.
//!
//! A client opens connections one after another and times each with its own clock: from connecting to the reply to
//! AUTH. The first one, which cannot resume a session and may build a connector, does not count. The server counts the
//! connections, the logins and the resumed sessions.

use std::{path::PathBuf, sync::atomic::AtomicBool, time::Duration};

use mailer::Security;
use mailer_bench::{
    cores::{Cores, pin},
    counting_server::StoredTotals,
    message::content,
    report::units::{digits, range, time, times},
    rotation::rotation,
    statistics::Quartiles,
    test_server::TestServer,
};
use mailer_compare::external_client::process;
use mailer_reports::{MarkdownTable, REMARK};
use tempfile::TempDir;

use super::{
    TextResult,
    arguments::Effort,
    clients::{Client, OPENERS},
    command::{self, Task},
    describe,
    our_client::READY,
    programs,
};

pub(super) const TITLE: &str = "Ready for MAIL on a further connection";
/// The contender that the others are compared with.
const REFERENCE: &str = "raw (pipelined, rustls)";
/// How long a process may take.
const RUN_LIMIT: Duration = Duration::from_secs(60);
const MESSAGE_SIZE: usize = 1024;
/// Clients are not interrupted: Ctrl-C ends this program.
static NEVER: AtomicBool = AtomicBool::new(false);

/// A client in front of a server of its own, so that the server's counts are the client's.
struct Opener {
    client: &'static Client,
    program: PathBuf,
    server: TestServer,
    folder: TempDir,
    rounds: Vec<Sample>,
    /// Why it has no result.
    invalid: Option<String>,
}

/// What was measured of one process.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sample {
    /// The median seconds of its connections after the first.
    seconds: f64,
    /// The number of its connections that resumed a TLS session.
    resumed: u64,
}

/// Lets the clients that are there take turns, and returns the table.
///
/// # Errors
/// If a server cannot be started, or one of our own contenders has no result.
pub(super) fn measure(effort: Effort, cores: &Cores) -> TextResult<MarkdownTable> {
    // The threads of the servers stay on the core of this thread; the clients' processes inherit the other one.
    pin(&cores.server);
    let found = OPENERS.iter().filter_map(|client| Some((client, programs::find(client)?)));
    let openers: TextResult<Vec<Opener>> =
        found.map(|(client, program)| Opener::start(client, program)).collect();
    let mut openers = openers?;
    pin(&cores.client);
    for round in 0..effort.rounds {
        for index in rotation(openers.len(), round) {
            if let Some(opener) = openers.get_mut(index) {
                opener.take_turn(effort.connections);
            }
        }
    }
    let failed = openers.iter().find(|it| it.client.is_ours() && it.invalid.is_some());
    if let Some(Opener { client, invalid, .. }) = failed {
        return Err(format!("{}: {}", client.name, invalid.as_deref().unwrap_or_default()));
    }
    Ok(table(&openers, effort.connections))
}

impl Opener {
    fn start(client: &'static Client, program: PathBuf) -> TextResult<Self> {
        let server = TestServer::in_process(Security::Required).map_err(describe)?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        command::write_files(folder.path(), &server.server, &content(MESSAGE_SIZE))
            .map_err(|error| error.to_string())?;
        Ok(Self { client, program, server, folder, rounds: Vec::new(), invalid: None })
    }

    /// Runs the client, unless an earlier run was invalid.
    fn take_turn(&mut self, connections: u32) {
        if self.invalid.is_none() {
            match self.run(connections) {
                Ok(sample) => self.rounds.push(sample),
                Err(problem) => self.invalid = Some(problem),
            }
        }
    }

    fn run(&mut self, connections: u32) -> TextResult<Sample> {
        let before = self.server.totals().map_err(describe)?;
        let (server, folder) = (&self.server.server, self.folder.path());
        let task = Task { server, repetitions: connections, folder };
        let ran = process::run(task.command(self.client, &self.program)?, RUN_LIMIT, &NEVER);
        if let Some(error) = ran.trouble() {
            return Err(describe(error));
        }
        let after = self.server.totals().map_err(describe)?;
        check(&before, &after, connections)?;
        let resumed = after.resumed - before.resumed;
        let seconds = median_of_further(&ran.output, connections)?;
        Ok(Sample { seconds, resumed })
    }
}

/// Checks that the client made the connections, and that the last one was ready: a message came over it after a login.
fn check(before: &StoredTotals, after: &StoredTotals, connections: u32) -> TextResult<()> {
    let made = after.last_connection - before.last_connection;
    if made != u64::from(connections) {
        return Err(format!("it made {made} of {connections} connections"));
    }
    let messages = after.messages - before.messages;
    if (messages, after.authenticated - before.authenticated) != (1, 1) {
        return Err(format!("{messages} messages were stored instead of one after a login"));
    }
    Ok(())
}

/// Returns the median of the seconds that the client printed, without the first connection's.
fn median_of_further(output: &str, connections: u32) -> TextResult<f64> {
    let nanoseconds = output.lines().filter_map(|line| line.strip_prefix(READY)?.parse().ok());
    let seconds: Vec<f64> = nanoseconds.map(|it: u64| it as f64 / 1e9).collect();
    match seconds.as_slice() {
        [_, further @ ..] if seconds.len() == connections as usize => {
            let quartiles = Quartiles::new(further).ok_or("it needs two connections")?;
            Ok(quartiles.median)
        }
        _ => Err(format!("it timed {} of {connections} connections", seconds.len())),
    }
}

/// Returns a table without results.
#[cfg(test)]
pub(super) fn empty_table() -> MarkdownTable {
    table_of(vec![row("", &[], &[], 2, None)])
}

fn table(openers: &[Opener], connections: u32) -> MarkdownTable {
    let reference = openers.iter().find(|opener| opener.client.name == REFERENCE);
    let reference = reference.map_or(&[][..], |opener| &opener.rounds);
    let row = |opener: &Opener| {
        row(opener.client.name, &opener.rounds, reference, connections, opener.invalid.as_deref())
    };
    table_of(openers.iter().map(row).collect())
}

fn table_of(rows: Vec<Vec<String>>) -> MarkdownTable {
    let ratio = format!("× {REFERENCE}");
    let columns = [
        "contender",
        "ready for MAIL",
        "quartiles",
        ratio.as_str(),
        "quartiles",
        "resumed",
        REMARK,
    ];
    MarkdownTable::new(columns, rows)
}

/// Returns a row of the table. Ratios are computed within a round.
fn row(
    name: &str,
    rounds: &[Sample],
    reference: &[Sample],
    connections: u32,
    invalid: Option<&str>,
) -> Vec<String> {
    let seconds: Vec<f64> = rounds.iter().map(|sample| sample.seconds).collect();
    let ratios = rounds.iter().zip(reference).map(|(own, other)| own.seconds / other.seconds);
    let ratios: Vec<f64> = ratios.collect();
    let cells = match (Quartiles::new(&seconds), Quartiles::new(&ratios), invalid) {
        (Some(seconds), Some(ratio), None) => [
            time(seconds.median),
            times(seconds.lower, seconds.upper),
            digits(ratio.median),
            range(ratio.lower, ratio.upper),
            resumed(rounds, connections),
        ],
        _ => [const { "-" }; 5].map(str::to_owned),
    };
    let remark = invalid.map_or_else(String::new, |problem| format!("no result: {problem}"));
    [vec![name.to_owned()], cells.into(), vec![remark]].concat()
}

/// Returns how many connections of a process resumed a session, by the server's count.
fn resumed(rounds: &[Sample], connections: u32) -> String {
    let counts = rounds.iter().map(|sample| sample.resumed);
    match (counts.clone().min(), counts.max()) {
        (Some(least), Some(most)) if least < most => {
            format!("{least} to {most} of {connections}")
        }
        (Some(all), _) => format!("{all} of {connections}"),
        _ => "-".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_connection_does_not_count() {
        let output = format!("a line\n{READY}9000000000\n{READY}1000000000\n{READY}3000000000\n");
        assert_eq!(median_of_further(&output, 3), Ok(2.0));
        assert!(median_of_further(&output, 4).is_err());
    }

    #[test]
    fn a_missing_connection_message_or_login_is_found() {
        let before = StoredTotals::default();
        let mut after = before;
        (after.messages, after.authenticated, after.last_connection) = (1, 1, 3);
        assert_eq!(check(&before, &after, 3), Ok(()));
        assert!(check(&before, &after, 4).is_err());
        after.authenticated = 0;
        assert!(check(&before, &after, 3).is_err());
    }

    #[test]
    fn a_row_has_the_ratio_within_each_round_and_the_resumed_sessions() {
        let sample = |seconds, resumed| Sample { seconds, resumed };
        let reference = [sample(1e-3, 2), sample(2e-3, 2)];
        let cells = row("other", &[sample(2e-3, 1), sample(4e-3, 2)], &reference, 3, None);
        let expected =
            ["other", "3.00 ms", "2.50 to 3.50 ms", "2.00", "2.00 to 2.00", "1 to 2 of 3", ""];
        assert_eq!(cells, expected);
        assert_eq!(row("other", &[], &reference, 3, Some("it failed"))[1], "-");
    }

    #[test]
    fn the_reference_is_an_opener() {
        assert!(OPENERS.iter().any(|client| client.name == REFERENCE));
    }
}
