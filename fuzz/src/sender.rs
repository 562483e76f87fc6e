//! A session that sends one mail to a server that accepts everything.

use std::sync::Arc;

use mailer::{Envelope, Step};
use mailer_protocol::{Block, Flight, Flow, Next, Outgoing, Session};

/// Returns the bytes on the wire for a content in these blocks, with the dot that ends it.
///
/// # Panics
/// If the session does anything unexpected.
#[must_use]
pub fn sent_by(flow: Flow, blocks: &[&[u8]]) -> Vec<u8> {
    let server = "smtp://mail.example.com?tls=none".parse().unwrap();
    let mut session = Session::new(Arc::new(server), flow);
    let (mut blocks_left, mut wire, mut offered) = (blocks.iter(), Vec::new(), false);
    loop {
        match session.what_next() {
            Next::Write { step, .. } => {
                if matches!(step, Step::Content | Step::EndOfData) {
                    wire.extend_from_slice(session.bytes());
                }
                session.wrote();
            }
            Next::Read { step, .. } => session.received(reply(step).as_bytes()),
            Next::Content { max, .. } => {
                let block = blocks_left.next().expect("no more is asked for than there is");
                assert!(block.len() <= max);
                if session.content_to_write(block) == Block::WriteThrough {
                    wire.extend(around(session.flight(), block));
                    session.wrote();
                }
            }
            Next::Idle if !offered => session.expect_mails(),
            Next::Mail if !offered => {
                session.offer(0, outgoing(blocks));
                offered = true;
            }
            Next::Mail => session.no_more_mails(),
            Next::Settled(_) => assert!(session.receipt().error.is_none()),
            Next::Idle if flow.chunks() => return without_envelope(&wire),
            Next::Idle => return wire,
            next @ (Next::StartTls { .. } | Next::Close) => {
                panic!("{next:?}: {:?}", session.failure())
            }
        }
    }
}

/// The bytes of a flight, with the block in its place.
pub(crate) fn around(flight: Flight<'_>, block: &[u8]) -> Vec<u8> {
    [flight.before.concat(), block.to_vec(), flight.after.concat()].concat()
}

fn outgoing(blocks: &[&[u8]]) -> Outgoing {
    let envelope = Envelope::new(None, vec!["bob@example.com".parse().unwrap()]).unwrap();
    let mut mail = Outgoing::empty(Arc::new(envelope));
    mail.size = blocks.iter().map(|block| block.len() as u64).sum();
    mail
}

fn reply(step: Step) -> &'static str {
    match step {
        Step::Greeting => "220 ready\r\n",
        Step::Ehlo => "250-mail.example.com\r\n250-PIPELINING\r\n250 CHUNKING\r\n",
        Step::Data => "354 go ahead\r\n",
        _ => "250 ok\r\n",
    }
}

/// Removes the envelope before a chunk. Its last line states the length of the chunk.
fn without_envelope(wire: &[u8]) -> Vec<u8> {
    let lines = wire.split_inclusive(|&byte| byte == b'\n').take(3);
    let envelope: Vec<u8> = lines.flatten().copied().collect();
    let content = wire.get(envelope.len()..).unwrap_or_default();
    let announced = format!("BDAT {} LAST\r\n", content.len());
    assert!(envelope.ends_with(announced.as_bytes()), "{}", envelope.escape_ascii());
    content.to_vec()
}
