//! Refusals of real servers, after which the connection still works.

use mailer::{Kind, Mailer, Outcome, Receipt, Step};
use mailer_tests::mails;

use super::{
    SIZE_LIMIT,
    arrival::new_id,
    contender::Setup,
    sending::{assert_accepted, codes, message_of},
};

pub(super) fn one_recipient(setup: &Setup<'_>) {
    let (good, bad) = (setup.real.fact("RCPT"), setup.real.fact("BADRCPT"));
    let id = new_id();
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[bad, good], message_of(&id)));
    assert_refused_at_rcpt(setup, &receipt);
    if setup.contender.keeps("partial") {
        assert_eq!(receipt.outcome, Outcome::Partial, "{receipt:?}");
        assert_eq!(codes(&receipt), [Some(550), Some(250)]);
        setup.real.await_mail("MAILBOX", &id);
    } else {
        assert_eq!(receipt.outcome, Outcome::Rejected, "{receipt:?}");
        assert_eq!(codes(&receipt), [Some(550), None]);
    }
    let next = a_mail_follows(setup, mailer.as_mut());
    let arrived = setup.real.is_there("MAILBOX", &id);
    assert_eq!(arrived, setup.contender.keeps("partial"), "when the next mail, {next}, is there");
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

/// A backend that reads SIZE reports the error before MAIL. Another gets a refusal after the content.
pub(super) fn too_large(setup: &Setup<'_>) {
    let mut content = message_of(&new_id());
    content.extend(std::iter::repeat_n("A line of thirty bytes, so.\r\n", SIZE_LIMIT / 25));
    let (mut mailer, link) = setup.counted();
    let receipt = mailer.send(&mails::prepared(&[setup.real.fact("RCPT")], content));
    let error = receipt.error.as_ref().expect("an error");
    if setup.contender.keeps("size") {
        assert_eq!((receipt.outcome, error.kind()), (Outcome::NotSent, Kind::Message), "{error}");
        assert_eq!(error.step(), Some(Step::Mail));
    } else {
        assert_eq!((receipt.outcome, error.kind()), (Outcome::Rejected, Kind::Refused), "{error}");
        assert_eq!(error.reply().map(|reply| reply.code), Some(setup.real.product.too_large));
    }
    a_mail_follows(setup, mailer.as_mut());
    mailer.close().expect("a good end");
    let bytes: u64 = link.finish().iter().map(|connection| connection.counts().bytes_out).sum();
    assert_eq!(
        bytes < SIZE_LIMIT as u64,
        setup.contender.keeps("size"),
        "the client sent {bytes} bytes"
    );
}

fn assert_refused_at_rcpt(setup: &Setup<'_>, receipt: &Receipt) {
    let error = receipt.error.as_ref().expect("an error");
    assert_eq!((error.kind(), error.step()), (Kind::Refused, Some(Step::Recipient)), "{error}");
    let reply = error.reply().expect("the reply of the server").to_string();
    assert!(reply.starts_with(setup.real.product.bad_recipient), "{reply}");
}

/// Sends another message, and waits until it has arrived.
fn a_mail_follows(setup: &Setup<'_>, mailer: &mut dyn Mailer) -> String {
    let id = new_id();
    let mail = mails::prepared(&[setup.real.fact("RCPT")], message_of(&id));
    assert_accepted(setup.real, &mailer.send(&mail), 1);
    setup.real.await_mail("MAILBOX", &id);
    id
}
