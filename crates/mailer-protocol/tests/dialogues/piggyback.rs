//! AUTH in the flight of the first mail, and QUIT in that of the last.

use mailer::{Kind, Mechanism, Outcome, Step};
use mailer_protocol::{Flow, Pipelining};

use crate::play::{Play, Result, plain};

const URL: &str = "smtp://mail.example.com?tls=none";

fn pipeline_auth(flow: Flow) -> Play {
    let pipelining = Pipelining { pipeline_auth: true, ..flow.into() };
    plain(pipelining).url(URL).user(Some(Mechanism::Plain)).mail(&["bob"])
}

fn pipeline_quit(flow: Flow) -> Play {
    plain(Pipelining { pipeline_quit: true, ..flow.into() }).mail(&["bob"]).quit()
}

fn opening(rest: &str) -> String {
    format!(
        "S: 220 ready
         C: EHLO [127.0.0.1]
         S: 250-mail.example.com
         S: 250-PIPELINING
         S: 250-CHUNKING
         S: 250 AUTH PLAIN LOGIN
         {rest}"
    )
}

const PIPELINED: &str = "C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm
     C: MAIL FROM:<ann@example.com>
     C: RCPT TO:<bob@example.com>
     C: DATA";

const CHUNKED: &str = "C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm
     C: MAIL FROM:<ann@example.com>
     C: RCPT TO:<bob@example.com>
     C: BDAT 28 LAST
     C: Subject: hello
     C:
     C: .A line.";

fn is_not_sent_for_auth(result: &Result) {
    assert_eq!(result.outcomes(), [Outcome::NotSent]);
    assert_eq!(result.error(), (Kind::Authentication, Some(Step::Auth)));
}

/// RFC 4954 §4, the exception at the end.
#[test]
fn auth_plain_begins_the_flight_of_the_first_mail() {
    let result = pipeline_auth(Flow::Pipelined).quit().run(&opening(&format!(
        "{PIPELINED}
         S: 235 accepted
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         S: 250 taken
         C: QUIT
         S: 221 bye"
    )));
    assert_eq!(result.outcomes(), [Outcome::Accepted]);
    assert!(result.failure.is_none());
}

#[test]
fn content_never_follows_a_refused_auth() {
    let replies = ["S: 530 no\nS: 530 no\nS: 503 no", "S: 250 ok\nS: 250 ok\nS: 354 go ahead"];
    for behind in replies {
        let script = opening(&format!("{PIPELINED}\nS: 535 wrong password\n{behind}"));
        is_not_sent_for_auth(&pipeline_auth(Flow::Pipelined).run(&script));
    }
}

#[test]
fn a_challenge_that_is_not_due_ends_the_session() {
    let script = opening(&format!("{PIPELINED}\nS: 334 \nS: 250 ok"));
    let result = pipeline_auth(Flow::Pipelined).run(&script);
    assert_eq!(result.outcomes(), [Outcome::NotSent]);
    assert_eq!(result.error(), (Kind::Protocol, Some(Step::Auth)));
}

/// The chunk has left already, so what became of it is heard before the session ends.
#[test]
fn a_chunk_behind_a_refused_auth_is_what_the_server_says_it_is() {
    let chunked = |replies: &str| {
        pipeline_auth(Flow::Chunked).run(&opening(&format!(
            "{CHUNKED}
             S: 535 wrong password
             {replies}
             C: QUIT
             S: 221 bye"
        )))
    };
    is_not_sent_for_auth(&chunked("S: 530 no\nS: 503 no\nS: 503 no"));
    let taken = chunked("S: 250 ok\nS: 250 ok\nS: 250 taken from anybody");
    assert_eq!(taken.outcomes(), [Outcome::Accepted]);
    assert_eq!(taken.failure.map(|error| error.kind()), Some(Kind::Authentication));
}

#[test]
fn no_further_mail_follows_a_refused_auth() {
    let chunk = |command: &str| {
        format!(
            "{command}
             C: MAIL FROM:<ann@example.com>
             C: RCPT TO:<bob@example.com>
             C: BDAT 28 LAST
             C: Subject: hello
             C:
             C: .A line."
        )
    };
    let mails = pipeline_auth(Flow::Streamed).mail(&["bob"]).mail(&["bob"]).window(2);
    let result = mails.run(&opening(&format!(
        "{}
         {}
         S: 535 wrong password
         S: 530 no
         S: 503 no
         S: 503 no
         S: 250 ok
         S: 530 no
         S: 503 no
         S: 503 no
         C: QUIT
         S: 221 bye",
        chunk("C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm"),
        chunk("C: RSET"),
    )));
    assert_eq!(result.outcomes(), [Outcome::NotSent, Outcome::NotSent]);
}

#[test]
fn mechanisms_that_ask_on_have_flights_of_their_own() {
    let pipelining = Pipelining { pipeline_auth: true, ..Flow::Pipelined.into() };
    let login = plain(pipelining).url(URL).user(Some(Mechanism::Login)).mail(&["bob"]);
    let result = login.run(&opening(
        "C: AUTH LOGIN
         S: 334 VXNlcm5hbWU6
         C: dGlt
         S: 334 UGFzc3dvcmQ6
         C: dGFuc3RhYWZ0YW5zdGFhZg==
         S: 535 wrong password
         C: QUIT
         S: 221 bye",
    ));
    assert!(result.receipts.is_empty(), "no mail was asked for");
    assert_eq!(result.failure.map(|error| error.kind()), Some(Kind::Authentication));
}

/// RFC 2920 §4 shows QUIT behind a content.
#[test]
fn quit_ends_the_flight_of_the_last_content() {
    let result = pipeline_quit(Flow::Pipelined).mail(&["cid"]).run(&opening(
        "C: MAIL FROM:<ann@example.com>
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
         C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<cid@example.com>
         C: DATA
         S: 250 ok
         S: 250 ok
         S: 354 go ahead
         C: Subject: hello
         C:
         C: ..A line.
         C: .
         C: QUIT
         S: 250 taken
         S: 221 bye",
    ));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Accepted]);
    assert!(result.failure.is_none());
}

/// Some servers refuse what stands behind a content. The mail is taken all the same, and the session
/// was to end.
#[test]
fn a_refused_quit_changes_nothing() {
    let result = pipeline_quit(Flow::Chunked).run(&opening(
        "C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: BDAT 28 LAST
         C: Subject: hello
         C:
         C: .A line.
         C: QUIT
         S: 250 ok
         S: 250 ok
         S: 250 taken
         S: 503 pipelined after end of data",
    ));
    assert_eq!(result.outcomes(), [Outcome::Accepted]);
    assert!(result.failure.is_none());
}

#[test]
fn quit_comes_by_itself_where_no_content_was_sent() {
    let result = pipeline_quit(Flow::Pipelined).run(&opening(
        "C: MAIL FROM:<ann@example.com>
         C: RCPT TO:<bob@example.com>
         C: DATA
         S: 250 ok
         S: 550 no such user
         S: 503 no recipient
         C: QUIT
         S: 221 bye",
    ));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
}

/// A group of one write: in lockstep QUIT waits for its turn.
#[test]
fn in_lockstep_nothing_joins() {
    let pipelining =
        Pipelining { pipeline_auth: true, pipeline_quit: true, ..Flow::Lockstep.into() };
    let result = plain(pipelining).url(URL).user(Some(Mechanism::Plain)).mail(&["bob"]).quit().run(
        &opening(
            "C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm
             S: 235 accepted
             C: MAIL FROM:<ann@example.com>
             S: 550 no
             C: QUIT
             S: 221 bye",
        ),
    );
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
}
