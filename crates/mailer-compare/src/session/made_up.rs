//! Sessions with made-up times, for tests of what is computed from them.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use mailer::{Receipt, Reply, Security, Step};

use super::{Session, Witness};
use crate::recorder::{Happened, Recorded};
use mailer_link::{Connection, Direction, Path};

/// Events and bursts of one connection, times in microseconds since its start.
struct Script {
    start: Instant,
    events: Vec<Recorded>,
    link: Connection,
}

impl Script {
    fn new() -> Self {
        let start = Instant::now();
        let mut link = Connection::new(start + Duration::from_micros(70));
        link.reached = Some((loopback(), start + Duration::from_micros(100)));
        Self { start, events: Vec::new(), link }
    }

    fn event(&mut self, at: u64, what: Happened) {
        let at = self.start + Duration::from_micros(at);
        self.events.push(Recorded { at, what, source: None });
    }

    fn bytes(&mut self, at: u64, direction: Direction, bytes: u64) {
        self.link.record(self.start + Duration::from_micros(at), direction, bytes);
    }

    fn sent(&mut self, at: u64, step: Step, line: &str) {
        self.bytes(at + 10, Direction::Out, line.len() as u64 + 2);
        self.event(at, Happened::Sent { step, line: line.into() });
    }

    fn received(&mut self, at: u64, step: Step, code: u16, text: &str) {
        self.bytes(at - 20, Direction::In, text.len() as u64 + 6);
        self.event(at, Happened::Received { step, reply: Reply::new(code, text) });
    }

    /// A command sent 10 µs after `begin`, and its reply noticed 200 µs after it.
    fn exchange(&mut self, begin: u64, step: Step, line: &str, code: u16, text: &str) {
        self.sent(begin + 10, step, line);
        self.received(begin + 200, step, code, text);
    }

    fn handshake(&mut self) {
        self.event(80, Happened::Connected { peer: loopback() });
        self.received(200, Step::Greeting, 220, "mail.example ready");
        self.exchange(200, Step::Ehlo, "EHLO client.example", 250, "mail.example\nSTARTTLS");
        self.exchange(400, Step::StartTls, "STARTTLS", 220, "go");
        self.bytes(700, Direction::Out, 300);
        self.bytes(1400, Direction::In, 1500);
        self.bytes(1590, Direction::Out, 80);
        self.event(1600, Happened::TlsStarted { version: Some("TLSv1.3".into()) });
        let offers = "mail.example\nPIPELINING\nAUTH PLAIN LOGIN";
        self.exchange(1600, Step::EhloAgain, "EHLO client.example", 250, offers);
        self.exchange(1800, Step::Auth, "AUTH PLAIN ****", 235, "2.7.0 ok");
    }

    fn before_content() -> Self {
        let mut script = Self::new();
        script.handshake();
        script.envelope(2000);
        script
    }

    fn envelope(&mut self, begin: u64) {
        self.exchange(begin, Step::Mail, MAIL, 250, "2.1.0 ok");
        self.exchange(begin + 200, Step::Recipient, RCPT, 250, "2.1.5 ok");
        self.exchange(begin + 400, Step::Data, "DATA", 354, "go");
    }

    /// Content 50 µs after `begin`; its dot, written then and leaving when `stall` is over; QUIT.
    fn content_and_quit(&mut self, begin: u64, stall: u64) {
        self.content(begin);
        self.event(begin + 55, dot());
        self.bytes(begin + 60 + stall, Direction::Out, 5);
        self.taken_and_quit(begin + 200 + stall);
    }

    fn content(&mut self, begin: u64) {
        self.bytes(begin + 40, Direction::Out, CONTENT.len() as u64);
        let content = Happened::Content { head: CONTENT.into(), octets: CONTENT.len() as u64 };
        self.event(begin + 50, content);
    }

    /// The final reply, noticed then, and QUIT.
    fn taken_and_quit(&mut self, quit: u64) {
        self.received(quit, Step::EndOfData, 250, "2.0.0 taken as 1");
        self.exchange(quit, Step::Quit, "QUIT", 221, "bye");
        self.event(quit + 250, Happened::Closed { writes: Some(12) });
        // Both ends of TLS, for which nobody waits.
        self.bytes(quit + 255, Direction::Out, 24);
        self.bytes(quit + 258, Direction::In, 24);
    }

    fn session(self, backend: &str) -> Session {
        let last = self.events.last().map_or(self.start, |event| event.at);
        Session {
            backend: backend.into(),
            flow: None,
            measured_only: false,
            security: Security::Required,
            made_in: Duration::from_micros(20),
            started: self.start,
            ended: last + Duration::from_micros(10),
            events: self.events,
            witness: Witness::Client,
            path: Path::default(),
            connections: Some(vec![self.link]),
            receipt: Receipt::accepted(
                vec![Some(Reply::new(250, "2.1.5 ok"))],
                Reply::new(250, "2.0.0 taken as 1"),
            ),
            further: Vec::new(),
            closing: None,
        }
    }
}

const CONTENT: &str = "Subject: hello\r\n\r\nHello, Bob.\r\n.a dot\r\n";

const MAIL: &str = "MAIL FROM:<ann@example.test>";
const RCPT: &str = "RCPT TO:<bob@example.test>";

fn dot() -> Happened {
    Happened::Sent { step: Step::EndOfData, line: ".".into() }
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 2525))
}

/// One command after the other.
pub(crate) fn session(backend: &str) -> Session {
    stalled(backend, 0)
}

/// The same, with the dot held back for that many microseconds.
pub(crate) fn stalled(backend: &str, stall: u64) -> Session {
    let mut script = Script::before_content();
    script.content_and_quit(2600, stall);
    script.session(backend)
}

/// The same, with the dot written that many microseconds after the content.
pub(crate) fn hesitating(backend: &str, pause: u64) -> Session {
    let mut script = Script::before_content();
    script.content(2600);
    script.bytes(2660 + pause, Direction::Out, 5);
    script.event(2670 + pause, dot());
    script.taken_and_quit(2800 + pause);
    script.session(backend)
}

/// The same, with the second half of the final reply that many microseconds after its first.
pub(crate) fn half_a_reply(backend: &str, pause: u64) -> Session {
    let mut script = Script::before_content();
    script.content(2600);
    script.event(2655, dot());
    script.bytes(2660, Direction::Out, 5);
    script.bytes(2780, Direction::In, 2);
    script.taken_and_quit(2800 + pause);
    script.session(backend)
}

/// Two mails, with a NOOP between them, as lettre says it.
pub(crate) fn two_mails(backend: &str) -> Session {
    let mut script = Script::before_content();
    script.content(2600);
    script.event(2655, dot());
    script.bytes(2660, Direction::Out, 5);
    script.received(2800, Step::EndOfData, 250, "2.0.0 taken as 1");
    script.exchange(2800, Step::Noop, "NOOP", 250, "2.0.0 ok");
    script.envelope(3000);
    script.content_and_quit(3600, 0);
    let session = script.session(backend);
    Session { further: vec![session.receipt.clone()], ..session }
}

/// MAIL, RCPT and DATA in one flight.
pub(crate) fn pipelined(backend: &str) -> Session {
    let mut script = Script::new();
    script.handshake();
    script.sent(2010, Step::Mail, MAIL);
    script.sent(2011, Step::Recipient, RCPT);
    script.sent(2012, Step::Data, "DATA");
    script.received(2200, Step::Mail, 250, "2.1.0 ok");
    script.received(2201, Step::Recipient, 250, "2.1.5 ok");
    script.received(2202, Step::Data, 354, "go");
    script.content_and_quit(2202, 0);
    Session { flow: Some("pipelined".into()), ..script.session(backend) }
}
