//! The outcome of each mail, and what the server stored.

use mailer::{Error, Receipt};

use super::layout::{CLIENT, DIM, Format, PLAIN, SERVER, TextWriter, wrap};
use crate::{
    comparison::Comparison,
    inbox_check::{ContentDifference, InboxCheck},
    observation::Observation,
};

/// Lines of a diff that are shown.
const MAX_DIFF_LINES: usize = 40;

/// Returns the outcomes as plain text.
pub(crate) fn outcomes_text(comparison: &Comparison) -> String {
    let mut page = TextWriter::new(Format::default());
    comparison.observations.iter().for_each(|observation| outcome(&mut page, observation));
    page.finish().trim_start().to_owned()
}

/// Writes the outcome of each mail, and what the server stored.
pub(super) fn outcomes(page: &mut TextWriter, comparison: &Comparison) {
    page.title("Outcome");
    comparison.observations.iter().for_each(|observation| outcome(page, observation));
    page.title("Stored by the server");
    stored(page, &comparison.inbox);
}

fn outcome(page: &mut TextWriter, observation: &Observation) {
    let receipts: Vec<&Receipt> = observation.receipts().collect();
    let mut label = observation.title();
    let mut first = 1;
    let error = |receipt: &Receipt| receipt.error.as_ref().map(Error::to_string);
    for alike in receipts.chunk_by(|a, b| (a.outcome, error(a)) == (b.outcome, error(b))) {
        let Some(last) = alike.last() else { continue };
        let which = match (receipts.len(), alike.len()) {
            (1, _) => String::new(),
            (_, 1) => format!("message {first}: "),
            (_, count) => format!("messages {first} to {}: ", first + count - 1),
        };
        first += alike.len();
        let reply = last.reply.as_ref().map(|reply| match alike.len() {
            1 => format!("; the server replied: {reply}"),
            _ => format!("; the server's last reply: {reply}"),
        });
        let outcome = last.outcome.name().replace('_', " ");
        let label = format!("{:<20}", std::mem::take(&mut label));
        page.paragraph(&label, &format!("{which}{outcome}{}", reply.unwrap_or_default()));
        errors(page, last.error.iter());
    }
    errors(page, observation.closing.iter());
}

fn errors<'a>(page: &mut TextWriter, errors: impl Iterator<Item = &'a Error>) {
    for error in errors {
        page.paragraph("  error   ", &error.to_string());
        let cause = error.cause().unwrap_or_default();
        for (index, line) in cause.lines().enumerate() {
            page.paragraph(if index == 0 { "  cause   " } else { "          " }, line);
        }
        error.hint().iter().for_each(|hint| page.paragraph("  hint    ", hint));
    }
}

fn stored(page: &mut TextWriter, inbox: &InboxCheck) {
    match inbox {
        InboxCheck::Differs(differences) => differences.iter().for_each(|d| difference(page, d)),
        _ => stored_sentences(inbox).iter().for_each(|sentence| page.paragraph("", sentence)),
    }
}

/// Returns what the server stored in sentences, one for each difference.
pub(crate) fn stored_sentences(inbox: &InboxCheck) -> Vec<String> {
    match inbox {
        InboxCheck::Unknown => vec![
            "The embedded server stored no message, or another server was used, whose inbox cannot be \
             read."
                .into(),
        ],
        InboxCheck::Equal { size, backends, mails } => {
            let from = if *backends == 1 { "the given message" } else { "the same from each" };
            let often =
                if mails > backends { format!("{mails} messages of ") } else { String::new() };
            vec![format!("{often}{size} bytes, {from}.")]
        }
        InboxCheck::Miscounted(miscounts) => miscounts.iter().map(|it| format!("{it}.")).collect(),
        InboxCheck::Differs(differences) => {
            differences.iter().map(|it| difference_sentence(it, &it.backends)).collect()
        }
    }
}

/// Returns which of the contenders' messages differ from the reference, and by how many bytes.
pub(crate) fn difference_sentence(difference: &ContentDifference, backends: &[String]) -> String {
    let ContentDifference { reference, mails, longer, .. } = difference;
    let size = match longer {
        0 => "as long".into(),
        1.. => format!("{longer} bytes longer"),
        _ => format!("{} bytes shorter", longer.unsigned_abs()),
    };
    let against = if reference == "given" { "the given message" } else { reference };
    let often =
        if *mails > backends.len() { format!(" in {mails} messages") } else { String::new() };
    let backends = backends.join(", ");
    format!("{backends}{often}: not the same as {against}, {size}.")
}

fn difference(page: &mut TextWriter, difference: &ContentDifference) {
    let diff = &difference.diff;
    page.paragraph("", &difference_sentence(difference, &difference.backends));
    for line in diff.lines().take(MAX_DIFF_LINES) {
        let style = match line.as_bytes().first() {
            Some(b'+') => SERVER,
            Some(b'-') => CLIENT,
            _ => PLAIN,
        };
        for part in wrap(line, page.width() - 2, 4) {
            page.line(style, &format!("  {part}"));
        }
    }
    let more = diff.lines().count().saturating_sub(MAX_DIFF_LINES);
    if more > 0 {
        page.line(DIM, &format!("  ... {more} more lines"));
    }
}
