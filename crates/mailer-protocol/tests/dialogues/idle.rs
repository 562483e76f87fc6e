//! Connections that the server gives up while they are idle, or at the first command after that.

use std::sync::Arc;

use mailer::{Error, Kind, Outcome, Step};
use mailer_protocol::{Flow, Next, Session};

use crate::{play::plain, script::Script};

/// Nothing (the server closes the connection), and two replies that give up the connection.
const LAST_REPLIES: [Option<&str>; 3] = [None, Some("421 4.4.2 idle"), Some("451 4.4.2 idle")];

fn ehlo() -> Script {
    Script::ehlo(&["PIPELINING", "CHUNKING"])
}

/// The outcome of a mail on a connection that was quiet, and whether it is offered again.
fn after_quiet(flow: Flow, script: &Script) -> (Outcome, bool) {
    plain(flow).mail(&["bob"]).quiet_first().run(script).only()
}

#[test]
fn a_chunk_on_a_quiet_connection_waits_for_the_replies_to_its_envelope() {
    for flow in [Flow::Chunked, Flow::Streamed] {
        let script = ehlo().envelope(&["bob"]).server("250 ok | 250 ok").bdat().server("250 ok");
        assert_eq!(after_quiet(flow, &script), (Outcome::Accepted, false), "{flow}");
    }
}

#[test]
fn a_mail_is_offered_again_if_a_quiet_connection_was_given_up() {
    for flow in [Flow::Pipelined, Flow::Overlapped, Flow::Chunked, Flow::Streamed] {
        for last in LAST_REPLIES {
            let envelope = match flow.chunks() {
                true => ehlo().envelope(&["bob"]),
                false => ehlo().group(&["bob"]),
            };
            let script = last.map_or(envelope.clone(), |reply| envelope.server(reply));
            let (outcome, again) = after_quiet(flow, &script);
            assert!(again, "{flow} {last:?}: {outcome:?}");
        }
    }
}

/// Another connection would end in the same way.
#[test]
fn the_first_mail_of_a_new_connection_is_not_offered_again() {
    for last in LAST_REPLIES {
        let script = ehlo().group(&["bob"]);
        let script = last.map_or(script.clone(), |reply| script.server(reply));
        let (outcome, again) = plain(Flow::Pipelined).mail(&["bob"]).run(&script).only();
        assert!(!again, "{last:?}: {outcome:?}");
    }
}

#[test]
fn a_mail_whose_content_was_written_is_not_offered_again() {
    let script = ehlo().group(&["bob"]).server("250 ok | 250 ok | 354 go ahead").content();
    let script = script.server("421 4.4.2 idle");
    assert_eq!(after_quiet(Flow::Auto, &script), (Outcome::Rejected, false));
}

#[test]
fn a_reply_between_mails_ends_the_session() {
    for (reply, kind) in [
        ("421 4.4.2 idle", Kind::Temporary),
        ("451 4.4.2 idle", Kind::Temporary),
        ("250 ok", Kind::Protocol),
    ] {
        let server = "smtp://mail.example.com?tls=none".parse().unwrap();
        let mut session = Session::new(Arc::new(server), Flow::Auto);
        session.received(b"220 ready\r\n");
        assert!(matches!(session.what_next(), Next::Write { step: Step::Ehlo, .. }));
        session.wrote();
        session.received(b"250 mail.example.com\r\n");
        assert!(matches!(session.what_next(), Next::Idle) && session.is_quiet());
        session.received(format!("{reply}\r\n").as_bytes());
        assert!(matches!(session.what_next(), Next::Close) && session.has_reached_mail());
        assert_eq!(session.failure().map(Error::kind), Some(kind), "{reply}");
    }
}
