//! The page.

use std::{fmt, time::Duration};

use askama::Template;
use mailer_bench::{
    report::units::{time, times},
    statistics::Quartiles,
};
use mailer_benches::{page::today, table::Table};
use mailer_lab::machine;
use mailer_link::LinkCounts;

use crate::{
    Answered, Outcome,
    comparison::Compared,
    questions::{Counts, Pace},
};

/// What is written.
pub(crate) const FILE: &str = "docs/link.md";
/// What writes it.
const COMMAND: &str = "cargo run --release -p mailer-benches --example wire";

const COLUMNS: [&str; 9] = [
    "what",
    "kernel's path",
    "half of the rounds",
    "link",
    "half of the rounds",
    "the link's difference",
    "half of the rounds",
    "octets out + in",
    "round trips",
];

#[derive(Template)]
#[template(path = "link.txt", escape = "none")]
pub(crate) struct Page {
    command: &'static str,
    is_quick: bool,
    facts: Vec<(&'static str, String)>,
    sections: Vec<Section>,
    late: Table,
    rates: Table,
}

/// A question and its tables.
struct Section {
    title: &'static str,
    about: &'static str,
    tables: Vec<(String, Table)>,
}

impl Page {
    pub(crate) fn of(
        pace: &Pace,
        answered: Vec<Answered>,
        path: &PathFacts,
        [own_late, own_rates]: [Table; 2],
    ) -> Outcome<Self> {
        let facts = vec![
            ("date", today()?),
            ("host", machine::host()),
            ("versions", machine::versions(&mailer_backends::VERSIONS)),
            ("rounds", pace.rounds.to_string()),
            ("the kernel's path", path.to_string()),
        ];
        Ok(Self {
            command: COMMAND,
            is_quick: pace.is_quick,
            facts,
            sections: answered.into_iter().map(Section::of).collect(),
            late: own_late,
            rates: own_rates,
        })
    }

    pub(crate) fn text(&self) -> Outcome<String> {
        self.render().map_err(|error| error.to_string())
    }
}

impl Section {
    fn of(answered: Answered) -> Self {
        let titles = answered.question.trials.into_iter().map(|trial| trial.title);
        let tables = answered.outcomes.iter().map(|outcomes| table(outcomes));
        let (title, about) = (answered.question.title, answered.question.about);
        Self { title, about, tables: titles.zip(tables).collect() }
    }
}

/// What the kernel's path tells of itself: the reference's own error.
pub(crate) struct PathFacts {
    /// How much later than due packets came that were waited for.
    pub(crate) late: Vec<Duration>,
    /// How many were sent again.
    pub(crate) again: u64,
}

impl fmt::Display for PathFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut seconds: Vec<f64> = self.late.iter().map(Duration::as_secs_f64).collect();
        seconds.sort_by(f64::total_cmp);
        let (count, last) = (seconds.len(), seconds.len().saturating_sub(1));
        let at = |percent: usize| seconds.get((count * percent / 100).min(last)).copied();
        let [middle, worst] = [50, 99].map(|percent| time(at(percent).unwrap_or_default()));
        let again = self.again;
        write!(f, "packets late by {middle} in the median, by {worst} at 99 %; {again} sent again")
    }
}

/// What came out of a trial.
pub(crate) fn table(compared: &[Compared]) -> Table {
    Table::new(COLUMNS, compared.iter().map(row).collect())
}

fn row(compared: &Compared) -> Vec<String> {
    let both = |of: Quartiles| [time(of.median), times(of.lower, of.upper)];
    let percent = |part: f64| format!("{:+.1} %", part * 100.0);
    let Quartiles { lower, median, upper } = compared.difference;
    let [kernel, kernel_range] = both(compared.kernel);
    let [link, link_range] = both(compared.link);
    vec![
        compared.name.clone(),
        kernel,
        kernel_range,
        link,
        link_range,
        percent(median),
        format!("{} to {}", percent(lower), percent(upper)),
        octets(compared),
        round_trips(compared),
    ]
}

/// What passed over the kernel's path, and by how much the link's figures are others.
fn octets(compared: &Compared) -> String {
    let LinkCounts { bytes_out, bytes_in, .. } = compared.on_kernel;
    let said = format!("{bytes_out} + {bytes_in}");
    if compared.counts != Counts::Nothing {
        return format!("{said}, the same");
    }
    let [out, back] = [
        signed(compared.on_link.bytes_out, bytes_out),
        signed(compared.on_link.bytes_in, bytes_in),
    ];
    format!("{said}, link {out} and {back}")
}

fn round_trips(compared: &Compared) -> String {
    let (kernel, link) = (compared.on_kernel.round_trips, compared.on_link.round_trips);
    match compared.counts {
        Counts::All => format!("{kernel}, the same"),
        Counts::Octets | Counts::Nothing => format!("{kernel}, link {link}"),
    }
}

fn signed(link: u64, kernel: u64) -> String {
    if link >= kernel { format!("+{}", link - kernel) } else { format!("-{}", kernel - link) }
}

#[cfg(test)]
mod page_test;
