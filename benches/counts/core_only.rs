//! The protocol core without I/O: a session in memory, with the replies of a server that accepts everything
//! at once.

use std::sync::Arc;

use mailer::{Envelope, Security, Server, Step};
use mailer_backends::Flow;
use mailer_protocol::{Block, Next, Outgoing, Session};

/// The size of each message in bytes.
pub(crate) const MESSAGE_SIZE: usize = 1024;

/// Messages that are sent first, so that every buffer has its final size.
const WARM_UP: u64 = 200;
const MESSAGES: u64 = 1000;

/// What the core does for one more message.
pub(crate) struct CoreCounts {
    pub(crate) allocations: f64,
    pub(crate) writes: f64,
}

/// Counts allocations and writes in this flow.
pub(crate) fn count(flow: Flow) -> CoreCounts {
    let mut core = CoreOnly::new(flow);
    core.send(WARM_UP);
    core.writes = 0;
    let allocated = allocation_counter::measure(|| core.send(MESSAGES));
    CoreCounts {
        allocations: allocated.count_total as f64 / MESSAGES as f64,
        writes: core.writes as f64 / MESSAGES as f64,
    }
}

/// A session with its replies in memory.
pub(crate) struct CoreOnly {
    session: Session,
    flow: Flow,
    mail: Outgoing,
    content: Vec<u8>,
    offered: u64,
    /// The number of messages whose last reply was given.
    answered: u64,
    /// How often the session requested a write.
    writes: u64,
    /// Many positive replies in a row.
    replies: Vec<u8>,
}

const CAPABILITIES: &[u8] = b"250-mail.example.test greets you\r\n250-SIZE 35882577\r\n\
    250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n250 CHUNKING\r\n";
const OK: &[u8] = b"250 2.0.0 Ok, as you like it\r\n";
const GO_AHEAD: &[u8] = b"354 Go ahead\r\n";
const OK_AND_GO_AHEAD: &[u8] = b"250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n354 Go ahead\r\n";
const DONE_AND_GO_AHEAD: &[u8] =
    b"250 2.0.0 Stored\r\n250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n354 Go ahead\r\n";
/// The replies to one message: to MAIL, RCPT and BDAT, and in the flow `streamed` to RSET.
const CHUNKED: usize = 3;
const STREAMED: usize = 4;

impl CoreOnly {
    pub(crate) fn new(flow: Flow) -> Self {
        let host = "mail.example.test".parse().expect("a host name");
        let server = Arc::new(Server::new(host, 25, Security::None));
        let address = |text: &str| text.parse().expect("an address");
        let to = vec![address("bob@example.test")];
        let envelope = Envelope::new(Some(address("ann@example.test")), to).expect("an envelope");
        let mut mail = Outgoing::empty(Arc::new(envelope));
        mail.size = MESSAGE_SIZE as u64;
        Self {
            session: Session::new(server, flow),
            flow,
            mail,
            content: b"A line of thirty-two bytes, okay\r\n".repeat(MESSAGE_SIZE / 32 + 1),
            offered: 0,
            answered: 0,
            writes: 0,
            replies: OK.repeat(1000),
        }
    }

    /// Sends messages until all of them are settled.
    pub(crate) fn send(&mut self, mails: u64) {
        let (mut left, mut content_left) = (mails, 0);
        self.session.expect_mails();
        loop {
            match self.session.what_next() {
                Next::Write { .. } => {
                    self.writes += 1;
                    self.session.wrote();
                }
                Next::Read { step, .. } => self.answer(step),
                Next::Content { max, .. } => {
                    let block = max.min(content_left);
                    content_left -= block;
                    let block = self.content.get(..block).unwrap_or_default();
                    // The driver would write this block directly, after the bytes that are ready.
                    if self.session.content_to_write(block) == Block::WriteThrough {
                        self.writes += 1;
                        self.session.wrote();
                    }
                }
                Next::Mail if left > 0 => {
                    self.session.offer(self.offered, self.mail.clone());
                    (self.offered, left, content_left) = (self.offered + 1, left - 1, MESSAGE_SIZE);
                }
                Next::Mail => self.session.no_more_mails(),
                Next::Settled(_) => {}
                Next::Idle => return,
                Next::StartTls { .. } | Next::Close => panic!("{:?}", self.session.failure()),
            }
        }
    }

    /// Answers everything that was written: the session reads only when it has nothing left to write.
    fn answer(&mut self, step: Step) {
        let in_flight = usize::try_from(self.offered - self.answered).expect("a window's worth");
        let oks = |count: usize| self.replies.get(..count * OK.len()).expect("replies enough");
        let (settled, reply) = match (self.flow, step) {
            (_, Step::Greeting) => (0, b"220 mail.example.test ready\r\n".as_slice()),
            (_, Step::Ehlo) => (0, CAPABILITIES),
            (Flow::Chunked, _) => (1, oks(CHUNKED)),
            // RSET comes before every message but the first.
            (Flow::Streamed, Step::Mail) => (in_flight, oks(in_flight * STREAMED - 1)),
            (Flow::Streamed, _) => (in_flight, oks(in_flight * STREAMED)),
            (Flow::Lockstep, Step::Data) => (0, GO_AHEAD),
            (Flow::Lockstep, Step::EndOfData) => (1, OK),
            (Flow::Lockstep, _) => (0, OK),
            (Flow::Overlapped, Step::EndOfData) if in_flight > 1 => (1, DONE_AND_GO_AHEAD),
            (_, Step::EndOfData) => (1, OK),
            _ => (0, OK_AND_GO_AHEAD),
        };
        self.answered += settled as u64;
        self.session.received(reply);
    }
}
