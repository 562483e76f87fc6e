//! Contents that are longer or shorter than announced. After BDAT, a server would read the difference as
//! commands.

use std::sync::Arc;

use mailer::{Envelope, Kind, Outcome, Receipt, Server, Step};
use mailer_protocol::{Flow, Next, Outgoing, Session};
use proptest::prelude::*;

/// A content that adds a mail of its own if a server reads it as commands.
const CONTENT: &[u8] =
    b"Subject: hello\r\n\r\nRSET\r\nMAIL FROM:<eve@example.com>\r\nRCPT TO:<eve@example.com>\r\n";

/// The way in which a caller passes the content.
#[derive(Clone, Copy, Debug)]
enum Caller {
    /// One block each time the session asks, and an empty block at the end.
    Asked,
    /// All blocks at once.
    Pushing,
    /// As much as the session asks for each time.
    Filling,
}

/// What a session did.
struct Sent {
    receipt: Receipt,
    is_usable: bool,
    wire: Vec<u8>,
    /// The length of the longest block that the session asked for.
    longest: usize,
}

/// Sends the content in blocks of this length, and announces this size.
fn send(flow: Flow, caller: Caller, size: u64, content: &[u8], block: usize) -> Sent {
    let server: Server = "smtp://mail.example.com?tls=none".parse().unwrap();
    let envelope = Envelope::new(None, vec!["bob@example.com".parse().unwrap()]).unwrap();
    let mut mail = Outgoing::empty(Arc::new(envelope));
    mail.size = size;
    let mut session = Session::new(Arc::new(server), flow);
    session.expect_mails();
    let mut blocks = content.chunks(block);
    let (mut wire, mut receipt) = (Vec::new(), None);
    let (mut rest, mut longest) = (content, 0);
    for _ in 0..1000 {
        match session.what_next() {
            Next::Write { .. } => {
                wire.extend_from_slice(session.bytes());
                session.wrote();
            }
            Next::Read { step, .. } => session.received(reply(step)),
            Next::Mail => {
                session.offer(0, mail.clone());
                session.no_more_mails();
            }
            Next::Content { max, .. } => {
                longest = longest.max(max);
                match caller {
                    Caller::Asked => session.content(blocks.next().unwrap_or_default()),
                    Caller::Pushing => {
                        blocks.by_ref().for_each(|block| session.content(block));
                        session.content(&[]);
                    }
                    Caller::Filling => {
                        let (block, later) = rest.split_at(max.min(rest.len()));
                        session.content(block);
                        rest = later;
                    }
                }
            }
            Next::Settled(_) => receipt = Some(session.receipt().clone()),
            Next::Idle | Next::Close => {
                let receipt = receipt.expect("the mail is settled");
                return Sent { receipt, is_usable: session.is_ready(), wire, longest };
            }
            Next::StartTls { .. } => panic!("no TLS is configured"),
        }
    }
    panic!("the session does not end");
}

fn reply(step: Step) -> &'static [u8] {
    match step {
        Step::Greeting => b"220 ready\r\n",
        Step::Ehlo => b"250-mail.example.com\r\n250-PIPELINING\r\n250 CHUNKING\r\n",
        Step::Data => b"354 go ahead\r\n",
        _ => b"250 ok\r\n",
    }
}

/// Returns the verbs that a server reads: content is skipped as DATA and BDAT require.
fn verbs(mut wire: &[u8]) -> Vec<String> {
    let mut verbs = Vec::new();
    while let Some(end) = wire.iter().position(|&byte| byte == b'\n') {
        let line = String::from_utf8_lossy(&wire[..end]).into_owned();
        wire = &wire[end + 1..];
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "BDAT" => wire = &wire[words[1].parse::<usize>().unwrap().min(wire.len())..],
            "DATA" => {
                let dot = wire.windows(5).position(|bytes| bytes == b"\r\n.\r\n");
                wire = dot.map_or(&[], |dot| &wire[dot + 5..]);
            }
            _ => {}
        }
        verbs.push(words[0].to_owned());
    }
    verbs
}

#[test]
fn one_byte_too_many_shows_also_if_the_announced_size_fills_the_last_block() {
    let max = send(Flow::Chunked, Caller::Filling, 2, b"\r\n", 1).longest;
    let content = b"a line\r\n".repeat(2 * max / 8 + 1);
    for &flow in Flow::ALL {
        for size in [max - 1, max, max + 1, 2 * max] {
            let sent = |length| send(flow, Caller::Filling, size as u64, &content[..length], 1);
            assert_eq!(sent(size).receipt.outcome, Outcome::Accepted, "{flow}, {size} bytes");
            assert_eq!(sent(size + 1).receipt.outcome, Outcome::NotSent, "{flow}, {size} bytes");
        }
    }
}

proptest! {
    #[test]
    fn a_wrong_length_is_never_completed_and_never_read_as_commands(
        flow in proptest::sample::select(Flow::ALL.to_vec()),
        caller in proptest::sample::select(vec![Caller::Asked, Caller::Pushing]),
        size in 2_usize..CONTENT.len(), length in 2_usize..CONTENT.len(), block in 1_usize..40,
    ) {
        let content = &CONTENT[..length];
        let sent = send(flow, caller, size as u64, content, block);
        let content_verb = if flow.chunks() { "BDAT" } else { "DATA" };
        // A wrong length may show before anything of the mail is written.
        let commands = ["EHLO", "MAIL", "RCPT", content_verb].map(str::to_owned);
        prop_assert!(commands.starts_with(&verbs(&sent.wire)), "{}", sent.wire.escape_ascii());
        // A caller that stops at the announced size on its own has kept its word.
        let stops_in_time = matches!(caller, Caller::Asked) && size % block == 0 && length >= size;
        if length == size || stops_in_time {
            prop_assert_eq!(sent.receipt.outcome, Outcome::Accepted);
            prop_assert!(sent.is_usable);
        } else {
            let error = sent.receipt.error.expect("an error");
            prop_assert_eq!(sent.receipt.outcome, Outcome::NotSent);
            prop_assert_eq!((error.kind(), error.step()), (Kind::Message, Some(Step::Content)));
            prop_assert!(!sent.is_usable);
        }
    }
}
