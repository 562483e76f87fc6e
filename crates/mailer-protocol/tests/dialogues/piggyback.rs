//! AUTH in the flight of the first mail, and QUIT in the flight of the last.

use mailer::{Kind, Mechanism, Outcome, Step};
use mailer_protocol::{Flow, Pipelining};

use crate::{
    play::{Play, Result, plain},
    script::Script,
};

const AUTH: &str = "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm";

fn pipeline_auth(flow: Flow) -> Play {
    let pipelining = Pipelining { pipeline_auth: true, ..flow.into() };
    plain(pipelining).user(Some(Mechanism::Plain)).mail(&["bob"])
}

fn pipeline_quit(flow: Flow) -> Play {
    plain(Pipelining { pipeline_quit: true, ..flow.into() }).mail(&["bob"]).quit()
}

fn ehlo() -> Script {
    Script::ehlo(&["PIPELINING", "CHUNKING", "AUTH PLAIN LOGIN"])
}

fn assert_not_sent_because_of_auth(result: &Result) {
    assert_eq!(result.outcomes(), [Outcome::NotSent]);
    assert_eq!(result.error(), (Kind::Authentication, Some(Step::Auth)));
}

/// RFC 4954 §4, the exception at the end.
#[test]
fn auth_plain_starts_the_flight_of_the_first_mail() {
    let script = ehlo().client(AUTH).group(&["bob"]);
    let script = script.server("235 accepted | 250 ok | 250 ok | 354 go ahead");
    let script = script.content().server("250 ok").client("QUIT").server("221 bye");
    let result = pipeline_auth(Flow::Pipelined).quit().run(script);
    assert_eq!(result.outcomes(), [Outcome::Accepted]);
    assert!(result.failure.is_none());
}

#[test]
fn no_content_follows_a_refused_auth() {
    for replies in ["530 no | 530 no | 503 no", "250 ok | 250 ok | 354 go ahead"] {
        let script = ehlo().client(AUTH).group(&["bob"]).server("535 wrong password");
        assert_not_sent_because_of_auth(
            &pipeline_auth(Flow::Pipelined).run(script.server(replies)),
        );
    }
}

#[test]
fn an_unexpected_challenge_ends_the_session() {
    let script = ehlo().client(AUTH).group(&["bob"]).server("334  | 250 ok");
    let result = pipeline_auth(Flow::Pipelined).run(script);
    assert_eq!(result.outcomes(), [Outcome::NotSent]);
    assert_eq!(result.error(), (Kind::Protocol, Some(Step::Auth)));
}

/// The chunk is written already, so the session reads the replies to it before it ends.
#[test]
fn a_chunk_after_a_refused_auth_has_the_outcome_of_its_replies() {
    let chunked = |replies: &str| {
        let script = ehlo().client(AUTH).chunk(&["bob"]).server("535 wrong password");
        let script = script.server(replies).client("QUIT").server("221 bye");
        pipeline_auth(Flow::Chunked).run(script)
    };
    assert_not_sent_because_of_auth(&chunked("530 no | 503 no | 503 no"));
    let accepted = chunked("250 ok | 250 ok | 250 accepted from anyone");
    assert_eq!(accepted.outcomes(), [Outcome::Accepted]);
    assert_eq!(accepted.failure.map(|error| error.kind()), Some(Kind::Authentication));
}

#[test]
fn no_further_mail_follows_a_refused_auth() {
    let script = ehlo().client(AUTH).chunk(&["bob"]).client("RSET").chunk(&["bob"]);
    let script = script.server("535 wrong password | 530 no | 503 no | 503 no");
    let script =
        script.server("250 ok | 530 no | 503 no | 503 no").client("QUIT").server("221 bye");
    let mails = pipeline_auth(Flow::Streamed).mail(&["bob"]).mail(&["bob"]).window(2);
    assert_eq!(mails.run(script).outcomes(), [Outcome::NotSent, Outcome::NotSent]);
}

#[test]
fn a_mechanism_with_challenges_is_not_pipelined() {
    let pipelining = Pipelining { pipeline_auth: true, ..Flow::Pipelined.into() };
    let login = plain(pipelining).user(Some(Mechanism::Login)).mail(&["bob"]);
    let script = ehlo().client("AUTH LOGIN").server("334 VXNlcm5hbWU6");
    let script = script.client("dGlt").server("334 UGFzc3dvcmQ6");
    let script = script.client("dGFuc3RhYWZ0YW5zdGFhZg==").server("535 wrong password");
    let result = login.run(script.client("QUIT").server("221 bye"));
    assert!(result.receipts.is_empty(), "no mail was offered");
    assert_eq!(result.failure.map(|error| error.kind()), Some(Kind::Authentication));
}

/// RFC 2920 §4 shows QUIT after a content.
#[test]
fn quit_ends_the_flight_of_the_last_content() {
    let go_ahead = "250 ok | 250 ok | 354 go ahead";
    let script = ehlo().group(&["bob"]).server(go_ahead).content().server("250 ok");
    let script = script.group(&["cid"]).server(go_ahead).content().client("QUIT");
    let result =
        pipeline_quit(Flow::Pipelined).mail(&["cid"]).run(script.server("250 ok | 221 bye"));
    assert_eq!(result.outcomes(), [Outcome::Accepted, Outcome::Accepted]);
    assert!(result.failure.is_none());
}

/// Some servers refuse commands that follow a content. The mail is accepted all the same, and the session
/// was about to end.
#[test]
fn a_refused_quit_changes_nothing() {
    let script = ehlo().chunk(&["bob"]).client("QUIT");
    let script = script.server("250 ok | 250 ok | 250 ok | 503 pipelined after end of data");
    let result = pipeline_quit(Flow::Chunked).run(script);
    assert_eq!(result.outcomes(), [Outcome::Accepted]);
    assert!(result.failure.is_none());
}

#[test]
fn quit_has_its_own_flight_if_no_content_was_sent() {
    let script = ehlo().group(&["bob"]).server("250 ok | 550 no such user | 503 no recipient");
    let result = pipeline_quit(Flow::Pipelined).run(script.client("QUIT").server("221 bye"));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
}

#[test]
fn in_lockstep_each_command_has_its_own_flight() {
    let pipelining =
        Pipelining { pipeline_auth: true, pipeline_quit: true, ..Flow::Lockstep.into() };
    let play = plain(pipelining).user(Some(Mechanism::Plain)).mail(&["bob"]).quit();
    let script = ehlo().client(AUTH).server("235 accepted");
    let script = script.client("MAIL FROM:<ann@example.com>").server("550 no");
    let result = play.run(script.client("QUIT").server("221 bye"));
    assert_eq!(result.outcomes(), [Outcome::Rejected]);
}
