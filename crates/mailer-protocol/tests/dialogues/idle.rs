//! Connections that the server gives up while they are idle, or at the first command after that.

use mailer::{Kind, Outcome, Step};
use mailer_protocol::{Flow, Next, Session};

use crate::play::{Result, plain};

const ALL: &str = "S: 220 ready
     C: EHLO [127.0.0.1]
     S: 250-mail.example.com
     S: 250-PIPELINING
     S: 250 CHUNKING
";

/// What becomes of a mail on a connection that was quiet, and whether it is offered again.
fn after_quiet(flow: Flow, script: &str) -> (Outcome, bool) {
    let result = plain(flow).mail(&["bob"]).quiet_first().run(&format!("{ALL}{script}"));
    only(&result)
}

fn only(result: &Result) -> (Outcome, bool) {
    let (receipt, again) = &result.receipts[0];
    (receipt.outcome, *again)
}

#[test]
fn after_quiet_a_chunk_waits_for_the_replies_to_its_envelope() {
    for flow in [Flow::Chunked, Flow::Streamed] {
        let taken = after_quiet(
            flow,
            "C: MAIL FROM:<ann@example.com>
             C: RCPT TO:<bob@example.com>
             S: 250 ok
             S: 250 ok
             C: BDAT 28 LAST
             C: Subject: hello
             C:
             C: .A line.
             S: 250 taken",
        );
        assert_eq!(taken, (Outcome::Accepted, false), "{flow}");
    }
}

#[test]
fn a_connection_given_up_while_it_was_quiet_loses_no_mail() {
    for flow in [Flow::Pipelined, Flow::Overlapped] {
        for last_word in ["", "S: 421 4.4.2 idle", "S: 451 4.4.2 idle"] {
            let given_up = after_quiet(
                flow,
                &format!(
                    "C: MAIL FROM:<ann@example.com>
                     C: RCPT TO:<bob@example.com>
                     C: DATA
                     {last_word}"
                ),
            );
            assert!(given_up.1, "{flow} {last_word}: {given_up:?}");
        }
    }
    for flow in [Flow::Chunked, Flow::Streamed] {
        for last_word in ["", "S: 421 4.4.2 idle", "S: 451 4.4.2 idle"] {
            let given_up = after_quiet(
                flow,
                &format!(
                    "C: MAIL FROM:<ann@example.com>
                     C: RCPT TO:<bob@example.com>
                     {last_word}"
                ),
            );
            assert!(given_up.1, "{flow} {last_word}: {given_up:?}");
        }
    }
}

/// The first mail of a connection that was never idle: another one would end the same.
#[test]
fn a_new_connection_that_is_given_up_is_not_tried_again() {
    for last_word in ["", "S: 421 4.3.2 going down", "S: 451 4.4.2 no"] {
        let result = plain(Flow::Pipelined).mail(&["bob"]).run(&format!(
            "{ALL}
             C: MAIL FROM:<ann@example.com>
             C: RCPT TO:<bob@example.com>
             C: DATA
             {last_word}"
        ));
        assert!(!only(&result).1, "{last_word}: {result:?}");
    }
}

#[test]
fn content_that_has_begun_to_leave_is_not_offered_again() {
    let result = plain(Flow::Auto).mail(&["bob"]).quiet_first().run(&format!(
        "{ALL}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 421 4.4.2 idle"
    ));
    assert_eq!(only(&result), (Outcome::Rejected, false));
}

/// What a server says between mails is the end of the connection, and of nothing else.
#[test]
fn a_last_word_between_mails_ends_the_session() {
    let script = "220 ready\r\n";
    for (words, kind) in [
        ("421 4.4.2 idle", Kind::Temporary),
        ("451 4.4.2 idle", Kind::Temporary),
        ("250 ok", Kind::Protocol),
    ] {
        let mut session = Session::new(
            "smtp://mail.example.com?tls=none".parse().map(std::sync::Arc::new).unwrap(),
            Flow::Auto,
        );
        session.received(script.as_bytes());
        assert!(matches!(session.what_next(), Next::Write { step: Step::Ehlo }));
        session.wrote();
        session.received(b"250 mail.example.com\r\n");
        assert!(matches!(session.what_next(), Next::Idle) && session.is_quiet());
        session.received(format!("{words}\r\n").as_bytes());
        assert!(matches!(session.what_next(), Next::Close) && session.has_reached_mail());
        assert_eq!(session.failure().map(mailer::Error::kind), Some(kind), "{words}");
    }
}
