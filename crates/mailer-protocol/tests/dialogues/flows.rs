//! How each flow groups its commands.

use mailer::{Kind, Outcome, Step};
use mailer_protocol::Flow;

use crate::play::plain;

#[test]
fn one_mail_in_lockstep() {
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
         S: 250 2.0.0 taken as 42
         C: QUIT
         S: 221 bye",
    );
    let receipt = &result.receipts[0].0;
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert_eq!(receipt.reply.as_ref().unwrap().text, "2.0.0 taken as 42");
    assert_eq!(receipt.recipients.len(), 2);
    assert!(result.failure.is_none());
}

/// RFC 2920 §4, second example, with a second mail behind it.
#[test]
fn pipelined_mails_take_two_flights_each() {
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
         S: 250 taken
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
         S: 250 taken
         C: QUIT
         S: 221 bye",
    );
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Accepted]);
}

#[test]
fn a_server_without_pipelining_gets_one_command_at_a_time() {
    let result = plain(Flow::Pipelined).mail(&["bob"]).run(
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
         S: 250 taken",
    );
    assert_eq!(result.outcomes(), [Outcome::Accepted]);
}

const CHUNKING: &str = "S: 220 ready
     C: EHLO [127.0.0.1]
     S: 250-mail.example.com
     S: 250-PIPELINING
     S: 250 CHUNKING
";

/// RFC 2920 §3.1: the content may begin a group.
#[test]
fn overlapped_puts_the_next_envelope_behind_the_content() {
    let result =
        plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]).run(&format!(
            "{CHUNKING}
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
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 taken
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 552 too large after all
         S: 250 ok
         S: 550 no bob
         S: 503 no recipients"
        ));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Rejected]);
}

/// Haraka answers each command that came before its reply to the dot with 503.
#[test]
fn overlapped_and_refused_is_offered_again_in_a_flight_of_its_own() {
    let result =
        plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).mail(&["bob"]).run(&format!(
            "{CHUNKING}
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
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 taken
         S: 503 pipelined after end of DATA
         S: 503 pipelined after end of DATA
         S: 503 pipelined after end of DATA
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
         S: 250 taken
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
         S: 250 taken"
        ));
    assert_eq!(result.outcomes(), [Outcome::Accepted; 3]);
    let again: Vec<bool> =
        result.receipts.iter().map(|(receipt, _)| receipt.offered_again).collect();
    assert_eq!(again, [false, true, false]);
}

/// chasquid drops what it read together with the dot, and a read may end in the middle of a line.
#[test]
fn overlapped_and_cut_within_a_line_is_offered_again() {
    let result = plain(Flow::Overlapped).mail(&["bob"]).mail(&["bob"]).run(&format!(
        "{CHUNKING}
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
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 taken
         S: 500 unknown command
         S: 503 sender not yet given
         S: 503 sender not yet given
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
         S: 250 taken"
    ));
    assert_eq!(result.outcomes(), [Outcome::Accepted; 2]);
}

#[test]
fn chunked_takes_one_flight_a_mail_and_stuffs_no_dots() {
    let result =
        plain(Flow::Chunked).mail(&["bob"]).mail(&["bob", "cid"]).mail(&["bob"]).run(&format!(
            "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 250 ok
         S: 250 taken
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: RCPT TO:<cid@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 550 no bob
         S: 550 no cid
         S: 503 no recipients
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 forgotten
         S: 250 ok
         S: 250 ok
         S: 250 taken"
        ));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Accepted]);
}

#[test]
fn streamed_fills_its_window_and_resets_before_each_mail() {
    let play = plain(Flow::Streamed).window(2);
    let play = play.mail(&["bob"]).mail(&["bob"]).mail(&["bob"]);
    // Where the replies are cut decides when the window opens, so they come whole here.
    let script = format!(
        "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 250 ok
         S: 250 taken
         S: 250 forgotten
         S: 250 ok
         S: 550 no bob
         S: 503 no recipients
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 forgotten
         S: 250 ok
         S: 250 ok
         S: 250 taken"
    );
    let result = play.run_in_pieces(&script, usize::MAX, usize::MAX);
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Accepted]);
}

#[test]
fn a_cut_stream_leaves_every_unanswered_mail_unknown() {
    let play = plain(Flow::Streamed);
    let result = play.mail(&["bob"]).mail(&["bob"]).mail(&["bob"]).run(&format!(
        "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         C: RSET
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 250 ok
         S: 250 ok
         S: 250 taken
         S: 250 forgotten
         S: 550 no"
    ));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Rejected, Outcome::Unknown]);
}

/// What goes out under a sender that the server took from another mail is nobody's.
#[test]
fn a_chunk_that_is_taken_though_its_envelope_was_refused_is_unknown() {
    let result = plain(Flow::Chunked).mail(&["bob"]).run(&format!(
        "{CHUNKING}
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         S: 503 nested MAIL
         S: 250 ok
         S: 250 taken"
    ));
    assert_eq!(result.outcomes(), [Outcome::Unknown]);
    assert_eq!(result.error(), (Kind::Protocol, Some(Step::EndOfData)));
}
