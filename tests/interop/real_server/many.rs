//! Many messages in a row: none is lost, duplicated or mixed up, even with refusals between them.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use mailer::{Event, Kind, Mail, Outcome, Receipt, Trace, What};
use mailer_backends::Flow;
use mailer_tests::mails;

use Special::{AllBadRecipients, Nothing, OneBadRecipient, TooLarge};

use super::{
    SIZE_LIMIT,
    arrival::{id_in, new_group},
    contender::Setup,
    sending::{assert_accepted, message_of},
};

/// The number of messages after the first, which opens the connection.
const FURTHER: usize = 5;

/// A property of a message, for which the server should refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Special {
    Nothing,
    OneBadRecipient,
    AllBadRecipients,
    TooLarge,
}

/// Twenty messages, with single refusals, adjacent refusals and a refusal at the end. They have few bad
/// recipients, because servers delay clients with many.
const STREAM: [Special; 20] = [
    Nothing,
    Nothing,
    AllBadRecipients,
    Nothing,
    OneBadRecipient,
    Nothing,
    Nothing,
    TooLarge,
    Nothing,
    AllBadRecipients,
    OneBadRecipient,
    AllBadRecipients,
    Nothing,
    Nothing,
    TooLarge,
    OneBadRecipient,
    Nothing,
    Nothing,
    Nothing,
    AllBadRecipients,
];

/// Each message needs as many flights as the flow that the server supports.
pub(super) fn flights(setup: &Setup<'_>) {
    let group = new_group();
    let mail =
        |number| mails::prepared(&[setup.real.fact("RCPT")], message_of(&id_in(&group, number)));
    let (mut mailer, link) = setup.counted();
    assert_accepted(setup.real, &mailer.send(&mail(0)), 1);
    let flights = Arc::new(Flights::default());
    mailer.trace_to(Some(flights.clone()));
    let mut settled = Vec::new();
    mailer.send_many(&mut (1..=FURTHER).map(mail), &mut |number, receipt| {
        assert_accepted(setup.real, receipt, 1);
        settled.push(number);
    });
    mailer.trace_to(None);
    mailer.close().expect("a good end");
    assert!(settled.into_iter().eq(0..FURTHER as u64));
    assert_eq!(link.finish().len(), 1, "connections");
    let wanted = (0..=FURTHER).map(|number| message_of(&id_in(&group, number)));
    setup.real.await_group("MAILBOX", &group, wanted.collect());
    if let Some(asked) = setup.contender.flow() {
        assert_eq!(
            flights.count.load(Ordering::Relaxed),
            flights_of(setup.real.product.flow(asked))
        );
    }
}

/// Returns how many flights the further messages need.
fn flights_of(flow: Flow) -> usize {
    match flow {
        // MAIL, RCPT, DATA, the content
        Flow::Lockstep => 4 * FURTHER,
        Flow::Auto | Flow::Pipelined => 2 * FURTHER,
        // The first envelope has no content before it.
        Flow::Overlapped => FURTHER + 1,
        Flow::Chunked => FURTHER,
        Flow::Streamed => 1,
    }
}

/// Counts flights: writes without a reply between them.
#[derive(Default)]
struct Flights {
    count: AtomicUsize,
    is_writing: AtomicBool,
}

impl Trace for Flights {
    fn event(&self, event: &Event<'_>) {
        match event.what {
            What::Sent { .. } | What::Content { .. } => {
                let begins = !self.is_writing.swap(true, Ordering::Relaxed);
                self.count.fetch_add(usize::from(begins), Ordering::Relaxed);
            }
            What::Received { .. } => self.is_writing.store(false, Ordering::Relaxed),
            _ => {}
        }
    }
}

/// A refused message does not affect the others.
pub(super) fn with_refusals(setup: &Setup<'_>) {
    let group = new_group();
    let mut mails = (0..STREAM.len()).map(|number| stream_mail(setup, &group, number));
    let (mut mailer, link) = setup.counted();
    let mut outcomes = Vec::new();
    mailer.send_many(&mut mails, &mut |number, receipt| {
        assert_eq!(number, outcomes.len() as u64);
        outcomes.push(receipt.outcome);
    });
    mailer.close().expect("a good end");
    let wanted = STREAM.map(|special| outcome(setup, special));
    assert_eq!(outcomes, wanted);
    if setup.contender.keeps("partial") {
        assert_eq!(link.finish().len(), 1, "connections");
    }
    let is_accepted =
        |number: &usize| matches!(wanted[*number], Outcome::Accepted | Outcome::Partial);
    let accepted =
        (0..STREAM.len()).filter(is_accepted).map(|number| message_of(&id_in(&group, number)));
    setup.real.await_group("MAILBOX", &group, accepted.collect());
}

fn stream_mail(setup: &Setup<'_>, group: &str, number: usize) -> Mail {
    let (good, bad) = (setup.real.fact("RCPT"), setup.real.fact("BADRCPT"));
    let mut content = message_of(&id_in(group, number));
    match STREAM[number] {
        Nothing => mails::prepared(&[good], content),
        OneBadRecipient => mails::prepared(&[bad, good], content),
        AllBadRecipients => mails::prepared(&[bad], content),
        TooLarge => {
            content.extend(std::iter::repeat_n("A line of thirty bytes, so.\r\n", SIZE_LIMIT / 25));
            mails::prepared(&[good], content)
        }
    }
}

fn outcome(setup: &Setup<'_>, special: Special) -> Outcome {
    match special {
        Nothing => Outcome::Accepted,
        OneBadRecipient if setup.contender.keeps("partial") => Outcome::Partial,
        TooLarge if setup.contender.keeps("size") => Outcome::NotSent,
        OneBadRecipient | AllBadRecipients | TooLarge => Outcome::Rejected,
    }
}

/// No message is lost. A message that a server does not accept on one connection is sent on the next.
pub(super) fn in_a_row(setup: &Setup<'_>) {
    const COUNT: usize = 120;
    let group = new_group();
    let message = |number| message_of(&id_in(&group, number));
    let recipient = setup.real.fact("RCPT2");
    let mut mails = (0..COUNT).map(|number| mails::prepared(&[recipient], message(number)));
    let (mut mailer, link) = setup.counted();
    let mut receipts: Vec<Receipt> = Vec::new();
    mailer.send_many(&mut mails, &mut |_, receipt| receipts.push(receipt.clone()));
    mailer.close().expect("a good end");
    let connections = link.finish().len();
    assert_eq!(receipts.len(), COUNT);
    let limit = setup.real.product.max_mails_per_connection;
    let mut wanted: Vec<String> = (0..COUNT).map(message).collect();
    if let Some(limit) = limit {
        let beyond = receipts.remove(limit);
        assert_eq!(beyond.offered_again, setup.contender.keeps("offered-again"), "{beyond:?}");
        if beyond.offered_again {
            assert_accepted(setup.real, &beyond, 1);
        } else {
            assert_is_put_off(&beyond);
            wanted.remove(limit);
        }
    }
    receipts.iter().for_each(|receipt| assert_accepted(setup.real, receipt, 1));
    // Exim disconnects lettre after ten NOOPs.
    if setup.contender.keeps("noop") {
        assert_eq!(connections, limit.map_or(1, |limit| COUNT.div_ceil(limit)), "connections");
    }
    setup.real.await_group("MAILBOX2", &group, wanted);
}

fn assert_is_put_off(receipt: &Receipt) {
    let kind = receipt.error.as_ref().map(mailer::Error::kind);
    assert_eq!((receipt.outcome, kind), (Outcome::Rejected, Some(Kind::Temporary)), "{receipt:?}");
}
