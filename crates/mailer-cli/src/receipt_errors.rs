//! The lines on stderr about messages that were not accepted.

use mailer::{Address, Envelope, Error, Outcome, Receipt, Reply, Step};

use crate::output;

/// Returns the errors of a message. Refused recipients come first if the error is about a later step.
pub(crate) fn texts(envelope: &Envelope, receipt: &Receipt) -> Vec<String> {
    let Some(error) = &receipt.error else { return Vec::new() };
    let is_refusal = error.step() == Some(Step::Recipient) && error.reply().is_some();
    let is_later = receipt.judges_recipients() && !is_refusal;
    let refused = refused(envelope, receipt).filter(|_| is_later);
    let refused = refused.map(|(address, reply)| {
        format!("the server refused the recipient {address}; the server said: {reply}")
    });
    refused.chain([output::error_text(error)]).collect()
}

/// Returns the refused recipients, each with the server's reply.
pub(crate) fn refused<'a>(
    envelope: &'a Envelope,
    receipt: &'a Receipt,
) -> impl Iterator<Item = (&'a Address, &'a Reply)> {
    let replies = envelope.recipients().iter().zip(&receipt.recipients);
    let replies = replies.filter_map(|(address, reply)| Some((address, reply.as_ref()?)));
    replies.filter(|(_, reply)| !reply.is_positive())
}

/// Prints that the result could not be written, and the outcome of every message. The exit status stays that
/// of the messages, so that a script does not send them again because a disk is full.
pub(crate) fn result_not_written(
    cause: &Error,
    what: &str,
    outcomes: impl IntoIterator<Item = (Outcome, u64)>,
) {
    output::error(cause);
    output::note(&format!("mailer: the outcome of each {what}: {}", tally(outcomes)));
}

/// Returns the number of each outcome: `2 accepted, 1 not sent`.
fn tally(outcomes: impl IntoIterator<Item = (Outcome, u64)>) -> String {
    let outcomes: Vec<(Outcome, u64)> = outcomes.into_iter().collect();
    let count = |outcome: Outcome| -> u64 {
        outcomes.iter().filter(|(of, _)| *of == outcome).map(|(_, count)| count).sum()
    };
    let counts =
        Outcome::ALL.iter().map(|outcome| (count(*outcome), outcome.name().replace('_', " ")));
    let counts = counts.filter(|(count, _)| *count > 0);
    counts.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_recipient_is_named_if_the_error_is_about_another_step() {
        let recipients = ["a@example.com", "b@example.com"].map(|text| text.parse().unwrap());
        let envelope = Envelope::new(None, recipients.to_vec()).unwrap();
        let no = Reply::new(550, "5.1.1 no");
        let replies = vec![Some(no.clone()), None];
        let receipt = |error| Receipt::not_sent(error).with_recipients(replies.clone());
        let both = texts(&envelope, &receipt(Error::lost(Step::Recipient)));
        assert_eq!(both.len(), 2);
        assert!(both[0].contains("a@example.com") && both[0].ends_with("550 5.1.1 no"));
        for step in [Step::Mail, Step::Recipient] {
            let error = Error::refused(step, no.clone());
            assert_eq!(texts(&envelope, &receipt(error)).len(), 1, "{step}");
        }
    }

    #[test]
    fn outcomes_are_counted() {
        let outcomes = [(Outcome::Accepted, 1), (Outcome::NotSent, 1), (Outcome::Accepted, 2)];
        assert_eq!(tally(outcomes), "3 accepted, 1 not sent");
        assert_eq!(tally([(Outcome::Unknown, 0)]), "");
    }
}
