//! A comparison as text for people: 100 columns at the most, and all there is to know also without
//! colour.

pub(super) mod columns;
pub(super) mod layout;
mod tables;

use mailer::{Content, Error, Receipt, Security};

use super::{Comparison, ContentDifference, InboxCheck, findings};
use crate::observation::Observation;
use layout::{Page, Paint, WIDTH};

/// Lines of a diff that are shown.
const MAX_DIFF_LINES: usize = 40;

/// The whole report. `colour` puts ANSI colours in; nothing but them depends on it.
#[must_use]
pub fn text(comparison: &Comparison, colour: bool) -> String {
    let mut page = Page::new(colour);
    head(&mut page, comparison);
    dialogues(&mut page, comparison);
    page.title("Where the time went");
    tables::times(&mut page, &comparison.observations);
    page.title("On the wire");
    tables::counts(&mut page, &comparison.observations, comparison.mails);
    outcomes(&mut page, comparison);
    page.title("What the figures show");
    for (index, finding) in findings(comparison).iter().enumerate() {
        if index > 0 {
            page.blank();
        }
        page.paragraph("", finding);
    }
    page.finish()
}

fn head(page: &mut Page, comparison: &Comparison) {
    page.wrapped(Paint::Title, &title(comparison));
    page.blank();
    for (label, value) in facts(comparison) {
        page.paragraph(&format!("{label:<10}"), &value);
    }
}

/// Who sends.
pub(super) fn title(comparison: &Comparison) -> String {
    let names: Vec<String> = comparison.observations.iter().map(Observation::title).collect();
    let mails = match comparison.mails {
        1 => "One mail".into(),
        mails => format!("{mails} mails over one connection"),
    };
    format!("{mails} through {}", names.join(", "))
}

/// What stands in the head: label and value.
pub(super) fn facts(comparison: &Comparison) -> Vec<(String, String)> {
    let facts = [
        ("server", comparison.server.clone()),
        ("security", security(comparison.security).into()),
        ("mail", mail(comparison)),
    ];
    let facts = facts.map(|(label, value)| (label.to_owned(), value));
    facts.into_iter().chain(comparison.notes.iter().cloned()).collect()
}

/// What became of the mail, and what was stored.
pub(super) fn outcomes(page: &mut Page, comparison: &Comparison) {
    page.title("What became of the mail");
    comparison.observations.iter().for_each(|observation| outcome(page, observation));
    page.title("What the server stored");
    stored(page, &comparison.stored);
}

fn security(security: Security) -> &'static str {
    match security {
        Security::Required => "STARTTLS, required",
        Security::Implicit => "TLS from the first byte",
        Security::Opportunistic => "STARTTLS if the server offers it",
        Security::None => "none, everything in the clear",
    }
}

fn mail(comparison: &Comparison) -> String {
    let Comparison { mail, mails, .. } = comparison;
    let envelope = mail.envelope();
    let sender = envelope.sender().map_or("<>", |sender| sender.as_str());
    let to = match envelope.recipients() {
        [first] => first.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => String::new(),
    };
    let content = match mail.content() {
        Content::Draft(_) => "a draft, which each renders its own way".into(),
        Content::Message(message) => format!("a finished message of {} octets", message.size()),
    };
    let often = if *mails == 1 { String::new() } else { format!(", {mails} times") };
    format!("from {sender} to {to}: {content}{often}")
}

/// As many side by side as fit; further ones below, in the same form.
fn dialogues(page: &mut Page, comparison: &Comparison) {
    let observations = comparison.observations.iter();
    let shown: Vec<&Observation> =
        observations.filter(|observation| !observation.measured_only).collect();
    page.title("What was said");
    page.paragraph(
        "",
        "C: the client, S: the server; in milliseconds since the start, when a step began, and of \
         greeting and TLS when they were there.",
    );
    for observations in shown.chunks(columns::MAX_COLUMNS) {
        page.blank();
        columns::dialogue(page, observations, comparison.mails);
    }
}

fn outcome(page: &mut Page, observation: &Observation) {
    let receipts: Vec<&Receipt> = observation.receipts().collect();
    let mut label = observation.title();
    let mut first = 1;
    let why = |receipt: &Receipt| receipt.error.as_ref().map(Error::to_string);
    for alike in receipts.chunk_by(|a, b| (a.outcome, why(a)) == (b.outcome, why(b))) {
        let Some(last) = alike.last() else { continue };
        let which = match (receipts.len(), alike.len()) {
            (1, _) => String::new(),
            (_, 1) => format!("mail {first}: "),
            (_, count) => format!("mails {first} to {}: ", first + count - 1),
        };
        first += alike.len();
        let reply = last.reply.as_ref().map(|reply| match alike.len() {
            1 => format!("; the server said: {reply}"),
            _ => format!("; the server said at the last: {reply}"),
        });
        let outcome = last.outcome.name().replace('_', " ");
        let label = format!("{:<20}", std::mem::take(&mut label));
        page.paragraph(&label, &format!("{which}{outcome}{}", reply.unwrap_or_default()));
        errors(page, last.error.iter());
    }
    errors(page, observation.closing.iter());
}

fn errors<'a>(page: &mut Page, errors: impl Iterator<Item = &'a Error>) {
    for error in errors {
        page.paragraph("  error   ", &error.to_string());
        let cause = error.cause().unwrap_or_default();
        for (index, line) in cause.lines().enumerate() {
            page.paragraph(if index == 0 { "  cause   " } else { "          " }, line);
        }
        error.hint().iter().for_each(|hint| page.paragraph("  advice  ", hint));
    }
}

fn stored(page: &mut Page, stored: &InboxCheck) {
    match stored {
        InboxCheck::Unknown => page.paragraph("", "Not known: only the embedded server can tell."),
        InboxCheck::Equal { octets, backends, mails } => {
            let from = if *backends == 1 { "what was given" } else { "the same from each" };
            let often = if mails > backends { format!("{mails} mails of ") } else { String::new() };
            page.paragraph("", &format!("{often}{octets} octets, {from}."));
        }
        InboxCheck::Miscounted(miscounts) => {
            miscounts.iter().for_each(|one| page.paragraph("", &format!("{one}.")));
        }
        InboxCheck::Differs(differences) => differences.iter().for_each(|d| difference(page, d)),
    }
}

fn difference(page: &mut Page, difference: &ContentDifference) {
    let ContentDifference { reference, backends, mails, longer, diff, .. } = difference;
    let size = match longer {
        0 => "as long".into(),
        1.. => format!("{longer} octets longer"),
        _ => format!("{} octets shorter", longer.unsigned_abs()),
    };
    let against = if reference == "given" { "what was given" } else { reference };
    let often = if *mails > backends.len() { format!(" in {mails} mails") } else { String::new() };
    let backends = backends.join(", ");
    page.paragraph("", &format!("{backends}{often}: not the same as {against}, {size}."));
    for line in diff.lines().take(MAX_DIFF_LINES) {
        let paint = match line.as_bytes().first() {
            Some(b'+') => Paint::Server,
            Some(b'-') => Paint::Client,
            _ => Paint::Plain,
        };
        layout::wrap(line, WIDTH - 2, 4).iter().for_each(|part| {
            page.painted(paint, &format!("  {part}"));
        });
    }
    let more = diff.lines().count().saturating_sub(MAX_DIFF_LINES);
    if more > 0 {
        page.painted(Paint::Dim, &format!("  ... {more} more lines"));
    }
}

#[cfg(test)]
mod tests;
