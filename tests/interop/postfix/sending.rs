//! Mails that Postfix takes arrive as they were sent.

use mailer::{Mail, Outcome, Receipt};
use mailer_tests::{mails, read_back};

use super::{
    arrival::{await_mail, new_id},
    way::Setup,
};

/// A line as long as one may be (RFC 5321 §4.5.3.1.6), its CRLF not counted.
const LONGEST_LINE: usize = 998;

/// A small message of this Message-ID.
pub(super) fn message_of(id: &str) -> String {
    format!("Message-ID: <{id}>\r\nSubject: small\r\n\r\nA line.\r\n")
}

/// That the server took it for everybody, and said so each time.
pub(super) fn assert_accepted(receipt: &Receipt, recipients: usize) {
    assert_eq!(receipt.outcome, Outcome::Accepted, "{receipt:?}");
    assert!(receipt.error.is_none(), "{receipt:?}");
    assert_eq!(codes(receipt), vec![Some(250); recipients]);
    assert!(!queue_id(receipt).is_empty());
}

/// What each recipient was answered.
pub(super) fn codes(receipt: &Receipt) -> Vec<Option<u16>> {
    receipt.recipients.iter().map(|reply| reply.as_ref().map(|reply| reply.code)).collect()
}

/// What Postfix calls the mail: the end of its final reply.
pub(super) fn queue_id(receipt: &Receipt) -> &str {
    let reply = receipt.reply.as_ref().expect("a final reply");
    let (_, queue_id) = reply.text.split_once("queued as ").expect("a queue id");
    queue_id
}

pub(super) fn small_mail(setup: &Setup<'_>) {
    let (first, second) = (setup.postfix.fact("RCPT"), setup.postfix.fact("RCPT2"));
    let id = new_id();
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[first, second], message_of(&id)));
    mailer.close().expect("a good end");
    assert_accepted(&receipt, 2);
    for (recipient, mailbox) in [(first, "MAILBOX"), (second, "MAILBOX2")] {
        let arrived = await_mail(&setup.postfix.maildir(mailbox), &id);
        assert_eq!(arrived.content, message_of(&id).into_bytes());
        assert!(arrived.on_top.starts_with("Return-Path: <alice@example.test>\n"));
        assert!(arrived.on_top.contains(&format!("\nX-Original-To: {recipient}\n")));
        // RFC 3848: S says TLS, A says AUTH.
        assert!(arrived.on_top.contains(" with ESMTPSA id "), "{}", arrived.on_top);
    }
}

pub(super) fn draft(setup: &Setup<'_>) {
    let mut draft = mails::rich_draft(&[setup.postfix.fact("RCPT")]);
    let id = new_id();
    draft.message_id = id.parse().expect("a Message-ID");
    let wanted = read_back::of_draft(&draft);
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&Mail::from_draft(draft).expect("a mail"));
    assert_accepted(&receipt, 1);
    let arrived = await_mail(&setup.postfix.maildir("MAILBOX"), &id);
    assert_eq!(read_back::of_message(&arrived.content), wanted);
}

/// Lines that begin with dots, a long one, octets beyond ASCII, empty lines at the end.
pub(super) fn message(setup: &Setup<'_>) {
    let id = new_id();
    let long = "x".repeat(LONGEST_LINE);
    let content = format!(
        "Message-ID: <{id}>\r\n\
         Subject: dots\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\
         \r\n\
         .\r\n..\r\n. \r\n.x\r\n...\r\n \ttrailing \t\r\n{long}\r\nFrom here: Grüße, 東京\r\n\r\n\r\n"
    );
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[setup.postfix.fact("RCPT")], content.clone()));
    assert_accepted(&receipt, 1);
    let arrived = await_mail(&setup.postfix.maildir("MAILBOX"), &id);
    assert_eq!(String::from_utf8(arrived.content).as_deref(), Ok(content.as_str()));
}

pub(super) fn utf8_recipient(setup: &Setup<'_>) {
    let recipient = setup.postfix.fact("UTF8_RCPT");
    assert!(!recipient.is_ascii());
    let id = new_id();
    let mut mailer = setup.mailer();
    let receipt = mailer.send(&mails::prepared(&[recipient], message_of(&id)));
    assert_accepted(&receipt, 1);
    let arrived = await_mail(&setup.postfix.maildir("UTF8_MAILBOX"), &id);
    // RFC 6531 §4.3: MAIL said SMTPUTF8.
    assert!(arrived.on_top.contains(" with UTF8SMTPSA id "), "{}", arrived.on_top);
}

pub(super) fn many(setup: &Setup<'_>) {
    let recipient = setup.postfix.fact("RCPT");
    let ids: Vec<String> = (0..5).map(|_| new_id()).collect();
    let mut mails = ids.iter().map(|id| mails::prepared(&[recipient], message_of(id)));
    let mut settled = Vec::new();
    let (mut mailer, link) = setup.counted();
    mailer.send_many(&mut mails, &mut |number, receipt| {
        assert_accepted(receipt, 1);
        settled.push(number);
    });
    mailer.close().expect("a good end");
    assert_eq!(settled, [0, 1, 2, 3, 4]);
    assert_eq!(link.finish().len(), 1, "connections");
    for id in &ids {
        await_mail(&setup.postfix.maildir("MAILBOX"), id);
    }
}
