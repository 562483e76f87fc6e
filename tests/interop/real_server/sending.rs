//! Accepted messages arrive unchanged.

use mailer::{Kind, Mail, Outcome, Receipt};
use mailer_tests::{mails, read_back};

use super::{RealServer, arrival::new_id, contender::Setup};

/// The longest allowed line (RFC 5321 §4.5.3.1.6), without its CRLF.
const LONGEST_LINE: usize = 998;

/// A date, because some servers add a missing one (RFC 5321 §6.4).
const DATE: &str = "Mon, 23 Nov 2026 12:00:00 +0000";

/// Returns a small message with this Message-ID.
pub(super) fn message_of(id: &str) -> String {
    format!("Date: {DATE}\r\nMessage-ID: <{id}>\r\nSubject: small\r\n\r\nA line.\r\n")
}

/// Checks that the server accepted a message for every recipient.
pub(super) fn assert_accepted(real: &RealServer, receipt: &Receipt, recipients: usize) {
    assert_eq!(receipt.outcome, Outcome::Accepted, "{receipt:?}");
    assert!(receipt.error.is_none(), "{receipt:?}");
    assert_eq!(codes(receipt), vec![Some(250); recipients]);
    assert!(!real.queue_id(receipt).is_empty());
}

/// Returns the code of the reply for each recipient.
pub(super) fn codes(receipt: &Receipt) -> Vec<Option<u16>> {
    receipt.recipients.iter().map(|reply| reply.as_ref().map(|reply| reply.code)).collect()
}

pub(super) fn small_mail(setup: &Setup<'_>) {
    let (first, second) = (setup.real.fact("RCPT"), setup.real.fact("RCPT2"));
    let id = new_id();
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[first, second], message_of(&id)));
    mailer.close().expect("a good end");
    assert_accepted(setup.real, &receipt, 2);
    for (recipient, mailbox) in [(first, "MAILBOX"), (second, "MAILBOX2")] {
        let arrived = setup.real.await_mail(mailbox, &id);
        assert_eq!(arrived.content, message_of(&id).into_bytes());
        // RFC 3848: S means TLS, A means AUTH.
        assert!(arrived.came(recipient, "ESMTPSA"), "{}", arrived.on_top());
    }
}

pub(super) fn draft(setup: &Setup<'_>) {
    let mut draft = mails::rich_draft(&[setup.real.fact("RCPT")]);
    let id = new_id();
    draft.message_id = id.parse().expect("a Message-ID");
    let wanted = read_back::from_draft(&draft);
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&Mail::from_draft(draft).expect("a mail"));
    assert_accepted(setup.real, &receipt, 1);
    let arrived = setup.real.await_mail("MAILBOX", &id);
    assert_eq!(read_back::from_message(&arrived.content), wanted);
}

/// Lines that begin with dots, a long line, non-ASCII bytes, and empty lines at the end.
pub(super) fn message(setup: &Setup<'_>) {
    let id = new_id();
    let long = "x".repeat(LONGEST_LINE);
    let content = format!(
        "Date: {DATE}\r\n\
         Message-ID: <{id}>\r\n\
         Subject: dots\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\
         \r\n\
         .\r\n..\r\n. \r\n.x\r\n...\r\n \ttrailing \t\r\n{long}\r\nFrom here: Grüße, 東京\r\n\r\n\r\n"
    );
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[setup.real.fact("RCPT")], content.clone()));
    assert_accepted(setup.real, &receipt, 1);
    let arrived = setup.real.await_mail("MAILBOX", &id);
    assert_eq!(String::from_utf8(arrived.content).as_deref(), Ok(content.as_str()));
}

/// Without SMTPUTF8 the client sends nothing (RFC 6531 §3.1).
pub(super) fn utf8_recipient(setup: &Setup<'_>) {
    if !setup.real.product.smtputf8 {
        let receipt = setup.mailer().send(&mails::small(&["jörg@example.test"]));
        let kind = receipt.error.as_ref().map(mailer::Error::kind);
        assert_eq!((receipt.outcome, kind), (Outcome::NotSent, Some(Kind::Message)), "{receipt:?}");
        return;
    }
    let recipient = setup.real.fact("UTF8_RCPT");
    assert!(!recipient.is_ascii());
    let id = new_id();
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[recipient], message_of(&id)));
    assert_accepted(setup.real, &receipt, 1);
    let arrived = setup.real.await_mail("UTF8_MAILBOX", &id);
    // MAIL had SMTPUTF8.
    assert!(arrived.came(recipient, setup.real.product.utf8_protocol), "{}", arrived.on_top());
}
