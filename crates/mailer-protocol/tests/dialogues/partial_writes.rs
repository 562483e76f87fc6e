//! Writes that are interrupted, and writes of a part of the bytes.

use std::sync::Arc;

use mailer::{Envelope, Error, Outcome, Server, Step};
use mailer_protocol::{Flow, Next, Outgoing, Pipelining, Session};
use proptest::prelude::*;

const CONTENT: &[u8] = b"Subject: hello\r\n\r\n.A line.\r\n";

/// A session that has read EHLO's reply and has mails to one recipient each.
fn session(pipelining: impl Into<Pipelining>, mails: u64) -> Session {
    let server: Server = "smtp://mail.example.com?tls=none".parse().unwrap();
    let envelope = Envelope::new(None, vec!["bob@example.com".parse().unwrap()]).unwrap();
    let mut mail = Outgoing::empty(Arc::new(envelope));
    mail.size = CONTENT.len() as u64;
    let mut session = Session::new(Arc::new(server), pipelining);
    session.received(b"220 ready\r\n");
    assert!(matches!(session.what_next(), Next::Write { step: Step::Ehlo, .. }));
    session.wrote();
    session.received(b"250-mail.example.com\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
    session.expect_mails();
    let mut offered = 0;
    // Everything up to the first write.
    loop {
        match session.what_next() {
            Next::Mail => {
                session.offer(offered, mail.clone());
                offered += 1;
                if offered == mails {
                    session.no_more_mails();
                }
            }
            Next::Content { .. } => session.content(CONTENT),
            Next::Write { .. } => return session,
            next => panic!("{next:?}"),
        }
    }
}

/// Returns the outcomes after the connection was lost.
fn lose(mut session: Session) -> Vec<Outcome> {
    session.fail(Error::lost(Step::Content));
    let mut outcomes = Vec::new();
    while let Next::Settled(_) = session.what_next() {
        outcomes.push(session.receipt().outcome);
    }
    outcomes
}

#[test]
fn a_reply_is_due_once_its_command_is_written() {
    let mail = b"MAIL FROM:<>\r\n".len();
    for (written, is_due) in [(0, false), (mail - 1, false), (mail, true), (mail + 1, true)] {
        let mut session = session(Flow::Pipelined, 1);
        session.advance(written);
        session.received(b"250 ok\r\n");
        assert_eq!(session.failure().is_none(), is_due, "{written} bytes");
    }
}

#[test]
fn a_refusal_that_arrives_during_a_write_is_seen() {
    let mut session = session(Flow::Chunked, 1);
    session.advance(20);
    session.received(b"552 too much\r\n");
    assert!(matches!(session.what_next(), Next::Write { .. }), "the chunk was announced");
    session.wrote();
    session.received(b"503 no\r\n503 no\r\n");
    assert!(matches!(session.what_next(), Next::Settled(_)));
    assert_eq!(session.receipt().outcome, Outcome::Rejected);
}

/// RFC 3030 §2: a server stores nothing of a chunk that it has not received completely.
#[test]
fn a_mail_is_unknown_only_if_its_last_byte_may_have_been_written() {
    let length = session(Flow::Chunked, 1).bytes().len();
    for (written, outcome) in
        [(0, Outcome::NotSent), (length - 1, Outcome::NotSent), (length, Outcome::Unknown)]
    {
        let mut session = session(Flow::Chunked, 1);
        session.advance(written);
        assert_eq!(lose(session), [outcome], "{written} of {length} bytes");
    }
}

/// A failed write may have written everything but its last byte, so the content before QUIT may have left.
#[test]
fn a_mail_whose_content_is_followed_by_quit_is_unknown_after_a_failed_write() {
    let pipelining = Pipelining { pipeline_quit: true, ..Flow::Chunked.into() };
    let mut session = session(pipelining, 1);
    assert!(session.bytes().ends_with(b"QUIT\r\n"));
    session.write_interrupted();
    assert_eq!(lose(session), [Outcome::Unknown]);
}

proptest! {
    #[test]
    fn writing_in_parts_changes_nothing(
        flow in proptest::sample::select(Flow::ALL.to_vec()), parts in proptest::collection::vec(1_usize..40, 1..8),
    ) {
        let whole = session(flow, 2);
        let mut session = session(flow, 2);
        let mut written = Vec::new();
        let mut parts = parts.iter().copied().cycle();
        while let Next::Write { .. } = session.what_next() {
            let count = parts.next().unwrap().min(session.bytes().len());
            written.extend_from_slice(&session.bytes()[..count]);
            session.advance(count);
        }
        prop_assert_eq!(written, whole.bytes());
        let reads = matches!(session.what_next(), Next::Read { step: Step::Mail, .. });
        prop_assert!(reads);
    }
}
