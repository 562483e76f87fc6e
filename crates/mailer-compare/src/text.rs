//! A comparison as text for a terminal of any width. Everything is readable without colour too.

mod dialogue;
pub mod layout;
mod outcome;
mod tables;

use mailer::{Content, Security};

pub use layout::Format;

pub(crate) use outcome::{difference_sentence, outcomes_text, stored_sentences};

use self::layout::{TITLE, TextWriter};
use crate::{
    comparison::Comparison,
    findings::findings,
    observation::Observation,
    tables::{about_counting, about_dialogue},
    verdict::verdict,
};

/// Returns the report of a comparison. Its first lines say which contender took longer, and why.
#[must_use]
pub fn text(comparison: &Comparison, format: Format) -> String {
    let mut page = TextWriter::new(format);
    head(&mut page, comparison);
    summary(&mut page, comparison);
    page.title("Findings");
    for finding in findings(comparison) {
        page.paragraph("- ", &finding);
    }
    page.title("Where the time went");
    tables::times(&mut page, &comparison.observations);
    dialogues(&mut page, comparison);
    page.title("On the wire");
    tables::counts(&mut page, &comparison.observations, comparison.mails);
    outcome::outcomes(&mut page, comparison);
    page.finish()
}

fn head(page: &mut TextWriter, comparison: &Comparison) {
    page.wrapped(TITLE, &title(comparison));
    page.blank();
    for (label, value) in facts(comparison) {
        page.paragraph(&format!("{label:<10}"), &value);
    }
}

fn summary(page: &mut TextWriter, comparison: &Comparison) {
    page.title("Summary");
    if let Some(verdict) = verdict(comparison) {
        page.paragraph("", &verdict);
    }
    tables::summary(page, comparison);
    if let Some(about) = about_counting(comparison) {
        page.paragraph("", &about);
    }
}

/// Returns the title of the report: what is sent, and by which contenders.
pub(crate) fn title(comparison: &Comparison) -> String {
    let names: Vec<String> = comparison.observations.iter().map(Observation::title).collect();
    let mails = match comparison.mails {
        1 => "One message".into(),
        mails => format!("{mails} messages over one connection"),
    };
    format!("{mails} through {}", names.join(", "))
}

/// Returns the facts in the head: label and value.
pub(crate) fn facts(comparison: &Comparison) -> Vec<(String, String)> {
    let facts = [
        ("server", comparison.server.clone()),
        ("security", security(comparison.security).into()),
        ("message", message(comparison)),
    ];
    let facts = facts.map(|(label, value)| (label.to_owned(), value));
    facts.into_iter().chain(comparison.notes.iter().cloned()).collect()
}

fn security(security: Security) -> &'static str {
    match security {
        Security::Required => "STARTTLS, required",
        Security::Implicit => "TLS from the first byte",
        Security::Opportunistic => "STARTTLS if the server offers it",
        Security::None => "none, everything in the clear",
    }
}

fn message(comparison: &Comparison) -> String {
    let Comparison { mail, mails, .. } = comparison;
    let envelope = mail.envelope();
    let sender = envelope.sender().map_or("<>", |sender| sender.as_str());
    let to = match envelope.recipients() {
        [first] => first.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => String::new(),
    };
    let content = match mail.content() {
        Content::Draft(_) => "a draft".into(),
        Content::Message(message) => format!("a prepared message of {} bytes", message.size()),
    };
    let often = if *mails == 1 { String::new() } else { format!(", {mails} times") };
    format!("{content} from {sender} to {to}{often}")
}

fn dialogues(page: &mut TextWriter, comparison: &Comparison) {
    let shown: Vec<&Observation> = comparison.shown().collect();
    page.title("Dialogue");
    page.paragraph("", &about_dialogue(&shown));
    dialogue::dialogues(page, &shown, comparison.mails);
}

#[cfg(test)]
mod tests;
