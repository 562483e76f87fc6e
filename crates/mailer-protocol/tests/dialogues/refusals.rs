//! Refused mails, lost connections, and replies that do not match.

use mailer::{Kind, Outcome, Step};
use mailer_protocol::Flow;

use crate::play::plain;

const PIPELINING: &str = "S: 220 ready
     C: EHLO [127.0.0.1]
     S: 250-mail.example.com
     S: 250 PIPELINING
     C: MAIL FROM:<ann@example.com>
     C: RCPT TO:<bob@example.com>
     C: RCPT TO:<cid@example.com>
     C: DATA
";

#[test]
fn a_mail_with_some_refused_recipients_is_partial() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(format!(
        "{PIPELINING}
         S: 250 ok
         S: 550 5.1.1 no bob
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 ok"
    ));
    let receipt = &result.receipts[0].0;
    assert_eq!(receipt.outcome, Outcome::Partial);
    let codes: Vec<_> = receipt.recipients.iter().flatten().map(|reply| reply.code).collect();
    assert_eq!(codes, [550, 250]);
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Recipient)));
}

/// RFC 2920 §4, third example.
#[test]
fn a_354_without_an_accepted_recipient_gets_a_lone_dot() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).quit().run(format!(
        "{PIPELINING}
         S: 250 ok
         S: 550 no bob
         S: 450 no cid now
         S: 354 go ahead
         C: .
         S: 554 no valid recipients
         C: QUIT
         S: 221 bye"
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Recipient)));
    assert!(result.receipts[0].0.reply.is_none());
}

#[test]
fn a_refused_data_is_followed_by_rset_before_the_next_mail() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).mail(&["bob"]).run(format!(
        "{PIPELINING}
         S: 250 ok
         S: 550 no bob
         S: 550 no cid
         S: 503 no recipients
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 452 no room"
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected, Outcome::Rejected]);
    let error = result.receipts[1].0.error.as_ref().unwrap();
    assert_eq!((error.kind(), error.step()), (Kind::Temporary, Some(Step::EndOfData)));
}

#[test]
fn a_refused_mail_command_in_lockstep_needs_no_rset() {
    let result = plain(Flow::Lockstep).mail(&["bob"]).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250 mail.example.com
         C: MAIL FROM:<ann@example.com>
         S: 550 no
         C: MAIL FROM:<ann@example.com>
         S: 250 ok
         C: RCPT TO:<bob@example.com>
         S: 550 no
         ",
    );
    assert_eq!(result.outcomes(), [Outcome::Rejected, Outcome::Rejected]);
}

#[test]
fn a_354_after_a_refused_mail_command_drops_the_connection() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(format!(
        "{PIPELINING}
         S: 503 nested MAIL
         S: 250 ok
         S: 250 ok
         S: 354 go ahead"
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
    assert_eq!(result.error(), (Kind::Refused, Some(Step::Mail)));
    assert_eq!(result.failure.expect("a failure").kind(), Kind::Protocol);
}

#[test]
fn a_lost_connection_leaves_a_mail_unknown_only_after_the_dot() {
    let envelope = format!(
        "{PIPELINING}
         S: 250 ok
         S: 250 ok
         S: 250 ok"
    );
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(&envelope);
    assert_eq!(result.outcomes(), [Outcome::NotSent]);
    assert_eq!(result.error(), (Kind::Lost, Some(Step::Data)));
    let content = format!(
        "{envelope}
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: ."
    );
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(&content);
    assert_eq!(result.outcomes(), [Outcome::Unknown]);
    assert_eq!(result.error(), (Kind::Lost, Some(Step::EndOfData)));
}

#[test]
fn a_421_ends_the_session_and_rejects_the_mail() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).run(format!(
        "{PIPELINING}
         S: 250 ok
         S: 421 4.3.2 going down"
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
    assert_eq!(result.error(), (Kind::Temporary, Some(Step::Recipient)));
}

#[test]
fn a_limit_of_mails_offers_the_next_mail_on_a_new_connection() {
    for reply in ["452 4.3.1 too many mails", "421 4.7.0 too many mails"] {
        let result = plain(Flow::Lockstep).mail(&["bob"]).mail(&["bob"]).run(format!(
            "S: 220 ready
             C: EHLO [127.0.0.1]
             S: 250 mail.example.com
             C: MAIL FROM:<ann@example.com>
             S: 250 ok
             C: RCPT TO:<bob@example.com>
             S: 250 ok
             C: DATA
             S: 354 go ahead
             C: Subject: hello
             C:
             C: ..A line.
             C: .
             S: 250 ok
             C: MAIL FROM:<ann@example.com>
             S: {reply}"
        ));
        assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected]);
        let again: Vec<bool> = result.receipts.iter().map(|(_, again)| *again).collect();
        assert_eq!(again, [false, true], "{reply}");
    }
    let first = plain(Flow::Lockstep).mail(&["bob"]).run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250 mail.example.com
         C: MAIL FROM:<ann@example.com>
         S: 452 no room",
    );
    assert!(!first.receipts[0].1, "a new connection would refuse the mail as well");
}

#[test]
fn a_reply_that_cannot_answer_the_command_ends_the_session() {
    for (last, kind) in [
        ("S: 250 a 2yz to DATA is no go-ahead", Kind::Protocol),
        ("S: 354 too early", Kind::Protocol),
        ("S: garbage", Kind::Protocol),
    ] {
        let result = plain(Flow::Lockstep).mail(&["bob"]).run(format!(
            "S: 220 ready
             C: EHLO [127.0.0.1]
             S: 250 mail.example.com
             C: MAIL FROM:<ann@example.com>
             S: 250 ok
             C: RCPT TO:<bob@example.com>
             {}
             {last}",
            if last.contains("early") { "" } else { "S: 250 ok\nC: DATA" }
        ));
        assert_eq!(result.outcomes(), [Outcome::NotSent], "{last}");
        assert_eq!(result.error().0, kind, "{last}");
    }
}

#[test]
fn a_mail_that_needs_a_missing_extension_is_not_sent() {
    const SCRIPT: &str = "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 SIZE 20";
    let too_large = plain(Flow::Auto).mail(&["bob"]);
    let eight_bit =
        plain(Flow::Auto).mail(&["bob"]).change(|mail| (mail.size, mail.is_8bit) = (9, true));
    let utf8 = plain(Flow::Auto).mail(&["jörg"]).change(|mail| mail.size = 9);
    for play in [too_large, eight_bit, utf8] {
        let result = play.run(SCRIPT);
        assert_eq!(result.outcomes(), [Outcome::NotSent]);
        assert_eq!(result.error().0, Kind::Message);
    }
}
