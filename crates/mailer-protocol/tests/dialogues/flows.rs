//! The grouping of commands in each flow.

use std::sync::Arc;

use mailer::{Envelope, Kind, Outcome, Step};
use mailer_protocol::{Flow, Next, Outgoing, Pipelining, Session, Window};

use crate::{play::plain, script::Script};

const GO_AHEAD: &str = "250 ok | 250 ok | 354 go ahead";

fn chunking() -> Script {
    Script::ehlo(&["PIPELINING", "CHUNKING"])
}

#[test]
fn in_lockstep_the_client_waits_for_each_reply() {
    let result = plain(Flow::Lockstep).mail(&["bob", "cid"]).quit().run(
        "S: 220 mail.example.com ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250-PIPELINING
         S: 250 SIZE 1000
         C: MAIL FROM:<ann@example.com> SIZE=28
         S: 250 ok
         C: RCPT TO:<bob@example.com>
         S: 250 ok
         C: RCPT TO:<cid@example.com>
         S: 250 ok
         C: DATA
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 2.0.0 accepted as 42
         C: QUIT
         S: 221 bye",
    );
    let receipt = &result.receipts[0].0;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(receipt.reply.as_ref().unwrap().text, "2.0.0 accepted as 42");
    assert_eq!(receipt.recipients.len(), 2);
    assert!(result.failure.is_none());
}

/// RFC 2920 §4, second example, and a second mail.
#[test]
fn pipelined_mails_have_two_flights_each() {
    let result = plain(Flow::Auto).mail(&["bob", "cid"]).mail(&["bob"]).quit().run(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250 PIPELINING
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: RCPT TO:<cid@example.com>
         C: DATA
         S: 250 sender ok
         S: 250 recipient ok
         S: 250 recipient ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 ok
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
         S: 250 ok
         C: QUIT
         S: 221 bye",
    );
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Accepted]);
}

#[test]
fn a_server_without_pipelining_gets_one_command_at_a_time() {
    let script = Script::ehlo(&[]).client("MAIL FROM:<ann@example.com>").server("250 ok");
    let script = script.client("RCPT TO:<bob@example.com>").server("250 ok");
    let script = script.client("DATA").server("354 go ahead").content().server("250 ok");
    let result = plain(Flow::Pipelined).mail(&["bob"]).run(script);
    assert_eq!(result.outcomes(), [Outcome::Accepted]);
}

/// RFC 2920 §3.1: the content may be the first in a group.
#[test]
fn overlapped_sends_the_next_envelope_after_the_content() {
    let script = chunking().group(&["bob"]).server(GO_AHEAD);
    let script = script.content().group(&["bob"]).server("250 ok").server(GO_AHEAD);
    let script = script.content().group(&["bob"]).server("552 too large after all");
    let script = script.server("250 ok | 550 no bob | 503 no recipients");
    let play = plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]);
    let outcomes = play.run(script).outcomes();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Rejected, Outcome::Rejected]);
}

/// Haraka answers each command that arrives before its reply to the dot with 503.
#[test]
fn an_envelope_that_is_refused_after_a_content_is_repeated_in_its_own_flight() {
    let refused = "503 pipelined after end of DATA";
    let script = chunking().group(&["bob"]).server(GO_AHEAD);
    let script = script.content().group(&["bob"]).server("250 ok");
    let script = script.server(refused).server(refused).server(refused);
    let script = script.client("RSET").group(&["bob"]).server("250 ok").server(GO_AHEAD);
    let script = script.content().server("250 ok");
    let script = script.group(&["bob"]).server(GO_AHEAD).content().server("250 ok");
    let play = plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]);
    let result = play.run(script);
    assert_eq!(result.outcomes(), [Outcome::Accepted; 3]);
    let again: Vec<bool> =
        result.receipts.iter().map(|(receipt, _)| receipt.offered_again).collect();
    assert_eq!(again, [false, true, false]);
}

/// chasquid drops what it read together with the dot, and a read may end in the middle of a line.
#[test]
fn an_envelope_that_is_cut_within_a_line_is_repeated() {
    let script = chunking().group(&["bob"]).server(GO_AHEAD);
    let script = script.content().group(&["bob"]).server("250 ok | 500 unknown command");
    let script = script.server("503 sender not yet given | 503 sender not yet given");
    let script = script.client("RSET").group(&["bob"]).server("250 ok").server(GO_AHEAD);
    let script = script.content().server("250 ok");
    let result = plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).run(script);
    assert_eq!(result.outcomes(), [Outcome::Accepted; 2]);
}

#[test]
fn chunked_mails_have_one_flight_each_and_no_stuffed_dots() {
    let script = chunking().chunk(&["bob"]).server("250 ok | 250 ok | 250 ok");
    let script = script.chunk(&["bob", "cid"]).server("250 ok | 550 no bob | 550 no cid");
    let script = script.server("503 no recipients");
    let script = script.client("RSET").chunk(&["bob"]).server("250 ok | 250 ok | 250 ok | 250 ok");
    let play = plain(Flow::Chunked).mail(&["bob"]).mail(&["bob", "cid"]).mail(&["bob"]);
    let outcomes = play.run(script).outcomes();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Rejected, Outcome::Accepted]);
}

#[test]
fn streamed_fills_its_window_and_resets_before_each_mail() {
    let play = plain(Flow::Streamed).window(2).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]);
    let script = chunking().chunk(&["bob"]).client("RSET").chunk(&["bob"]);
    let script = script.server("250 ok | 250 ok | 250 ok");
    let script = script.server("250 ok | 250 ok | 550 no bob | 503 no recipients");
    let script = script.client("RSET").chunk(&["bob"]).server("250 ok | 250 ok | 250 ok | 250 ok");
    // The window opens as replies arrive, so here they arrive whole.
    let result = play.run_in_pieces(script, usize::MAX, usize::MAX);
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Accepted]);
}

#[test]
fn a_lost_stream_leaves_every_unanswered_mail_unknown() {
    let script = chunking().chunk(&["bob"]).client("RSET").chunk(&["bob"]);
    let script = script.client("RSET").chunk(&["bob"]);
    let script = script.server("250 ok | 250 ok | 250 ok").server("250 ok | 550 no");
    let play = plain(Flow::Streamed).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]);
    let outcomes = play.run(script).outcomes();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Rejected, Outcome::Unknown]);
}

/// The server may have sent the content under the sender of another mail.
#[test]
fn a_chunk_that_is_accepted_after_its_envelope_was_refused_is_unknown() {
    let script = chunking().chunk(&["bob"]).server("503 nested MAIL | 250 ok | 250 ok");
    let result = plain(Flow::Chunked).mail(&["bob"]).run(script);
    assert_eq!(result.outcomes(), [Outcome::Unknown]);
    assert_eq!(result.error(), (Kind::Protocol, Some(Step::EndOfData)));
}

/// Offers mails until the session wants something else, and returns how many it accepted before that.
fn offer(session: &mut Session, mail: &Outgoing) -> usize {
    let mut offered = 0;
    loop {
        match session.what_next() {
            Next::Mail => {
                session.offer(offered, mail.clone());
                offered += 1;
            }
            Next::Content { .. } => session.content(b"a\r\n"),
            Next::Settled(_) => {}
            Next::Write { .. } => return usize::try_from(offered).unwrap(),
            other => {
                assert!(matches!(other, Next::Read { .. }), "{other:?}");
                return 0;
            }
        }
    }
}

#[test]
fn streamed_writes_half_a_window_at_once() {
    let server = "smtp://mail.example.com?tls=none".parse().unwrap();
    let window = Window { mails: 8, ..Window::default() };
    let pipelining = Pipelining { window, ..Flow::Streamed.into() };
    let mut session = Session::new(Arc::new(server), pipelining);
    session.received(b"220 ready\r\n");
    session.wrote();
    session.received(b"250-mail.example.com\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
    let envelope = Envelope::new(None, vec!["bob@example.com".parse().unwrap()]).unwrap();
    let mut mail = Outgoing::empty(Arc::new(envelope));
    mail.size = 3;
    session.expect_mails();
    for half in 1..=2 {
        assert_eq!(offer(&mut session, &mail), 4, "half {half}");
        session.wrote();
    }
    assert_eq!(offer(&mut session, &mail), 0, "the window is full");
    // The first mail has no RSET.
    session.received(&b"250 ok\r\n".repeat(3 + 4 + 4 + 3));
    assert_eq!(offer(&mut session, &mail), 0, "half a window is not answered yet");
    session.received(b"250 ok\r\n");
    assert_eq!(offer(&mut session, &mail), 4, "the next half");
}
