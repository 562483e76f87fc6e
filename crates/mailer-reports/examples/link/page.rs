//! Writes the page `docs/link.md` from the measured answers.

use std::{fmt, time::Duration};

use askama::Template;
use mailer_bench::{
    report::units::{time, times},
    statistics::Quartiles,
};
use mailer_lab::machine;
use mailer_link::LinkCounts;
use mailer_reports::{MarkdownTable, today};

use crate::{
    Answered, TextResult,
    comparison::Compared,
    questions::{Counts, Effort},
};

pub(crate) const FILE: &str = "docs/link.md";
/// The command that writes the page.
const COMMAND: &str = "cargo run --release -p mailer-reports --example link";

const COLUMNS: [&str; 9] = [
    "what",
    "kernel's path",
    "quartiles",
    "link",
    "quartiles",
    "the link's difference",
    "quartiles",
    "bytes out + in",
    "round trips",
];

#[derive(Template)]
#[template(path = "link.txt", escape = "none")]
pub(crate) struct LinkPage {
    command: &'static str,
    is_quick: bool,
    facts: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    late: MarkdownTable,
    rates: MarkdownTable,
}

/// A question and its tables.
struct Section {
    title: &'static str,
    about: &'static str,
    tables: Vec<(String, MarkdownTable)>,
}

impl LinkPage {
    pub(crate) fn new(
        effort: &Effort,
        facts: Vec<(&'static str, String)>,
        answered: Vec<Answered>,
        [late, rates]: [MarkdownTable; 2],
    ) -> Self {
        Self {
            command: COMMAND,
            is_quick: effort.is_quick,
            facts,
            sections: answered.into_iter().map(Section::new).collect(),
            late,
            rates,
        }
    }

    pub(crate) fn text(&self) -> TextResult<String> {
        self.render().map_err(|error| error.to_string())
    }
}

/// Returns the facts about the machine, the versions and the kernel's path.
pub(crate) fn facts(effort: &Effort, path: &PathFacts) -> TextResult<Vec<(&'static str, String)>> {
    Ok(vec![
        ("date", today()?),
        ("host", machine::host()),
        ("versions", machine::versions(&mailer_backends::VERSIONS)),
        ("rounds", effort.rounds.to_string()),
        ("the kernel's path", path.to_string()),
    ])
}

impl Section {
    fn new(answered: Answered) -> Self {
        let titles = answered.question.trials.into_iter().map(|trial| trial.title);
        let tables = answered.comparisons.iter().map(|compared| table(compared));
        let (title, about) = (answered.question.title, answered.question.about);
        Self { title, about, tables: titles.zip(tables).collect() }
    }
}

/// The error of the kernel's path itself.
pub(crate) struct PathFacts {
    /// How late packets were delivered.
    pub(crate) late: Vec<Duration>,
    /// The number of retransmitted packets.
    pub(crate) retransmitted: u64,
}

impl fmt::Display for PathFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut seconds: Vec<f64> = self.late.iter().map(Duration::as_secs_f64).collect();
        seconds.sort_by(f64::total_cmp);
        let (count, last) = (seconds.len(), seconds.len().saturating_sub(1));
        let at = |percent: usize| seconds.get((count * percent / 100).min(last)).copied();
        let [median, worst] = [50, 99].map(|percent| time(at(percent).unwrap_or_default()));
        let retransmitted = self.retransmitted;
        write!(
            f,
            "packets were late by {median} in the median and by {worst} at 99 %; {retransmitted} were \
             retransmitted"
        )
    }
}

/// Returns the table of a trial.
pub(crate) fn table(compared: &[Compared]) -> MarkdownTable {
    MarkdownTable::new(COLUMNS, compared.iter().map(row).collect())
}

fn row(compared: &Compared) -> Vec<String> {
    let both = |of: Quartiles| [time(of.median), times(of.lower, of.upper)];
    let percent = |part: f64| format!("{:+.1} %", part * 100.0);
    let Quartiles { lower, median, upper } = compared.difference;
    let [kernel, kernel_quartiles] = both(compared.kernel);
    let [link, link_quartiles] = both(compared.link);
    vec![
        compared.name.clone(),
        kernel,
        kernel_quartiles,
        link,
        link_quartiles,
        percent(median),
        format!("{} to {}", percent(lower), percent(upper)),
        bytes(compared),
        round_trips(compared),
    ]
}

/// Returns the bytes that passed over the kernel's path, and by how many those of the link differ.
fn bytes(compared: &Compared) -> String {
    let LinkCounts { bytes_out, bytes_in, .. } = compared.on_kernel;
    let on_kernel = format!("{bytes_out} + {bytes_in}");
    if compared.counts != Counts::Nothing {
        return format!("{on_kernel}, the same");
    }
    let [out, back] = [
        signed_difference(compared.on_link.bytes_out, bytes_out),
        signed_difference(compared.on_link.bytes_in, bytes_in),
    ];
    format!("{on_kernel}, link {out} and {back}")
}

fn round_trips(compared: &Compared) -> String {
    let (kernel, link) = (compared.on_kernel.round_trips, compared.on_link.round_trips);
    match compared.counts {
        Counts::All => format!("{kernel}, the same"),
        Counts::Bytes | Counts::Nothing => format!("{kernel}, link {link}"),
    }
}

fn signed_difference(link: u64, kernel: u64) -> String {
    if link >= kernel { format!("+{}", link - kernel) } else { format!("-{}", kernel - link) }
}

#[cfg(test)]
mod tests {
    use mailer_reports::MeasuredLines;

    use super::*;
    use crate::{own_error, questions::questions};

    const MEASURED: MeasuredLines = MeasuredLines {
        lines: &["- date: ", "- host: ", "- versions: ", "- rounds: ", "- the kernel's path: "],
        tables: &["| microseconds ", "| MB/s", "| what | kernel's path "],
    };

    /// The page with synthetic results.
    fn page(effort: &Effort) -> String {
        let answered = questions(effort).into_iter().map(|question| {
            let comparisons = question.trials.iter().map(|_| vec![fixture(Counts::All)]).collect();
            Answered { question, comparisons }
        });
        let row = |columns: usize| vec![vec![String::new(); columns]];
        let own_error = [
            MarkdownTable::new(own_error::LATE, row(own_error::LATE.len())),
            MarkdownTable::new(own_error::RATES, row(own_error::RATES.len())),
        ];
        let facts = facts(effort, &PathFacts { late: Vec::new(), retransmitted: 0 }).unwrap();
        LinkPage::new(effort, facts, answered.collect(), own_error).text().unwrap()
    }

    fn fixture(counts: Counts) -> Compared {
        let quartiles =
            |median: f64| Quartiles { lower: median * 0.5, median, upper: median * 2.0 };
        let passed = |bytes_in| LinkCounts {
            connections: 1,
            flights: 2,
            round_trips: 3,
            bytes_out: 40,
            bytes_in,
        };
        let (on_kernel, on_link) = (passed(50), passed(48));
        let (kernel, link) = (quartiles(0.1), quartiles(0.102));
        let difference = quartiles(0.02);
        Compared { name: "a row".into(), kernel, link, difference, counts, on_kernel, on_link }
    }

    #[test]
    fn the_stored_page_is_up_to_date_except_for_results() {
        let stored = std::fs::read_to_string(mailer_reports::root().join(FILE)).unwrap();
        let effort = if stored.contains("--quick` run") { Effort::QUICK } else { Effort::FULL };
        MEASURED.check_stored(FILE, &page(&effort)).unwrap();
    }

    #[test]
    fn a_row_shows_which_counts_are_the_same() {
        let row = |counts| row(&fixture(counts)).join(" | ");
        let times =
            "a row | 100 ms | 50.0 to 200 ms | 102 ms | 51.0 to 204 ms | +2.0 % | +1.0 % to +4.0 %";
        assert_eq!(row(Counts::All), format!("{times} | 40 + 50, the same | 3, the same"));
        assert_eq!(row(Counts::Nothing), format!("{times} | 40 + 50, link +0 and -2 | 3, link 3"));
        assert!(table(&[fixture(Counts::Bytes)]).is_complete());
    }

    #[test]
    fn the_path_s_own_error_is_its_median_and_its_99th_percentile() {
        let late = (0..200).map(Duration::from_micros).collect();
        let expected =
            "packets were late by 100 µs in the median and by 198 µs at 99 %; 3 were retransmitted";
        assert_eq!(PathFacts { late, retransmitted: 3 }.to_string(), expected);
    }

    #[test]
    fn only_counts_that_have_to_be_the_same_are_a_problem() {
        assert!(fixture(Counts::All).problem().is_some_and(|text| text.contains("bytes_in: 48")));
        assert!(fixture(Counts::Bytes).problem().is_some());
        assert!(fixture(Counts::Nothing).problem().is_none());
    }
}
