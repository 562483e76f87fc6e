//! Plays a script against a session.

use std::{iter::Peekable, sync::Arc, time::Duration, vec};

use mailer::{Credentials, Envelope, Kind, Mechanism, Outcome, Receipt, Server, Step};
use mailer_protocol::{Next, Outgoing, Pipelining, Session};

const CONTENT: &[u8] = b"Subject: hello\r\n\r\n.A line.\r\n";

/// A dialogue to play: the server, the options and the mails.
pub(crate) struct Play {
    server: Server,
    pipelining: Pipelining,
    mails: Vec<Outgoing>,
    quits: bool,
    /// The nonce for SCRAM.
    nonce: String,
    /// Whether the connection is idle before the first mail, for so long that it counts as quiet.
    is_quiet_first: bool,
}

/// The end of a dialogue.
#[derive(Debug)]
pub(crate) struct Result {
    /// Each receipt, and whether the mail is to be offered again.
    pub(crate) receipts: Vec<(Receipt, bool)>,
    pub(crate) failure: Option<mailer::Error>,
    /// See [`Session::pipelined_mechanism_unknown`].
    pub(crate) mechanism_unknown: bool,
}

impl Result {
    /// Returns everything that must not depend on how the bytes were split.
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

    /// Returns the outcome of the only mail, and whether it is to be offered again.
    pub(crate) fn only(&self) -> (Outcome, bool) {
        assert_eq!(self.receipts.len(), 1, "{self:?}");
        (self.receipts[0].0.outcome, self.receipts[0].1)
    }

    /// Returns kind and step of the first mail's error.
    pub(crate) fn error(&self) -> (Kind, Option<Step>) {
        let error = self.receipts[0].0.error.as_ref().expect("an error");
        (error.kind(), error.step())
    }
}

/// Creates a dialogue without TLS.
pub(crate) fn plain(pipelining: impl Into<Pipelining>) -> Play {
    Play {
        server: "smtp://mail.example.com?tls=none".parse().unwrap(),
        pipelining: pipelining.into(),
        mails: Vec::new(),
        quits: false,
        nonce: "nonce".to_owned(),
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
        self.server.mechanisms = mechanism.map_or(Mechanism::ALL.to_vec(), |it| vec![it]);
        self
    }

    pub(crate) fn login(mut self, user: &str, password: &str) -> Self {
        self.server.credentials = Some(Credentials::new(user, password).unwrap());
        self
    }

    pub(crate) fn token(mut self, user: &str, token: &str) -> Self {
        self.server.credentials = Some(Credentials::with_token(user, token).unwrap());
        self
    }

    pub(crate) fn mechanisms(mut self, mechanisms: &[Mechanism]) -> Self {
        self.server.mechanisms = mechanisms.to_vec();
        self
    }

    pub(crate) fn nonce(mut self, nonce: &str) -> Self {
        nonce.clone_into(&mut self.nonce);
        self
    }

    pub(crate) fn mail(mut self, recipients: &[&str]) -> Self {
        let recipients = recipients.iter().map(|name| format!("{name}@example.com"));
        let recipients = recipients.map(|address| address.parse().unwrap()).collect();
        let sender = Some("ann@example.com".parse().unwrap());
        let envelope = Envelope::new(sender, recipients).unwrap();
        let mut mail = Outgoing::empty(Arc::new(envelope));
        mail.size = CONTENT.len() as u64;
        self.mails.push(mail);
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

    /// Plays the script with the server's bytes whole, byte by byte, and split at each point.
    pub(crate) fn run(&self, script: impl AsRef<str>) -> Result {
        let script = script.as_ref();
        let whole = self.run_in_pieces(script, usize::MAX, usize::MAX);
        assert_eq!(self.run_in_pieces(script, 1, 1).facts(), whole.facts(), "byte by byte");
        for cut in 1..40 {
            let again = self.run_in_pieces(script, cut, usize::MAX);
            assert_eq!(again.facts(), whole.facts(), "cut at {cut}");
        }
        whole
    }

    /// Plays the script. Each of the server's turns arrives as a piece of `first` bytes, then in pieces of
    /// `rest` bytes.
    pub(crate) fn run_in_pieces(
        &self,
        script: impl AsRef<str>,
        first: usize,
        rest: usize,
    ) -> Result {
        let mut stage = Stage {
            session: Session::new(Arc::new(self.server.clone()), self.pipelining)
                .with_nonce(&self.nonce),
            turns: turns(script.as_ref()).into_iter().peekable(),
            unread: Vec::new(),
            written: Vec::new(),
            pieces: (first, rest),
            mails: self.mails.clone().into_iter().enumerate().peekable(),
            receipts: Vec::new(),
            is_quiet_due: self.is_quiet_first,
            quits: self.quits,
        };
        if !self.is_quiet_first {
            stage.session.expect_mails();
        }
        while stage.play_next() {}
        assert!(stage.turns.next().is_none(), "the script is not played to its end");
        Result {
            receipts: stage.receipts,
            failure: stage.session.failure().cloned(),
            mechanism_unknown: stage.session.pipelined_mechanism_unknown(),
        }
    }
}

/// A dialogue while it is played.
struct Stage {
    session: Session,
    turns: Peekable<vec::IntoIter<Turn>>,
    /// The pieces of the server's turn that are not read yet.
    unread: Vec<Vec<u8>>,
    /// What the session wrote since the last read.
    written: Vec<u8>,
    pieces: (usize, usize),
    mails: Peekable<std::iter::Enumerate<vec::IntoIter<Outgoing>>>,
    receipts: Vec<(Receipt, bool)>,
    is_quiet_due: bool,
    quits: bool,
}

impl Stage {
    /// Does what the session asks for. Returns whether the dialogue goes on.
    fn play_next(&mut self) -> bool {
        match self.session.what_next() {
            Next::Write { .. } => {
                self.written.extend_from_slice(self.session.bytes());
                self.session.wrote();
            }
            Next::Content { max, .. } => {
                self.session.content(&CONTENT[..CONTENT.len().min(max)]);
            }
            Next::Read { step, limit, .. } => self.read(step, limit),
            Next::StartTls { .. } => {
                assert!(matches!(self.turns.next(), Some(Turn::Tls)), "TLS is not due");
                self.session.secured();
            }
            Next::Mail => self.offer(),
            Next::Settled(settled) => {
                assert_eq!(settled.mail as usize, self.receipts.len(), "settled in order");
                self.receipts.push((self.session.receipt().clone(), settled.offer_again));
            }
            Next::Idle if self.is_quiet_due => {
                self.is_quiet_due = false;
                self.session.mark_quiet();
                self.session.expect_mails();
            }
            Next::Idle if self.quits => self.session.quit(),
            Next::Idle | Next::Close => return false,
        }
        true
    }

    fn read(&mut self, step: Step, limit: Duration) {
        let is_short = limit < Duration::from_secs(60);
        assert!(!is_short || step != Step::EndOfData, "the final reply has a long limit");
        if let Some(Turn::Client(wanted)) = self.turns.peek().filter(|_| self.unread.is_empty()) {
            assert_eq!(text(&self.written), text(wanted), "the flight at {step}");
            self.written.clear();
            self.turns.next();
        }
        assert!(self.written.is_empty(), "not in the script: {}", text(&self.written));
        if self.unread.is_empty() {
            let Some(Turn::Server(bytes)) = self.turns.next() else {
                return self.session.fail(mailer::Error::lost(step));
            };
            self.unread = pieces(&bytes, self.pieces.0, self.pieces.1);
        }
        self.session.received(&self.unread.remove(0));
    }

    fn offer(&mut self) {
        if let Some((number, mail)) = self.mails.next() {
            self.session.offer(number as u64, mail);
        }
        if self.mails.peek().is_none() {
            self.session.no_more_mails();
        }
    }
}

/// What one side sends before the other side's turn.
#[derive(Debug, PartialEq)]
enum Turn {
    Client(Vec<u8>),
    Server(Vec<u8>),
    Tls,
}

fn turns(script: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for line in script.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        let (side, text) = line.split_at(2);
        let bytes = format!("{}\r\n", text.strip_prefix(' ').unwrap_or(text)).into_bytes();
        match (side, turns.last_mut()) {
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
