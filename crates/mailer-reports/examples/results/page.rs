//! Writes the page `docs/results.md` from the runs and counts.

use std::fs;

use askama::Template;
use mailer_backends::{BACKENDS, Difference};
use mailer_reports::{MarkdownTable, root, today};

use crate::{
    Measured, TextResult,
    questions::{Effort, Run},
    summary::summary,
    table::table,
    tools,
};

pub(crate) const FILE: &str = "docs/results.md";
/// The command that writes the page.
pub(crate) const COMMAND: &str = "cargo run -p mailer-reports --example results";
/// The table that `cargo bench --bench counts` stores.
const COUNTS: &str = "benches/counts.txt";

/// The features of lettre that raw does not have. What raw has and lettre does not is in the table of
/// differences.
const ONLY_LETTRE: [&str; 7] = [
    "asynchronous sending, with tokio or async-std",
    "a connection pool that threads share",
    "TLS by rustls or BoringSSL instead of the system's library",
    "AUTH XOAUTH2, for access tokens instead of passwords",
    "DKIM signatures",
    "transports other than SMTP: sendmail, a file, a stub for tests",
    "years of use in many programs, and a team of maintainers",
];

#[derive(Template)]
#[template(path = "results.txt", escape = "none")]
pub(crate) struct ResultsPage {
    command: &'static str,
    is_quick: bool,
    summary: MarkdownTable,
    facts: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    costs: MarkdownTable,
    counts: MarkdownTable,
    only_lettre: [&'static str; 7],
    differences: &'static [Difference],
}

/// A question and its tables.
struct Section {
    title: &'static str,
    about: &'static str,
    runs: Vec<RunTable>,
}

/// The table of one run of `mailer bench`.
struct RunTable {
    title: String,
    command: String,
    table: MarkdownTable,
}

impl ResultsPage {
    pub(crate) fn new(
        effort: &Effort,
        facts: Vec<(&'static str, String)>,
        measured: &[Measured],
        costs: MarkdownTable,
    ) -> TextResult<Self> {
        let lettre = BACKENDS.iter().find(|backend| backend.name == "lettre");
        let counts = fs::read_to_string(root().join(COUNTS));
        Ok(Self {
            command: COMMAND,
            is_quick: effort.is_quick,
            summary: summary(measured),
            facts,
            sections: measured.iter().map(Section::new).collect(),
            costs,
            counts: parse_counts(&counts.map_err(|error| format!("{COUNTS}: {error}"))?),
            only_lettre: ONLY_LETTRE,
            differences: lettre.map_or(&[], |lettre| lettre.differences),
        })
    }

    pub(crate) fn text(&self) -> TextResult<String> {
        self.render().map_err(|error| error.to_string())
    }
}

impl Section {
    fn new(measured: &Measured) -> Self {
        let run_table = |(run, document): &(Run, _)| RunTable {
            title: run.title.clone(),
            command: run.command(),
            table: table(document, run.has_link()),
        };
        let runs = measured.documents.iter().map(run_table).collect();
        Self { title: measured.question.title, about: measured.question.about, runs }
    }
}

/// Returns the facts about the machine and the versions.
pub(crate) fn facts(measured: &[Measured]) -> TextResult<Vec<(&'static str, String)>> {
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

/// Parses the stored counts. Their first line is a title, and the second one names the columns. Cells are
/// separated by two spaces or more, because a client's name may contain one.
fn parse_counts(text: &str) -> MarkdownTable {
    let mut lines = text.lines().skip(1);
    let cells = |line: &str| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect::<Vec<_>>()
    };
    let columns = lines.next().map(|line| cells(line.trim_start_matches('#'))).unwrap_or_default();
    MarkdownTable::new(columns, lines.map(cells).collect())
}

#[cfg(test)]
mod tests {
    use mailer_reports::MeasuredLines;

    use super::*;
    use crate::{document::fixture, questions::questions};

    const MEASURED: MeasuredLines = MeasuredLines {
        lines: &[
            "- date: ",
            "- host: ",
            "- cores: ",
            "- versions: ",
            "- compiler: ",
            "`mailer bench ",
        ],
        tables: &["| one message ", "| contender | median ", "| cost | raw "],
    };

    /// The page with synthetic results.
    fn page(effort: &Effort) -> String {
        let measure = |mut question: crate::Question| {
            let documents = question.runs.drain(..).map(|run| (run, fixture())).collect();
            Measured { question, documents }
        };
        let measured: Vec<Measured> = questions(effort).into_iter().map(measure).collect();
        let facts = ["date", "host", "cores", "versions", "compiler"];
        let facts = facts.map(|fact| (fact, String::new())).into();
        let costs = vec![vec![String::new(); crate::costs::COLUMNS.len()]];
        let costs = MarkdownTable::new(crate::costs::COLUMNS, costs);
        ResultsPage::new(effort, facts, &measured, costs).unwrap().text().unwrap()
    }

    fn stored() -> (String, Effort) {
        let stored = fs::read_to_string(root().join(FILE)).unwrap();
        let effort = if stored.contains("--quick` run") { Effort::QUICK } else { Effort::FULL };
        (stored, effort)
    }

    #[test]
    fn the_stored_page_is_up_to_date_except_for_results() {
        MEASURED.check_stored(FILE, &page(&stored().1)).unwrap();
    }

    #[test]
    fn the_stored_page_has_the_results_of_the_planned_runs() {
        /// Options that say what is measured, and neither how much nor of which contenders: these may have
        /// changed since.
        const SUBJECTS: [&str; 6] =
            ["--workload", "--tls", "--size", "--recipients", "--connections", "--link-rtt"];
        let runs = |page: &str| -> Vec<Vec<String>> {
            let commands = page.lines().filter(|line| line.starts_with("`mailer bench "));
            let subject = |word: &&str| SUBJECTS.iter().any(|option| word.starts_with(option));
            commands
                .map(|line| line.split_whitespace().filter(subject).map(str::to_owned).collect())
                .collect()
        };
        let (stored, effort) = stored();
        assert_eq!(runs(&stored), runs(&page(&effort)), "`{COMMAND}` writes it again");
    }
}
