//! What became of the mails that another program was to send.

use std::collections::{BTreeMap, VecDeque};

use mailer::{Error, Mail, Outcome, Receipt, Reply, Step};

use crate::recorder::{EventKind, RecordedEvent};

/// The receipts that a backend would have given, from what was said, one at least; `failure` is for
/// where nothing that was said tells why.
pub(super) fn receipts(
    events: &[RecordedEvent],
    mail: &Mail,
    failure: impl Fn() -> Error,
) -> Vec<Receipt> {
    let mails = mail_by_mail(events);
    mails.iter().map(|events| receipt(events, mail, &failure)).collect()
}

/// The events of each mail: from its MAIL on, with the replies to what was said of it. What comes
/// before the first belongs to that.
fn mail_by_mail(events: &[RecordedEvent]) -> Vec<Vec<RecordedEvent>> {
    let mut mails = vec![Vec::new()];
    let mut has_begun = false;
    // Which mail the next reply to a step belongs to: replies come in the order of what they answer.
    let mut asked: BTreeMap<Step, VecDeque<usize>> = BTreeMap::new();
    for event in events {
        let last = mails.len() - 1;
        let place = match &event.kind {
            EventKind::Sent { step: Step::Mail, .. } if std::mem::replace(&mut has_begun, true) => {
                mails.push(Vec::new());
                last + 1
            }
            EventKind::Received { step, .. } => {
                asked.get_mut(step).and_then(VecDeque::pop_front).unwrap_or(last)
            }
            _ => last,
        };
        match &event.kind {
            EventKind::Content { .. } => asked.entry(Step::EndOfData).or_default().push_back(place),
            // The dot stands behind a content that has been told.
            EventKind::Sent { step: Step::EndOfData, .. } => {}
            EventKind::Sent { step, .. } => asked.entry(*step).or_default().push_back(place),
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

/// A mail that was taken, for those that were not refused.
fn judge(recipients: &[Option<Reply>]) -> (Outcome, Option<Error>) {
    let refused = recipients.iter().flatten().find(|reply| !reply.is_positive());
    match refused {
        Some(reply) => (Outcome::Partial, Some(Error::refused(Step::Recipient, reply.clone()))),
        None => (Outcome::Accepted, None),
    }
}

/// What the server refused last.
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
    fn what_was_said_tells_what_became_of_it() {
        let whole = receipt_of(&fixtures::observation("other").events);
        assert_eq!((whole.outcome, whole.recipients.len()), (Outcome::Accepted, 1));
        assert_eq!(receipt_of(&without(Step::EndOfData)).outcome, Outcome::Unknown);
        let nothing = receipt_of(&without(Step::Mail));
        assert_eq!(nothing.outcome, Outcome::NotSent);
        assert_eq!(nothing.error.map(|error| error.kind()), Some(Kind::Configuration));
    }

    #[test]
    fn each_mail_has_the_replies_to_what_was_said_of_it() {
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
        // Also where all was said before anything was answered.
        events.sort_by_key(|event| matches!(event.kind, EventKind::Received { .. }));
        assert_eq!(outcomes(&events), [Outcome::Accepted, Outcome::Rejected]);
        assert_eq!(outcomes(&[]), [Outcome::NotSent]);
    }

    #[test]
    fn a_refusal_is_the_servers() {
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
