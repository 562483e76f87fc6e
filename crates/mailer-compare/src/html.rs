//! A comparison as one page that needs nothing from elsewhere.
//!
//! Whatever a server or a mail says is text in it: the template escapes all that it is given.

mod chart;
mod dialogue;

use askama::Template;
use mailer_lab::page::Page;

use self::{chart::Chart, dialogue::Section};
use super::{
    Comparison, findings,
    tables::{self, ABOUT_COUNTS, ABOUT_TIMES, TIMES},
    text::{self, layout},
};
use crate::observation::Observation;

/// What the page shows.
const LEAD: &str = "The same message goes to the same server in several ways, side by side. Every byte, time and \
    count on this page comes from one run of one command.";

/// What this report adds to the style of the page.
const STYLE: &str = include_str!("../templates/compare.css");

#[derive(Template)]
#[template(path = "compare.html")]
struct Body {
    findings: Vec<Finding>,
    chart: Chart,
    speakers: Vec<String>,
    sections: Vec<Section>,
    times: Vec<Table>,
    about_times: [&'static str; 2],
    counts: Table,
    about_counts: &'static str,
    outcome: String,
    command: Option<String>,
}

/// A finding: a sentence, and the detail that is folded away.
struct Finding {
    summary: String,
    detail: String,
}

struct Table {
    title: String,
    head: Vec<String>,
    rows: Vec<(&'static str, Vec<String>)>,
}

/// The whole page.
#[must_use]
pub fn html(comparison: &Comparison) -> String {
    let all = &comparison.observations;
    let shown: Vec<&Observation> =
        all.iter().filter(|observation| !observation.measured_only).collect();
    let body = Body {
        findings: findings(comparison).into_iter().map(finding).collect(),
        chart: Chart::of(all),
        speakers: shown.iter().map(|observation| observation.title()).collect(),
        sections: dialogue::aligned(&shown, comparison.mails),
        times: all.iter().map(|observation| times(observation, all)).collect(),
        about_times: ABOUT_TIMES,
        counts: counts(all, comparison.mails),
        about_counts: ABOUT_COUNTS,
        outcome: outcome(comparison),
        command: None,
    };
    let body = body.render().expect("writing into a string does not fail");
    let (title, facts) = (text::title(comparison), text::facts(comparison));
    Page { title: &title, lead: LEAD, facts: &facts, style: STYLE, body: &body, script: None }
        .html()
}

/// The first sentence of a finding is its summary.
fn finding(text: String) -> Finding {
    match text.split_once(". ") {
        Some((summary, detail)) => {
            Finding { summary: format!("{summary}."), detail: detail.to_owned() }
        }
        None => Finding { summary: text, detail: String::new() },
    }
}

fn times(observation: &Observation, all: &[Observation]) -> Table {
    let rows = tables::times(observation, all);
    Table {
        title: observation.title(),
        head: TIMES.map(String::from).to_vec(),
        rows: rows.into_iter().map(|(label, cells)| (label, cells.to_vec())).collect(),
    }
}

/// A column for each.
fn counts(all: &[Observation], mails: usize) -> Table {
    let columns: Vec<_> =
        all.iter().map(|observation| tables::counts(observation, mails)).collect();
    let labels = columns.first().into_iter().flatten().map(|(label, _)| *label).enumerate();
    let row = |(index, label)| {
        let cells = columns.iter().filter_map(|column| column.get(index));
        (label, cells.flat_map(|(_, cells): &tables::Row<1>| cells.clone()).collect())
    };
    let head = all.iter().map(Observation::title).collect();
    Table { title: String::new(), head, rows: labels.map(row).collect() }
}

fn outcome(comparison: &Comparison) -> String {
    let mut page = layout::Page::new(false);
    text::outcomes(&mut page, comparison);
    page.finish().trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use mailer::{Error, Kind, Receipt, Reply, Step};

    use super::*;
    use crate::{fixtures, fixtures::comparison};

    #[test]
    fn it_stands_alone_and_takes_no_markup_from_the_server() {
        let mut evil = fixtures::stalled("<b>evil</b>", 41_000);
        let reply = Reply::new(550, "<script>alert(1)</script>\n\"quoted\" \u{1b}[2J & more");
        let kind = crate::recorder::EventKind::Received { step: Step::Mail, reply: reply.clone() };
        evil.events
            .insert(12, crate::recorder::RecordedEvent { at: evil.started, kind, source: None });
        evil.receipt = Receipt::not_sent(Error::new(Kind::Refused, "refused").with_reply(reply));
        let page = html(&comparison(vec![fixtures::pipelined("raw"), evil]));
        for markup in ["<script", "<b>", "http:", "https:", "src=", "url(", "\u{1b}"] {
            assert!(!page.contains(markup), "{markup}");
        }
        assert!(page.contains("550-&#60;script&#62;alert(1)&#60;/script&#62;"), "{page}");
        assert!(page.contains("\\u{1b}[2J &#38; more"), "{page}");
    }

    #[test]
    fn it_has_the_same_figures_as_the_text() {
        let both =
            comparison(vec![fixtures::observation("raw"), fixtures::stalled("lettre", 41_000)]);
        let page = html(&both);
        for part in
            ["41.15", "C: RCPT TO:&#60;bob@example.test&#62;", "<th scope=\"row\">round trips</th>"]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("lettre stood still for 41.02 of its 44.06 ms"));
        assert_eq!(
            page.matches("<rect class=\"stall\"").count(),
            2,
            "one in the chart, and its key"
        );
    }
}
