//! The report for people, no wider than a hundred columns.

mod remarks;
pub(super) mod table;
mod tables;

use std::fmt::Write as _;

use self::table::wrapped;
pub(super) use self::{remarks::remarks, tables::tables};
use super::units::{digits, time};
use crate::{
    load::{Limit, Pinning, Run, Work, figures},
    workload,
};
use mailer_link::Path;

/// The whole report; `notes` are lines of its head that the run does not know: versions, and the host.
#[must_use]
pub fn text(run: &Run, notes: &[(String, String)]) -> String {
    let figures = figures(run);
    let mut text = head(run, notes);
    for table in tables(run, &figures) {
        text.push('\n');
        text += &table.text();
    }
    let remarks = remarks(run, &figures);
    if !remarks.is_empty() {
        text.push('\n');
        remarks.iter().for_each(|remark| text += &wrapped("", remark));
    }
    text
}

/// One of what is done.
#[must_use]
pub(super) fn piece(run: &Run) -> &'static str {
    match run.plan.work {
        Work::Handshake => "handshake",
        _ => "mail",
    }
}

/// What was done, in a line.
#[must_use]
pub(super) fn title(run: &Run) -> String {
    let plan = &run.plan;
    let size = workload::size_name(plan.octets);
    let mails = format!("ails of {size} to {}", counted(plan.recipients.len(), "recipient"));
    let mut title = match plan.work {
        Work::Handshake => "Handshakes".to_owned(),
        Work::Throughput => format!("M{mails}"),
        Work::OnePerConnection => format!("M{mails}, one per connection"),
        Work::ColdStart => format!("First m{mails}, each by a fresh process"),
    };
    let _ = write!(title, ", {}", counted(plan.connections, "connection"));
    match plan.rate {
        Some(rate) => {
            let _ = write!(title, ", {} a second", digits(rate));
        }
        None => title += ", as fast as it goes",
    }
    title
}

/// The head of the report: label and value.
#[must_use]
pub(super) fn facts(run: &Run, notes: &[(String, String)]) -> Vec<(String, String)> {
    let plan = &run.plan;
    let whose = if run.embedded { ", embedded, in a process of its own" } else { "" };
    let security = match run.security {
        mailer::Security::Required => "STARTTLS, required",
        mailer::Security::Implicit => "TLS from the first byte",
        mailer::Security::Opportunistic => "STARTTLS, if it is offered",
        mailer::Security::None => "none",
    };
    let link = match plan.path {
        path if path == Path::default() => "none".to_owned(),
        path => format!("{path}, simulated"),
    };
    let mut facts = vec![
        ("server".to_owned(), format!("{}{whose}", run.server)),
        ("security".to_owned(), security.to_owned()),
        ("link".to_owned(), link),
        ("work".to_owned(), work(run)),
        ("cores".to_owned(), cores(run)),
    ];
    facts.extend_from_slice(notes);
    facts
}

fn head(run: &Run, notes: &[(String, String)]) -> String {
    let facts = facts(run, notes);
    let width = facts.iter().map(|(label, _)| label.len()).max().unwrap_or(0) + 2;
    let mut text = title(run) + "\n\n";
    for (label, value) in facts {
        text += &wrapped(&format!("{label:<width$}"), &value);
    }
    text
}

fn work(run: &Run) -> String {
    let plan = &run.plan;
    let much = match plan.limit {
        Limit::Mails(mails) => format!("{mails} {}s", piece(run)),
        Limit::Time(limit) => time(limit.as_secs_f64()),
    };
    let rounds = counted(plan.rounds as usize, "round");
    let warm_up = match plan.warm_up.as_secs_f64() {
        0.0 => "no warm-up".to_owned(),
        seconds => format!("{} of warm-up", time(seconds)),
    };
    format!("{much} each, in {rounds}, all taking turns; {warm_up}")
}

fn cores(run: &Run) -> String {
    let list =
        |cores: &[usize]| cores.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    if run.cores.client.is_empty() {
        return "not pinned".into();
    }
    let (client, server) = (list(&run.cores.client), list(&run.cores.server));
    match run.plan.pinning {
        Pinning::Together => format!("client and server both on {client}"),
        _ => format!("client on {client}, server on {server}"),
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::load::made_up::{crossed, entry, round, run};

    fn report() -> String {
        let mut slow = round(0, 10, 1.0);
        slow.crossed = Some(crossed(4.0, 10));
        let mut wrong = entry("a contender with a name longer than most", &[round(0, 1, 1.0)]);
        wrong.wrong = Some("2 mails were accepted and 1 stored".into());
        let run = run(vec![entry("raw (auto)", &[slow]), wrong]);
        text(&run, &[("host".into(), "2 cores ".repeat(20))])
    }

    #[test]
    fn it_is_no_wider_than_a_hundred_columns() {
        for line in report().lines() {
            assert!(line.width() <= 100, "{line}");
            assert_eq!(line, line.trim_end());
        }
    }

    #[test]
    fn it_says_what_was_measured_and_what_is_worth_nothing() {
        let report = report();
        for words in [
            "Mails of 1 KiB to 1 recipient, 1 connection, as fast as it goes",
            "raw (auto)     10.0  100 ms  100 to 100 ms  1.00  1.00 to 1.00",
            "has no figure: 2 mails were accepted and 1 stored.",
            "Foretold",
        ] {
            assert!(report.contains(words), "{words}\n{report}");
        }
    }
}
