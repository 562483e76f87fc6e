//! The report for terminals. Its tables have one line per row from about a hundred columns on.

mod ramp;
mod remarks;
mod tables;

use mailer::Security;
use mailer_link::Path;

pub use self::ramp::ramp_text;
pub(super) use self::{
    ramp::{ramp_facts, ramp_remarks, ramp_tables, ramp_title},
    remarks::remarks,
    tables::tables,
};
use super::{
    table::{TextTable, wrapped},
    units::{digits, time},
};
use crate::{
    cores::Pinning,
    load::{Limit, Plan, Run, figures},
    message::size_name,
    workload::Workload,
};

/// The greatest width of a report in columns: longer lines are hard to read.
const MAX_WIDTH: usize = 100;

/// Returns the whole report, at most `width` columns wide, or 100 if that is less. `notes` are facts that
/// are not part of the run: versions, and the host.
#[must_use]
pub fn text(run: &Run, notes: &[(String, String)], width: usize) -> String {
    let width = width.min(MAX_WIDTH);
    let figures = figures(run);
    let head = head(&title(run), &facts(run, notes), width);
    report(head, &tables(run, &figures), &remarks(run, &figures), width)
}

/// Returns the parts of a report, with an empty line before each.
fn report(head: String, tables: &[TextTable], remarks: &[String], width: usize) -> String {
    let mut text = head;
    for table in tables {
        text.push('\n');
        text += &table.text(width);
    }
    if !remarks.is_empty() {
        text.push('\n');
        remarks.iter().for_each(|remark| text += &wrapped("", remark, width));
    }
    text
}

/// Returns what was done, in one line.
#[must_use]
pub(super) fn title(run: &Run) -> String {
    let plan = &run.plan;
    let speed = match plan.rate {
        Some(rate) => format!("{} per second", digits(rate)),
        None => "as fast as possible".to_owned(),
    };
    format!("{}, {}, {speed}", subject(plan), counted(plan.connections, "connection"))
}

/// Returns what each contender did again and again.
fn subject(plan: &Plan) -> String {
    let size = size_name(plan.message_size);
    let recipients = match plan.recipients_in_turn {
        None => counted(plan.recipients.len(), "recipient"),
        Some(each) => format!("{each} of {} in turn", counted(plan.recipients.len(), "recipient")),
    };
    let messages = match plan.prepared.len() {
        0 => format!("Messages of {size} to {recipients}"),
        count => {
            let prepared = counted(count, "prepared message");
            format!("{prepared} in turn ({size} on average) to {recipients}")
        }
    };
    match plan.workload {
        Workload::Handshake => "Handshakes".to_owned(),
        Workload::Throughput => messages,
        Workload::OnePerConnection => format!("{messages}, one per connection"),
        Workload::ColdStart => format!("{messages}, each the first of a fresh process"),
    }
}

/// Returns the facts in the head of the report: label and value.
#[must_use]
pub(super) fn facts(run: &Run, notes: &[(String, String)]) -> Vec<(String, String)> {
    let plan = &run.plan;
    let kind = if run.embedded { ", embedded, in a process of its own" } else { "" };
    let security = match run.security {
        Security::Required => "STARTTLS, required",
        Security::Implicit => "implicit TLS",
        Security::Opportunistic => "STARTTLS, if it is offered",
        Security::None => "none",
    };
    let link = match plan.path {
        path if path == Path::default() => "none".to_owned(),
        path => format!("{path}, simulated"),
    };
    let mut facts = vec![
        ("server".to_owned(), format!("{}{kind}", run.server)),
        ("security".to_owned(), security.to_owned()),
        ("link".to_owned(), link),
        ("work".to_owned(), work(run)),
        ("cores".to_owned(), cores(run)),
    ];
    facts.extend_from_slice(notes);
    facts
}

fn head(title: &str, facts: &[(String, String)], width: usize) -> String {
    let label_width = facts.iter().map(|(label, _)| label.len()).max().unwrap_or(0) + 2;
    let mut text = wrapped("", title, width) + "\n";
    for (label, value) in facts {
        text += &wrapped(&format!("{label:<label_width$}"), value, width);
    }
    text
}

fn work(run: &Run) -> String {
    let plan = &run.plan;
    let limit = match plan.limit {
        Limit::Count(count) => format!("{count} {}s", plan.workload.unit()),
        Limit::Time(limit) => time(limit.as_secs_f64()),
    };
    let rounds = counted(plan.rounds as usize, "round");
    let warm_up = match plan.warm_up.as_secs_f64() {
        0.0 => "no warm-up".to_owned(),
        seconds => format!("{} of warm-up", time(seconds)),
    };
    format!("{limit} per contender, in {rounds}, taking turns; {warm_up}")
}

fn cores(run: &Run) -> String {
    let list =
        |cores: &[usize]| cores.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    if run.cores.client.is_empty() {
        return "not pinned".into();
    }
    let (client, server) = (list(&run.cores.client), list(&run.cores.server));
    match run.plan.pinning {
        Pinning::Shared => format!("client and server both on {client}"),
        _ => format!("client on {client}, server on {server}"),
    }
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::load::fixtures::{contender, link_sample, round, run};

    fn report(width: usize) -> String {
        let mut slow = round(0, 10, 1.0);
        slow.link_sample = Some(link_sample(4.0, 10));
        let mut invalid =
            contender("a contender with a name longer than most", &[round(0, 1, 1.0)]);
        invalid.invalid = Some("2 messages were accepted and 1 stored".into());
        let run = run(vec![contender("raw (auto)", &[slow]), invalid]);
        text(&run, &[("host".into(), "2 cores ".repeat(20))], width)
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_or_a_hundred_columns() {
        for (terminal, most) in [(80, 80), (100, 100), (200, 100)] {
            for line in report(terminal).lines() {
                assert!(line.width() <= most, "{line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }

    #[test]
    fn the_report_has_the_plan_the_figures_and_what_is_invalid() {
        let report = report(100);
        for words in [
            "Messages of 1 KiB to 1 recipient, 1 connection, as fast as possible",
            "100 ms  100 to 100 ms  1.00  1.00 to 1.00",
            "has no result: 2 messages were accepted and 1 stored.",
            "Predicted",
        ] {
            assert!(report.contains(words), "{words}\n{report}");
        }
    }
}
