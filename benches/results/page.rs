//! The page.

use std::fs;

use askama::Template;
use mailer_benches::{
    page::{root, today},
    table::Table,
};
use mailer_lettre::{DIFFERENCES, Difference};

use crate::{Measured, Outcome, questions::Pace, table, tools};

/// What is written.
pub(crate) const FILE: &str = "docs/results.md";
/// What writes it.
pub(crate) const COMMAND: &str = "cargo run -p mailer-benches --example results";
/// The table that `cargo bench --bench counts` stores.
const COUNTS: &str = "benches/counts.txt";

/// What lettre gives and raw does not; the other way round it is the table of differences.
const ONLY_LETTRE: [&str; 6] = [
    "asynchronous sending, with tokio or async-std",
    "a pool of connections that threads share",
    "TLS by rustls or BoringSSL instead of the system's library",
    "DKIM signatures",
    "other ways than SMTP: sendmail, a file, a stub for tests",
    "years of use by many, and people who look after it",
];

#[derive(Template)]
#[template(path = "results.txt", escape = "none")]
pub(crate) struct Page {
    command: &'static str,
    is_quick: bool,
    facts: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    costs: Table,
    unmeasured: Unmeasured,
}

/// The end of the page: what is stored elsewhere, and does not take measuring to write.
#[derive(Template)]
#[template(path = "unmeasured.txt", escape = "none")]
struct Unmeasured {
    counts: Table,
    only_lettre: [&'static str; 6],
    differences: &'static [Difference],
}

/// A question and its tables.
pub(crate) struct Section {
    title: &'static str,
    about: &'static str,
    tables: Vec<Answer>,
}

/// What one run of `mailer bench` says.
struct Answer {
    title: String,
    command: String,
    table: Table,
}

impl Page {
    pub(crate) fn of(pace: &Pace, measured: &[Measured], costs: Table) -> Outcome<Self> {
        Ok(Self {
            command: COMMAND,
            is_quick: pace.is_quick,
            facts: facts(measured)?,
            sections: measured.iter().map(Section::of).collect(),
            costs,
            unmeasured: Unmeasured::read()?,
        })
    }

    pub(crate) fn text(&self) -> Outcome<String> {
        self.render().map_err(|error| error.to_string())
    }
}

impl Unmeasured {
    fn read() -> Outcome<Self> {
        let counts = fs::read_to_string(root().join(COUNTS));
        let counts = stored(&counts.map_err(|error| format!("{COUNTS}: {error}"))?);
        Ok(Self { counts, only_lettre: ONLY_LETTRE, differences: DIFFERENCES })
    }
}

impl Section {
    fn of(measured: &Measured) -> Self {
        let answer = |(run, document): &(_, _)| {
            let run: &crate::Run = run;
            Answer {
                title: run.title.clone(),
                command: run.command(),
                table: table::of(document, run.is_far()),
            }
        };
        let tables = measured.documents.iter().map(answer).collect();
        Self { title: measured.question.title, about: measured.question.about, tables }
    }
}

/// The head: what ran where.
fn facts(measured: &[Measured]) -> Outcome<Vec<(&'static str, String)>> {
    let first = measured.first().and_then(|measured| measured.documents.first());
    let (_, document) = first.ok_or("nothing was measured")?;
    let note = |name: &str| document.notes.get(name).cloned().unwrap_or_default();
    let plan = &document.plan;
    let cores = match (plan.client_cores.as_slice(), plan.server_cores.as_slice()) {
        ([], _) | (_, []) => "not pinned".to_owned(),
        (client, server) => format!("clients on {client:?}, the server on {server:?}"),
    };
    Ok(vec![
        ("date", today()?),
        ("host", note("host")),
        ("cores", cores),
        ("versions", note("versions")),
        ("compiler", tools::run("rustc", &["--version"])?.trim().to_owned()),
    ])
}

/// The stored counts as a table: their first line says what they are, the second names the columns.
fn stored(text: &str) -> Table {
    let mut lines = text.lines().skip(1);
    // Spaces pad each cell, and a client's name may have one in it.
    let cells = |line: &str| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect::<Vec<_>>()
    };
    let columns = lines.next().map(|line| cells(line.trim_start_matches('#'))).unwrap_or_default();
    Table::new(columns, lines.map(cells).collect())
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;
    use crate::{document::made_up, questions::questions};

    /// The page of runs that nobody made.
    fn page(pace: &Pace) -> String {
        let measure = |mut question: crate::Question| {
            let documents = question.runs.drain(..).map(|run| (run, made_up())).collect();
            Measured { question, documents }
        };
        let measured: Vec<Measured> = questions(pace).into_iter().map(measure).collect();
        let costs = Table::new(crate::costs::COLUMNS, Vec::new());
        Page::of(pace, &measured, costs).unwrap().text().unwrap()
    }

    fn headings(page: &str) -> Vec<&str> {
        page.lines().filter(|line| line.starts_with("## ")).collect()
    }

    /// The first lines of its tables, each once.
    fn heads(page: &str) -> Vec<&str> {
        let pairs = page.lines().zip(page.lines().skip(1));
        let mut heads: Vec<&str> =
            pairs.filter(|(_, rule)| rule.starts_with("| ---")).map(|(head, _)| head).collect();
        heads.sort_unstable();
        heads.dedup();
        heads
    }

    #[test]
    fn what_is_stored_is_what_would_be_written() {
        let stored = fs::read_to_string(root().join(FILE)).unwrap();
        let hint = format!("`{COMMAND}` writes it anew");
        assert!(stored.lines().take(6).any(|line| line.contains(COMMAND)), "{hint}");
        let is_quick = stored.contains("--quick` run");
        let page = page(if is_quick { &Pace::QUICK } else { &Pace::FULL });
        assert_eq!(headings(&stored), headings(&page), "{hint}");
        assert_eq!(heads(&stored), heads(&page), "{hint}");
        let commands = |page: &str| {
            let lines = page.lines().filter(|line| line.starts_with("`mailer bench"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(commands(&stored), commands(&page), "{hint}");
    }

    /// `UPDATE_DOCS=1` writes this part anew, as in the rest of the documentation.
    #[test]
    fn what_is_not_measured_is_up_to_date() {
        let stored = fs::read_to_string(root().join(FILE)).unwrap();
        let end = Unmeasured::read().unwrap().render().unwrap();
        if stored.ends_with(&end) {
            return;
        }
        assert!(env::var_os("UPDATE_DOCS").is_some(), "UPDATE_DOCS=1 writes {FILE}'s end anew");
        let heading = end.lines().next().unwrap();
        let (measured, _) = stored.split_once(heading).unwrap();
        fs::write(root().join(FILE), format!("{measured}{end}")).unwrap();
    }
}
