//! The receipts of the mails that an external client sent, judged by the dialogue.

use std::collections::{BTreeMap, VecDeque};

use mailer::{Error, Mail, Outcome, Receipt, Reply, Step};

use crate::recorder::{EventKind, RecordedEvent};

/// Returns the receipts that a backend would have returned: at least one. `failure` supplies the error
/// where the dialogue does not show any.
pub(super) fn receipts(
    events: &[RecordedEvent],
    mail: &Mail,
    failure: impl Fn() -> Error,
) -> Vec<Receipt> {
    let mails = mail_by_mail(events);
    mails.iter().map(|events| receipt(events, mail, &failure)).collect()
}

/// Divides the events by mail: from its MAIL on, with the replies to its commands. Events before the
/// first MAIL belong to the first mail.
fn mail_by_mail(events: &[RecordedEvent]) -> Vec<Vec<RecordedEvent>> {
    let mut mails = vec![Vec::new()];
    let mut has_mail = false;
    // The mails that replies to each step belong to, in the order of the commands.
    let mut replies_due: BTreeMap<Step, VecDeque<usize>> = BTreeMap::new();
    for event in events {
        let last = mails.len() - 1;
        let place = match &event.kind {
            EventKind::Sent { step: Step::Mail, .. } if std::mem::replace(&mut has_mail, true) => {
                mails.push(Vec::new());
                last + 1
            }
            EventKind::Received { step, .. } => {
                replies_due.get_mut(step).and_then(VecDeque::pop_front).unwrap_or(last)
            }
            _ => last,
        };
        match &event.kind {
            EventKind::Content { .. } => {
                replies_due.entry(Step::EndOfData).or_default().push_back(place);
            }
            // The dot follows content, for which the reply is already due.
            EventKind::Sent { step: Step::EndOfData, .. } => {}
            EventKind::Sent { step, .. } => replies_due.entry(*step).or_default().push_back(place),
            _ => {}
        }
        if let Some(mail) = mails.get_mut(place) {
            mail.push(event.clone());
        }
    }
    mails
}

fn receipt(events: &[RecordedEvent], mail: &Mail, failure: impl Fn() -> Error) -> Receipt {
    let replies_to = |wanted: Step| {
        events.iter().filter_map(move |event| match &event.kind {
            EventKind::Received { step, reply } if *step == wanted => Some(reply.clone()),
            _ => None,
        })
    };
    let offered = mail.envelope().recipients().len();
    let recipients: Vec<Option<Reply>> =
        replies_to(Step::Recipient).map(Some).take(offered).collect();
    let reply = replies_to(Step::EndOfData).next_back();
    let content_left = events.iter().any(|event| matches!(event.kind, EventKind::Content { .. }));
    let (outcome, error) = match &reply {
        Some(reply) if reply.is_positive() => judge(&recipients),
        Some(reply) => (Outcome::Rejected, Some(Error::refused(Step::EndOfData, reply.clone()))),
        None if content_left => (Outcome::Unknown, Some(Error::lost(Step::EndOfData).in_doubt())),
        None => match refusal(events) {
            Some(error) => (Outcome::Rejected, Some(error)),
            None => (Outcome::NotSent, Some(failure())),
        },
    };
    let mut receipt = Receipt::default().with_recipients(recipients);
    (receipt.outcome, receipt.reply, receipt.error) = (outcome, reply, error);
    receipt
}

/// The outcome of a mail that was accepted for the recipients that were not refused.
fn judge(recipients: &[Option<Reply>]) -> (Outcome, Option<Error>) {
    let refused = recipients.iter().flatten().find(|reply| !reply.is_positive());
    match refused {
        Some(reply) => (Outcome::Partial, Some(Error::refused(Step::Recipient, reply.clone()))),
        None => (Outcome::Accepted, None),
    }
}

/// Returns the server's last refusal.
fn refusal(events: &[RecordedEvent]) -> Option<Error> {
    events.iter().rev().find_map(|event| match &event.kind {
        EventKind::Received { step, reply } if reply.is_transient() || reply.is_permanent() => {
            Some(Error::refused(*step, reply.clone()))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use mailer::Kind;

    use super::*;
    use crate::fixtures;
    use mailer_lab::sample;

    fn receipt_of(events: &[RecordedEvent]) -> Receipt {
        let id = "1@example.test".parse().unwrap();
        let mail = sample::mail(SystemTime::UNIX_EPOCH, id).unwrap();
        receipt(events, &mail, || Error::new(Kind::Configuration, "it did nothing"))
    }

    fn without(from: Step) -> Vec<RecordedEvent> {
        let mut events = fixtures::observation("other").events;
        let reply = |event: &RecordedEvent| matches!(event.kind, EventKind::Received { step, .. } if step == from);
        let at = events.iter().position(reply).unwrap();
        events.truncate(at);
        events
    }

    #[test]
    fn the_dialogue_decides_the_outcome() {
        let whole = receipt_of(&fixtures::observation("other").events);
        assert_eq!((whole.outcome, whole.recipients.len()), (Outcome::Accepted, 1));
        assert_eq!(receipt_of(&without(Step::EndOfData)).outcome, Outcome::Unknown);
        let nothing = receipt_of(&without(Step::Mail));
        assert_eq!(nothing.outcome, Outcome::NotSent);
        assert_eq!(nothing.error.map(|error| error.kind()), Some(Kind::Configuration));
    }

    #[test]
    fn each_mail_has_the_replies_to_its_commands() {
        let mail = sample::mail(SystemTime::UNIX_EPOCH, "1@example.test".parse().unwrap()).unwrap();
        let mut events = fixtures::two_mails("other").events;
        let mut finals = events.iter_mut().filter_map(|event| match &mut event.kind {
            EventKind::Received { step: Step::EndOfData, reply } => Some(reply),
            _ => None,
        });
        *finals.nth(1).unwrap() = Reply::new(554, "5.7.1 not that one");
        let outcomes = |events: &[RecordedEvent]| -> Vec<Outcome> {
            let receipts = receipts(events, &mail, || Error::new(Kind::Configuration, "nothing"));
            receipts.iter().map(|receipt| receipt.outcome).collect()
        };
        assert_eq!(outcomes(&events), [Outcome::Accepted, Outcome::Rejected]);
        // Also if every command was sent before the first reply.
        events.sort_by_key(|event| matches!(event.kind, EventKind::Received { .. }));
        assert_eq!(outcomes(&events), [Outcome::Accepted, Outcome::Rejected]);
        assert_eq!(outcomes(&[]), [Outcome::NotSent]);
    }

    #[test]
    fn a_refused_recipient_rejects_the_mail() {
        let mut events = without(Step::Recipient);
        let at = events[0].at;
        let kind =
            EventKind::Received { step: Step::Recipient, reply: Reply::new(550, "5.1.1 no") };
        events.push(RecordedEvent { at, kind, source: None });
        let refused = receipt_of(&events);
        assert_eq!(refused.outcome, Outcome::Rejected);
        assert_eq!(refused.error.and_then(|error| error.step()), Some(Step::Recipient));
    }
}
