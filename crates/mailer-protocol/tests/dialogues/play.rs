//! Plays a script against a session.

use std::sync::Arc;

use mailer::{Credentials, Envelope, Kind, Mechanism, Outcome, Receipt, Server, Step};
use mailer_protocol::{Block, Next, Outgoing, Pipelining, Session};

const CONTENT: &[u8] = b"Subject: hello\r\n\r\n.A line.\r\n";

/// A dialogue in the making.
pub(crate) struct Play {
    server: Server,
    pipelining: Pipelining,
    mails: Vec<Outgoing>,
    quits: bool,
    /// The connection is idle before the first mail, for so long that it counts as quiet.
    is_quiet_first: bool,
}

/// How a dialogue ended.
#[derive(Debug)]
pub(crate) struct Result {
    pub(crate) receipts: Vec<(Receipt, bool)>,
    pub(crate) failure: Option<mailer::Error>,
}

impl Result {
    /// All that must not depend on how the bytes were cut.
    fn facts(&self) -> Vec<String> {
        let error = |receipt: &Receipt| receipt.error.as_ref().map(|e| (e.kind(), e.step()));
        let facts = |(receipt, again): &(Receipt, bool)| {
            format!("{:?}, again: {again}, {:?}", receipt.outcome, error(receipt))
        };
        self.receipts.iter().map(facts).collect()
    }

    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        self.receipts.iter().map(|(receipt, _)| receipt.outcome).collect()
    }

    /// Kind and step of the error of the only mail.
    pub(crate) fn error(&self) -> (Kind, Option<Step>) {
        let error = self.receipts[0].0.error.as_ref().expect("an error");
        (error.kind(), error.step())
    }
}

pub(crate) fn plain(pipelining: impl Into<Pipelining>) -> Play {
    Play {
        server: "smtp://mail.example.com?tls=none".parse().unwrap(),
        pipelining: pipelining.into(),
        mails: Vec::new(),
        quits: false,
        is_quiet_first: false,
    }
}

impl Play {
    pub(crate) fn url(mut self, url: &str) -> Self {
        self.server = url.parse().unwrap();
        self
    }

    pub(crate) fn user(mut self, mechanism: Option<Mechanism>) -> Self {
        self.server.credentials = Some(Credentials::new("tim", "tanstaaftanstaaf").unwrap());
        self.server.mechanism = mechanism;
        self
    }

    pub(crate) fn mail(mut self, recipients: &[&str]) -> Self {
        let recipients = recipients.iter().map(|name| format!("{name}@example.com"));
        let recipients = recipients.map(|address| address.parse().unwrap()).collect();
        let sender = Some("ann@example.com".parse().unwrap());
        self.mails.push(Outgoing {
            envelope: Arc::new(Envelope::new(sender, recipients).unwrap()),
            size: CONTENT.len() as u64,
            is_8bit: false,
            has_utf8_header: false,
            offered_before: false,
        });
        self
    }

    pub(crate) fn change(mut self, change: impl Fn(&mut Outgoing)) -> Self {
        self.mails.iter_mut().for_each(change);
        self
    }

    pub(crate) fn window(mut self, mails: usize) -> Self {
        self.pipelining.window.mails = mails;
        self
    }

    pub(crate) fn quiet_first(mut self) -> Self {
        self.is_quiet_first = true;
        self
    }

    pub(crate) fn quit(mut self) -> Self {
        self.quits = true;
        self
    }

    /// Plays the script in every way of cutting the server's bytes.
    pub(crate) fn run(&self, script: &str) -> Result {
        let whole = self.run_in_pieces(script, usize::MAX, usize::MAX);
        assert_eq!(self.run_in_pieces(script, 1, 1).facts(), whole.facts(), "byte by byte");
        for cut in 1..40 {
            let again = self.run_in_pieces(script, cut, usize::MAX);
            assert_eq!(again.facts(), whole.facts(), "cut at {cut}");
        }
        whole
    }

    /// Each of the server's turns arrives as a first piece of `first` octets, then pieces of `rest`.
    pub(crate) fn run_in_pieces(&self, script: &str, first: usize, rest: usize) -> Result {
        let mut session = Session::new(Arc::new(self.server.clone()), self.pipelining);
        let mut is_due = self.is_quiet_first;
        if !is_due {
            session.expect_mails();
        }
        let mut mails = self.mails.iter().cloned().enumerate().peekable();
        let mut receipts = Vec::new();
        let mut turns = turns(script).into_iter().peekable();
        let mut unread: Vec<Vec<u8>> = Vec::new();
        let mut written = Vec::new();
        loop {
            match session.what_next() {
                Next::Write { .. } => {
                    written.extend_from_slice(session.bytes());
                    session.wrote();
                }
                Next::Content { max, .. } => {
                    let block = session.content(&CONTENT[..CONTENT.len().min(max)]);
                    assert_eq!(block, Block::Buffered, "so little is not worth a write of its own");
                }
                Next::Read { step, in_doubt, .. } => {
                    assert!(!in_doubt || step != Step::EndOfData, "an end of data is no doubt");
                    if let Some(Turn::Client(wanted)) = turns.peek().filter(|_| unread.is_empty()) {
                        assert_eq!(text(&written), text(wanted), "the flight at {step}");
                        written.clear();
                        turns.next();
                    }
                    assert!(written.is_empty(), "not in the script: {}", text(&written));
                    if unread.is_empty() {
                        let Some(Turn::Server(bytes)) = turns.next() else {
                            session.fail(mailer::Error::lost(step));
                            continue;
                        };
                        unread = pieces(&bytes, first, rest);
                    }
                    session.received(&unread.remove(0));
                }
                Next::StartTls => {
                    assert!(matches!(turns.next(), Some(Turn::Tls)), "TLS is not due");
                    session.secured();
                }
                Next::Mail => {
                    if let Some((number, mail)) = mails.next() {
                        session.offer(number as u64, mail);
                    }
                    if mails.peek().is_none() {
                        session.no_more_mails();
                    }
                }
                Next::Settled(settled) => {
                    assert_eq!(settled.mail as usize, receipts.len(), "settled in order");
                    receipts.push((session.receipt().clone(), settled.offer_again));
                }
                Next::Idle if is_due => {
                    is_due = false;
                    session.was_quiet();
                    session.expect_mails();
                }
                Next::Idle if self.quits => session.quit(),
                Next::Idle | Next::Close => break,
            }
        }
        assert!(turns.next().is_none(), "the script is not played to its end");
        Result { receipts, failure: session.failure().cloned() }
    }
}

#[derive(Debug, PartialEq)]
enum Turn {
    Client(Vec<u8>),
    Server(Vec<u8>),
    Tls,
}

fn turns(script: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for line in script.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        let (who, text) = line.split_at(2);
        let bytes = format!("{}\r\n", text.strip_prefix(' ').unwrap_or(text)).into_bytes();
        match (who, turns.last_mut()) {
            ("C:", Some(Turn::Client(turn))) | ("S:", Some(Turn::Server(turn))) => {
                turn.extend(bytes);
            }
            ("C:", _) => turns.push(Turn::Client(bytes)),
            ("S:", _) => turns.push(Turn::Server(bytes)),
            ("==", _) => turns.push(Turn::Tls),
            _ => panic!("not a line of a script: {line}"),
        }
    }
    turns
}

fn pieces(bytes: &[u8], first: usize, rest: usize) -> Vec<Vec<u8>> {
    let (head, tail) = bytes.split_at(first.min(bytes.len()));
    let rest = rest.min(bytes.len().max(1));
    std::iter::once(head).chain(tail.chunks(rest)).map(Vec::from).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
