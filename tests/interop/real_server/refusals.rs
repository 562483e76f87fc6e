//! What the server refuses, and that the connection is good for the next mail.

use mailer::{Kind, Mailer, Outcome, Receipt, Step};
use mailer_tests::mails;

use super::{
    SIZE_LIMIT,
    arrival::new_id,
    sending::{assert_accepted, codes, message_of},
    way::Setup,
};

pub(super) fn one_recipient(setup: &Setup<'_>) {
    let (good, bad) = (setup.real.fact("RCPT"), setup.real.fact("BADRCPT"));
    let id = new_id();
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[bad, good], message_of(&id)));
    assert_refused_at_rcpt(setup, &receipt);
    if setup.way.keeps("partial") {
        assert_eq!(receipt.outcome, Outcome::Partial, "{receipt:?}");
        assert_eq!(codes(&receipt), [Some(550), Some(250)]);
        setup.real.await_mail("MAILBOX", &id);
    } else {
        assert_eq!(receipt.outcome, Outcome::Rejected, "{receipt:?}");
        assert_eq!(codes(&receipt), [Some(550), None]);
    }
    let next = a_mail_follows(setup, mailer.as_mut());
    let arrived = setup.real.is_there("MAILBOX", &id);
    assert_eq!(arrived, setup.way.keeps("partial"), "when the next mail, {next}, is there");
}

pub(super) fn all_recipients(setup: &Setup<'_>) {
    let bad = setup.real.fact("BADRCPT");
    let id = new_id();
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[bad], message_of(&id)));
    assert_refused_at_rcpt(setup, &receipt);
    assert_eq!(receipt.outcome, Outcome::Rejected, "{receipt:?}");
    assert_eq!(codes(&receipt), [Some(550)]);
    a_mail_follows(setup, mailer.as_mut());
}

/// Who reads SIZE knows before MAIL; who does not is told when all has been sent.
pub(super) fn too_large(setup: &Setup<'_>) {
    let mut content = message_of(&new_id());
    content.extend(std::iter::repeat_n("A line of thirty octets, so.\r\n", SIZE_LIMIT / 25));
    let (mut mailer, link) = setup.counted();
    let receipt = mailer.send(&mails::prepared(&[setup.real.fact("RCPT")], content));
    let error = receipt.error.as_ref().expect("an error");
    if setup.way.keeps("size") {
        assert_eq!((receipt.outcome, error.kind()), (Outcome::NotSent, Kind::Message), "{error}");
        assert_eq!(error.step(), Some(Step::Mail));
    } else {
        assert_eq!((receipt.outcome, error.kind()), (Outcome::Rejected, Kind::Refused), "{error}");
        assert_eq!(error.reply().map(|reply| reply.code), Some(setup.real.product.too_large));
    }
    a_mail_follows(setup, mailer.as_mut());
    mailer.close().expect("a good end");
    let octets: u64 = link.finish().iter().map(|connection| connection.counts().bytes_out).sum();
    assert_eq!(octets < SIZE_LIMIT as u64, setup.way.keeps("size"), "{octets} octets left");
}

fn assert_refused_at_rcpt(setup: &Setup<'_>, receipt: &Receipt) {
    let error = receipt.error.as_ref().expect("an error");
    assert_eq!((error.kind(), error.step()), (Kind::Refused, Some(Step::Recipient)), "{error}");
    let reply = error.reply().expect("what the server said").to_string();
    assert!(reply.starts_with(setup.real.product.bad_recipient), "{reply}");
}

/// Sends one more, and waits until it has arrived.
fn a_mail_follows(setup: &Setup<'_>, mailer: &mut dyn Mailer) -> String {
    let id = new_id();
    let mail = mails::prepared(&[setup.real.fact("RCPT")], message_of(&id));
    assert_accepted(setup.real, &mailer.send(&mail), 1);
    setup.real.await_mail("MAILBOX", &id);
    id
}
