//! A comparison as one page that needs nothing from elsewhere.
//!
//! What a server or a mail contains is text in it: the template escapes everything that it inserts.

mod annotated;
mod code;
mod dialogue;
mod ladder;
mod line;
mod numbers;
mod picture;
mod records;
mod sequence;
mod stored;

use askama::Template;
use mailer::Step;
use mailer_lab::page::{Document, Page, Script};
use mailer_link::Path;
use mailer_notes::{TurningPoint, why};

pub use self::code::{CodeLine, SourceCode};
pub(crate) use self::picture::{divided, label};
use self::{
    dialogue::Section,
    ladder::Way,
    picture::{Axis, Side},
    sequence::PhaseRow,
    stored::Stored,
};
use crate::{
    comparison::Comparison,
    findings::findings,
    json,
    observation::Observation,
    page_data::PageData,
    recordings::{Dimension, PASSES, RECORDING_RTT, Recordings},
    tables::{self, ABOUT_COUNTS, ABOUT_TIMES, TIMES, about_counting},
    text,
    time_format::milliseconds,
    verdict::verdict,
};

/// What the page shows.
const LEAD: &str = "The same message goes to the same server in several ways, side by side. Every byte and \
    count on this page was observed in one run of one command; the pictures compute times from what it measured.";

/// What this report adds to the style of the page.
const STYLE: &str = include_str!("../templates/compare.css");

/// What recomputes the pictures in the browser.
const SCRIPT: &str = include_str!("../templates/compare.js");

#[derive(Template)]
#[template(path = "compare.html")]
struct Body {
    findings: Vec<Finding>,
    rtt: f64,
    sides: Vec<Side>,
    axis: Axis,
    phases: Vec<PhaseRow>,
    choices: Vec<Choice>,
    zooms: [(&'static str, &'static str); 4],
    /// Whether the pictures show the sessions of the comparison itself.
    is_of_run: bool,
    recording_rtt: u128,
    passes: usize,
    ways: Vec<Way>,
    thesis: String,
    speakers: Vec<SpeakerHead>,
    sections: Vec<Section>,
    times: Vec<Table>,
    about_times: [&'static str; 2],
    counts: Table,
    about_counts: &'static str,
    outcome: String,
    stored: Stored,
    command: String,
}

/// The head of a column of the dialogue.
struct SpeakerHead {
    title: String,
    /// The call of this project that makes the library do all of it.
    call: Option<CodeLine>,
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

/// A setting that a reader can change.
struct Choice {
    name: &'static str,
    label: &'static str,
    /// The side that has it, where not all have it.
    only: Option<String>,
    values: Vec<ChoiceValue>,
}

struct ChoiceValue {
    value: String,
    is_shown: bool,
}

/// The milliseconds of the axis that a reader can zoom to; all of it without any.
const ZOOMS: [(&str, &str); 4] = [("", "all"), ("5", "5 ms"), ("20", "20 ms"), ("100", "100 ms")];

/// What a page shows besides the comparison itself.
#[derive(Debug)]
pub struct Context<'a> {
    /// What the pictures are recomputed from.
    pub recordings: &'a Recordings,
    /// The path that the comparison ran over.
    pub path: Path,
    /// The command line that makes the page.
    pub command: &'a str,
    /// Label and value of what else is in the head: date, host, versions.
    pub facts: &'a [(String, String)],
    /// The source code of the backends.
    pub code: SourceCode<'a>,
}

/// Returns the whole page.
#[must_use]
pub fn html(comparison: &Comparison, context: &Context<'_>) -> String {
    let &Context { recordings, path, command, facts, ref code } = context;
    let all = &comparison.observations;
    let shown: Vec<&Observation> = comparison.shown().collect();
    let findings = verdict(comparison).into_iter().chain(findings(comparison));
    let findings = findings.chain(about_counting(comparison)).map(finding);
    let rtt = milliseconds(path.round_trip);
    let sides = picture::sides(recordings, rtt);
    let body = Body {
        rtt,
        axis: Axis::new(recordings, rtt),
        phases: sequence::phases(&sides),
        sides,
        choices: choices(recordings),
        zooms: ZOOMS,
        is_of_run: is_of_run(recordings),
        recording_rtt: RECORDING_RTT.as_millis(),
        passes: PASSES,
        ways: ladder::ways(recordings, rtt),
        thesis: ladder::thesis(recordings),
        findings: findings.chain(second_ehlo(&shown)).collect(),
        speakers: shown.iter().map(|observation| speaker(observation, code)).collect(),
        sections: dialogue::aligned(&shown, comparison.mails, code),
        times: all.iter().map(|observation| times(observation, all)).collect(),
        about_times: ABOUT_TIMES,
        counts: counts(all, comparison.mails),
        about_counts: ABOUT_COUNTS,
        outcome: text::outcomes_text(comparison),
        stored: Stored::new(comparison),
        command: command.to_owned(),
    };
    let body = body.render().expect("writing into a string does not fail");
    let title = text::title(comparison);
    let facts = [facts, &text::facts(comparison)].concat();
    let document = serde_json::to_string(&json::document(comparison, command));
    let document = document.expect("the document has no keys but strings");
    let page = Page {
        title: &title,
        lead: LEAD,
        facts: &facts,
        style: STYLE,
        body: &body,
        document: Document::new("compare.json", &document),
        script: Some(Script::new(SCRIPT, &PageData::new(recordings, path).json())),
    };
    page.html()
}

fn is_of_run(recordings: &Recordings) -> bool {
    let mut sides = 0..recordings.sides.len();
    sides.all(|side| recordings.find(side, &recordings.shown).is_none_or(|it| it.is_of_run))
}

fn speaker(observation: &Observation, code: &SourceCode<'_>) -> SpeakerHead {
    SpeakerHead { title: observation.title(), call: code.call(&observation.backend) }
}

fn choices(recordings: &Recordings) -> Vec<Choice> {
    let choice = |dimension: &Dimension| {
        let shown = recordings.shown.get(dimension.name);
        let value =
            |value: &String| ChoiceValue { value: value.clone(), is_shown: shown == Some(value) };
        let only = match dimension.sides.as_slice() {
            [side] if recordings.sides.len() > 1 => recordings.sides.get(*side).cloned(),
            _ => None,
        };
        let values = dimension.values.iter().map(value).collect();
        Choice { name: dimension.name, label: dimension.label, only, values }
    };
    recordings.dimensions.iter().map(choice).collect()
}

/// Explains why EHLO occurs twice. A learner asks that at the pictures, and the dialogue is far below.
fn second_ehlo(shown: &[&Observation]) -> Option<Finding> {
    let has_two = |side: &&Observation| side.dialogue().iter().any(|it| it.step == Step::EhloAgain);
    shown.iter().any(has_two).then(|| {
        let why = why(TurningPoint::SecondEhlo);
        Finding {
            summary: why.question.to_owned(),
            detail: format!("{} ({})", why.text, why.source),
        }
    })
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

/// Returns a table with a column for each contender.
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

#[cfg(test)]
mod tests {
    use mailer::{Error, Kind, Receipt, Reply};

    use super::*;
    use crate::fixtures::{self, comparison};

    fn page(comparison: &Comparison) -> String {
        let recordings = Recordings::from_observations(&comparison.observations);
        let context = Context {
            recordings: &recordings,
            path: Path::default(),
            command: "mailer compare --html",
            facts: &[],
            code: SourceCode::none(),
        };
        html(comparison, &context)
    }

    /// The page without the marks of tokens, which divide its lines.
    fn without_tokens(page: &str) -> String {
        let mut text = String::new();
        for (index, part) in page.split("<span class=\"t").enumerate() {
            let part = if index == 0 { part } else { part.split_once('>').unwrap().1 };
            text.push_str(&part.replace("</span>", ""));
        }
        text
    }

    #[test]
    fn the_page_loads_nothing_and_escapes_what_the_server_sent() {
        let mut evil = fixtures::stalled("<b>evil</b>", 41_000);
        let reply = Reply::new(550, "<script>alert(1)</script>\n\"quoted\" \u{1b}[2J & more");
        let kind = crate::recorder::EventKind::Received { step: Step::Mail, reply: reply.clone() };
        evil.events
            .insert(12, crate::recorder::RecordedEvent { at: evil.started, kind, source: None });
        evil.receipt = Receipt::not_sent(Error::new(Kind::Refused, "refused").with_reply(reply));
        let page = page(&comparison(vec![fixtures::pipelined("raw"), evil]));
        let (page, scripts) = page.split_once("<script").unwrap();
        assert!(!scripts.contains("<script>alert") && !scripts.contains("<b>"), "{scripts}");
        for markup in ["<b>", "http:", "https:", "src=", "url(", "\u{1b}"] {
            assert!(!page.contains(markup), "{markup}");
        }
        let text = without_tokens(page);
        assert!(text.contains("550-&#60;script&#62;alert(1)&#60;/script&#62;"), "{text}");
        assert!(text.contains("\\u{1b}[2J &#38; more"), "{text}");
    }

    #[test]
    fn the_second_ehlo_is_explained_next_to_the_pictures() {
        let question = "<summary>Why is there a second EHLO?</summary>";
        let above_dialogue = |observation: Observation| {
            let page = page(&comparison(vec![observation]));
            page.split_once("id=\"dialogue\"").unwrap().0.contains(question)
        };
        let session = fixtures::observation("raw");
        let mut clear = session.clone();
        clear.events.retain(|event| match event.kind {
            crate::recorder::EventKind::Sent { step, .. } => step != Step::EhloAgain,
            crate::recorder::EventKind::Received { step, .. } => step != Step::EhloAgain,
            _ => true,
        });
        assert_eq!((above_dialogue(session), above_dialogue(clear)), (true, false));
    }

    #[test]
    fn the_page_has_the_same_figures_as_the_text() {
        let both =
            comparison(vec![fixtures::observation("raw"), fixtures::stalled("lettre", 41_000)]);
        let page = without_tokens(&page(&both));
        for part in
            ["41.15", "C: RCPT TO:&#60;bob@example.test&#62;", "<th scope=\"row\">round trips</th>"]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("lettre stalled for 41.02 of its 44.06 ms"));
    }
}
