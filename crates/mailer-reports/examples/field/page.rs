//! Writes the page `docs/field.md` from the measured figures.

use std::{fs, time::Duration};

use askama::Template;
use mailer::Security;
use mailer_bench::cores::Cores;
use mailer_lab::machine::host;
use mailer_reports::{MarkdownTable, report, root, today};

use super::{
    TextResult,
    arguments::{Effort, RAW, Settings, security_name},
    clients::CLIENTS,
    command::PLACEHOLDERS,
    command_docs::{CommandDocs, command_docs, opener_commands},
    handshakes,
    measurement::{Measurement, measure},
    programs,
};

const FILE: &str = "docs/field.md";
/// The command that measures. With `--page` it writes the page.
const COMMAND: &str = "cargo run --release -p mailer-reports --example field --";

/// RTTs of the link in milliseconds, with the number of messages over one connection, and the number of rounds.
const PATHS: [(u64, u32, usize); 3] = [(0, 20, 5), (20, 6, 5), (80, 4, 5)];

#[derive(Template)]
#[template(path = "field.txt", escape = "none")]
struct FieldPage {
    command: &'static str,
    facts: Vec<(&'static str, String)>,
    handshakes: MarkdownTable,
    sections: Vec<Section>,
    opener_commands: Vec<String>,
    commands: Vec<CommandDocs>,
    placeholders: [(&'static str, &'static str); 18],
}

/// The measurements with one kind of security.
struct Section {
    title: &'static str,
    summary: MarkdownTable,
    runs: Vec<RunTables>,
}

/// The tables of one measurement.
struct RunTables {
    title: String,
    command: String,
    left_out: String,
    tables: [(&'static str, MarkdownTable); 2],
}

/// A section's title and its measurements, each with its settings.
type MeasuredSection = (&'static str, Vec<(Settings, Measurement)>);

/// Returns what the page measures: a title for each kind of security, and settings for each RTT.
fn planned() -> [(&'static str, Vec<Settings>); 2] {
    let settings = |security, (rtt, messages, rounds)| Settings {
        security,
        round_trip: Duration::from_millis(rtt),
        messages,
        size: 1024,
        rounds,
        all_flows: true,
        server: None,
        quick_ack: false,
        against: RAW.into(),
        name: String::new(),
    };
    [("Without TLS and login", Security::None), ("With STARTTLS and login", Security::Required)]
        .map(|(title, security)| (title, PATHS.map(|path| settings(security, path)).into()))
}

/// Measures everything and writes the page.
pub(super) fn write(cores: &Cores) -> TextResult<()> {
    // A pinned process sees only one core.
    let mut facts = facts()?;
    report(&format!("{COMMAND} --handshakes"));
    let handshakes = handshakes::measure(Effort::FULL, cores)?;
    let mut sections: Vec<MeasuredSection> = Vec::new();
    for (title, runs) in planned() {
        let mut measured = Vec::new();
        for settings in runs {
            report(&command(&settings));
            let run = measure(&settings, cores)?;
            run.verdict()?;
            measured.push((settings, run));
        }
        sections.push((title, measured));
    }
    let first = sections.iter().flat_map(|(_, runs)| runs).next();
    facts.extend(first.map(|(_, run)| ("cores", run.cores().to_owned())));
    let page =
        FieldPage::new(&sections, facts, handshakes).render().map_err(|error| error.to_string())?;
    fs::write(root().join(FILE), page).map_err(|error| format!("{FILE}: {error}"))?;
    report(&format!("{FILE} is written"));
    Ok(())
}

impl FieldPage {
    fn new(
        sections: &[MeasuredSection],
        facts: Vec<(&'static str, String)>,
        handshakes: MarkdownTable,
    ) -> Self {
        let sections = sections.iter().map(|(title, runs)| Section::new(title, runs)).collect();
        Self {
            command: COMMAND,
            facts,
            handshakes,
            sections,
            opener_commands: opener_commands(),
            commands: command_docs(),
            placeholders: PLACEHOLDERS,
        }
    }
}

impl Section {
    fn new(title: &'static str, runs: &[(Settings, Measurement)]) -> Self {
        let tables = runs.iter().map(|(settings, run)| RunTables::new(settings, run));
        Self { title, summary: summary(runs), runs: tables.collect() }
    }
}

/// Returns a table with the median times at every RTT: of one message per connection, then of a further message.
fn summary(runs: &[(Settings, Measurement)]) -> MarkdownTable {
    let rtts = runs.iter().map(|(settings, _)| settings.round_trip.as_millis());
    let columns = |what: &'static str| rtts.clone().map(move |rtt| format!("{what}, {rtt} ms RTT"));
    let columns: Vec<String> = ["contender".to_owned()]
        .into_iter()
        .chain(columns("one per connection"))
        .chain(columns("further message"))
        .collect();
    let row = |name: &'static str| {
        let times: Vec<[String; 2]> = runs.iter().map(|(_, run)| run.median_times(name)).collect();
        let column = |index: usize| {
            times.iter().filter_map(move |times| times.get(index).cloned()).collect::<Vec<_>>()
        };
        [vec![name.to_owned()], column(0), column(1)].concat()
    };
    let names = runs.first().into_iter().flat_map(|(_, run)| run.names());
    MarkdownTable::new(columns, names.map(row).collect())
}

impl RunTables {
    fn new(settings: &Settings, measurement: &Measurement) -> Self {
        Self {
            title: format!("{} ms RTT", settings.round_trip.as_millis()),
            command: command(settings),
            left_out: measurement.left_out(),
            tables: measurement.tables(),
        }
    }
}

/// Returns the command that measures with these settings.
fn command(settings: &Settings) -> String {
    let Settings { security, round_trip, messages, rounds, .. } = settings;
    let (tls, rtt) = (security_name(*security), round_trip.as_millis());
    format!(
        "{COMMAND} --tls {tls} --link-rtt {rtt} --messages {messages} --rounds {rounds} --all-flows"
    )
}

/// Returns the facts about the machine and the programs.
fn facts() -> TextResult<Vec<(&'static str, String)>> {
    let ours = mailer_backends::VERSIONS.map(|(name, version)| format!("{name} {version}"));
    Ok(vec![
        ("date", today()?),
        ("host", host()),
        ("our contenders", ours.join(", ")),
        ("third-party clients", third_party().join(", ")),
    ])
}

/// Returns the third-party clients that are there, with their versions.
fn third_party() -> Vec<String> {
    let others = CLIENTS.iter().filter(|client| !client.is_ours());
    let found = others.filter(|client| programs::find(client).is_some());
    let named = found.map(|client| {
        let version = programs::version(client).unwrap_or_else(|| "unknown version".into());
        if version.starts_with(client.name) {
            version
        } else {
            format!("{} ({version})", client.name)
        }
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use mailer_reports::MeasuredLines;

    use super::*;

    const MEASURED: MeasuredLines = MeasuredLines {
        lines: &[
            "- date: ",
            "- host: ",
            "- our contenders: ",
            "- third-party clients: ",
            "- cores: ",
            "`cargo ",
            "Left out: ",
        ],
        tables: &[
            "| contender | one per connection",
            "| contender | time per message",
            "| contender | ready for MAIL",
        ],
    };

    /// The page without any result.
    fn page() -> String {
        let sections = planned().map(|(title, runs)| {
            let measured = runs.into_iter().map(|settings| {
                let measurement = Measurement::new(&settings);
                (settings, measurement)
            });
            (title, measured.collect())
        });
        let facts = ["date", "host", "our contenders", "third-party clients", "cores"];
        let facts = facts.map(|fact| (fact, String::new())).into();
        FieldPage::new(&sections, facts, handshakes::empty_table()).render().unwrap()
    }

    #[test]
    fn the_stored_page_is_up_to_date_except_for_results() {
        MEASURED.check_stored(FILE, &page()).unwrap();
    }

    #[test]
    fn the_stored_page_has_the_results_of_the_planned_measurements() {
        let stored = fs::read_to_string(root().join(FILE)).unwrap();
        let commands = |page: &str| -> Vec<String> {
            let lines = page.lines().filter(|line| line.starts_with("`cargo "));
            // How many messages and rounds there are may have changed since.
            lines.map(|line| line.split(" --messages ").next().unwrap_or(line).to_owned()).collect()
        };
        assert_eq!(commands(&stored), commands(&page()));
    }
}
