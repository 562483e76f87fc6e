//! The page of the documentation.

use std::{fs, path::PathBuf, time::Duration};

use askama::Template;
use mailer::Security;
use mailer_bench::cores::Cores;
use mailer_lab::machine::host;

use super::{
    Outcome,
    arguments::{self, RAW, Settings},
    asked::PLACEHOLDERS,
    clients::CLIENTS,
    told::{Told, told},
    tools,
    turns::{self, Measured},
};
use crate::{
    page::{root, today},
    table::Table,
};

/// What is written.
const FILE: &str = "docs/field.md";
/// What writes it, and what measures by itself.
const COMMAND: &str = "cargo bench -p mailer-benches --bench contenders --";

/// Round trips of the link in milliseconds, mails over one connection, and rounds: over a distance there is
/// little that scatters, and much to wait for.
const DISTANCES: [(u64, u32, usize); 3] = [(0, 20, 5), (20, 6, 3), (80, 4, 2)];

#[derive(Template)]
#[template(path = "field.txt", escape = "none")]
struct Page {
    head: Head,
    facts: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    asked: Asked,
}

/// The beginning of the page, which does not take measuring to write.
#[derive(Template)]
#[template(path = "field_head.txt", escape = "none")]
struct Head {
    command: &'static str,
}

/// The end of the page, which does not either.
#[derive(Template)]
#[template(path = "field_asked.txt", escape = "none")]
struct Asked {
    told: Vec<Told>,
    placeholders: [(&'static str, &'static str); 17],
}

struct Section {
    title: &'static str,
    runs: Vec<Answer>,
}

struct Answer {
    title: String,
    command: String,
    left_out: String,
    tables: [(&'static str, Table); 2],
}

/// What the page is about: security, its heading, and a run for each distance.
fn questions() -> [(&'static str, Vec<Settings>); 2] {
    let run = |security, (distance, mails, rounds)| Settings {
        security,
        round_trip: Duration::from_millis(distance),
        mails,
        octets: 1024,
        rounds,
        all_flows: true,
        server: None,
        quick_ack: false,
        against: RAW.into(),
        name: String::new(),
    };
    [
        ("In the clear, without a login", Security::None),
        ("STARTTLS, with a login", Security::Required),
    ]
    .map(|(title, security)| (title, DISTANCES.map(|distance| run(security, distance)).into()))
}

/// Measures everything and writes the page.
pub(super) fn write(cores: Option<Cores>) -> Outcome<()> {
    // Whoever is pinned is told of one core.
    let mut facts = facts()?;
    let mut measured = Vec::new();
    for (title, runs) in questions() {
        for settings in runs {
            super::tell(&command(&settings));
            let run = turns::measure(&settings, cores)?;
            run.verdict()?;
            measured.push((title, settings, run));
        }
    }
    facts.extend(measured.first().map(|(_, _, run)| ("cores", run.place().to_owned())));
    let page = Page::of(&measured, facts)?;
    fs::write(file(), page).map_err(|error| format!("{FILE}: {error}"))?;
    super::tell(&format!("{FILE} is written"));
    Ok(())
}

impl Page {
    fn of(
        measured: &[(&'static str, Settings, Measured)],
        facts: Vec<(&'static str, String)>,
    ) -> Outcome<String> {
        let mut sections: Vec<Section> = Vec::new();
        for (title, settings, run) in measured {
            if sections.last().is_none_or(|section| section.title != *title) {
                sections.push(Section { title, runs: Vec::new() });
            }
            let runs = sections.last_mut().map(|section| &mut section.runs);
            runs.into_iter().for_each(|runs| runs.push(Answer::of(settings, run)));
        }
        let (head, asked) = (Head { command: COMMAND }, Asked::new());
        let page = Self { head, facts, sections, asked };
        page.render().map_err(|error| error.to_string())
    }
}

impl Answer {
    fn of(settings: &Settings, measured: &Measured) -> Self {
        Self {
            title: format!("{} ms there and back", settings.round_trip.as_millis()),
            command: command(settings),
            left_out: measured.left_out().join(", "),
            tables: measured.tables(),
        }
    }
}

impl Asked {
    fn new() -> Self {
        Self { told: told(), placeholders: PLACEHOLDERS }
    }
}

/// What makes a run.
fn command(settings: &Settings) -> String {
    let Settings { security, round_trip, mails, rounds, .. } = settings;
    let tls = arguments::name(*security);
    let distance = round_trip.as_millis();
    format!(
        "{COMMAND} --tls {tls} --link-rtt {distance} --mails {mails} --rounds {rounds} --all-flows"
    )
}

/// The head: what ran where.
fn facts() -> Outcome<Vec<(&'static str, String)>> {
    let ours = mailer_backends::VERSIONS.map(|(name, version)| format!("{name} {version}"));
    Ok(vec![
        ("date", today()?),
        ("host", host()),
        ("ours", ours.join(", ")),
        ("others", others().join(", ")),
    ])
}

/// Those that are there, with what they say of their version.
fn others() -> Vec<String> {
    let others = CLIENTS.iter().filter(|client| !client.is_ours());
    let is_there = others.filter(|client| tools::find(client).is_some());
    let named = is_there.map(|client| {
        let version = tools::version(client).unwrap_or_else(|| "an unknown version".into());
        if version.starts_with(client.name) {
            version
        } else {
            format!("{} ({version})", client.name)
        }
    });
    named.collect()
}

fn file() -> PathBuf {
    root().join(FILE)
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    fn stored() -> String {
        fs::read_to_string(file()).unwrap()
    }

    /// The page of runs that nobody made.
    fn page() -> String {
        let runs = questions()
            .into_iter()
            .flat_map(|(title, runs)| runs.into_iter().map(move |settings| (title, settings)));
        let measured: Vec<_> = runs
            .map(|(title, settings)| {
                let run = Measured::of(&settings);
                (title, settings, run)
            })
            .collect();
        Page::of(&measured, Vec::new()).unwrap()
    }

    /// How what is measured begins, and what comes behind it.
    const BOUNDS: [&str; 2] = ["\n\n## What it was measured on\n", "\n## What each was asked\n"];

    /// What is measured of a page.
    fn measured(page: &str) -> &str {
        let [begin, end] = BOUNDS.map(|bound| page.find(bound).unwrap());
        &page[begin..=end]
    }

    /// Its headings, commands, and the first lines of its tables.
    fn frame(page: &str) -> Vec<&str> {
        let begins = ["#", "`cargo", "| contender |"];
        let is_of_it = |line: &&str| begins.iter().any(|begin| line.starts_with(begin));
        measured(page).lines().filter(is_of_it).collect()
    }

    #[test]
    fn what_is_stored_is_what_would_be_measured() {
        assert_eq!(frame(&stored()), frame(&page()), "`{COMMAND} --page` writes it anew");
    }

    /// `UPDATE_DOCS=1` writes this part anew, as in the rest of the documentation.
    #[test]
    fn what_is_not_measured_is_up_to_date() {
        let (stored, head) = (stored(), Head { command: COMMAND }.render().unwrap());
        let end = Asked::new().render().unwrap();
        let wanted = format!("{head}{}{end}", measured(&stored));
        if stored != wanted {
            let hint = "UPDATE_DOCS=1 writes what is not measured of it anew";
            assert!(env::var_os("UPDATE_DOCS").is_some(), "{FILE}: {hint}");
            fs::write(file(), wanted).unwrap();
        }
    }
}
