//! What became of a mail that another program was to send.

use mailer::{Error, Mail, Outcome, Receipt, Reply, Step};

use crate::recorder::{Happened, Recorded};

/// The receipt that a backend would have given, from what was said; `failure` is for where nothing
/// that was said tells why.
pub(super) fn receipt(
    events: &[Recorded],
    mail: &Mail,
    failure: impl FnOnce() -> Error,
) -> Receipt {
    let replies_to = |wanted: Step| {
        events.iter().filter_map(move |event| match &event.what {
            Happened::Received { step, reply } if *step == wanted => Some(reply.clone()),
            _ => None,
        })
    };
    let offered = mail.envelope().recipients().len();
    let recipients: Vec<Option<Reply>> =
        replies_to(Step::Recipient).map(Some).take(offered).collect();
    let reply = replies_to(Step::EndOfData).next_back();
    let content_left = events.iter().any(|event| matches!(event.what, Happened::Content { .. }));
    let (outcome, error) = match &reply {
        Some(reply) if reply.is_positive() => judge(&recipients),
        Some(reply) => (Outcome::Rejected, Some(Error::refused(Step::EndOfData, reply.clone()))),
        None if content_left => (Outcome::Unknown, Some(Error::lost(Step::EndOfData))),
        None => match refusal(events) {
            Some(error) => (Outcome::Rejected, Some(error)),
            None => (Outcome::NotSent, Some(failure())),
        },
    };
    Receipt { outcome, recipients, reply, error, offered_again: false }
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
fn refusal(events: &[Recorded]) -> Option<Error> {
    events.iter().rev().find_map(|event| match &event.what {
        Happened::Received { step, reply } if reply.is_transient() || reply.is_permanent() => {
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
    use crate::{sample, session::made_up};

    fn receipt_of(events: &[Recorded]) -> Receipt {
        let id = "1@example.test".parse().unwrap();
        let mail = sample::mail(SystemTime::UNIX_EPOCH, id).unwrap();
        receipt(events, &mail, || Error::new(Kind::Configuration, "it did nothing"))
    }

    fn without(from: Step) -> Vec<Recorded> {
        let mut events = made_up::session("other").events;
        let reply = |event: &Recorded| matches!(event.what, Happened::Received { step, .. } if step == from);
        let at = events.iter().position(reply).unwrap();
        events.truncate(at);
        events
    }

    #[test]
    fn what_was_said_tells_what_became_of_it() {
        let whole = receipt_of(&made_up::session("other").events);
        assert_eq!((whole.outcome, whole.recipients.len()), (Outcome::Accepted, 1));
        assert_eq!(receipt_of(&without(Step::EndOfData)).outcome, Outcome::Unknown);
        let nothing = receipt_of(&without(Step::Mail));
        assert_eq!(nothing.outcome, Outcome::NotSent);
        assert_eq!(nothing.error.map(|error| error.kind()), Some(Kind::Configuration));
    }

    #[test]
    fn a_refusal_is_the_servers() {
        let mut events = without(Step::Recipient);
        let at = events[0].at;
        let what = Happened::Received { step: Step::Recipient, reply: Reply::new(550, "5.1.1 no") };
        events.push(Recorded { at, what, source: None });
        let refused = receipt_of(&events);
        assert_eq!(refused.outcome, Outcome::Rejected);
        assert_eq!(refused.error.and_then(|error| error.step()), Some(Step::Recipient));
    }
}
