//! A session and a server that sends arbitrary bytes.

use std::{
    fmt,
    sync::{Arc, LazyLock},
    time::Duration,
};

use arbitrary::Arbitrary;
use mailer::{Credentials, Envelope, Error, Mechanism, Security, Server, Step};
use mailer_protocol::{Block, Flow, Next, Outgoing, Pipelining, Session, Window};

use crate::{
    cuts::Cuts,
    ledger::Ledger,
    secret::{self, PASSWORD, TOKEN, USER},
    sender::around,
};

/// The mails, the options, and everything that the server sends. After that the connection is lost.
#[derive(Arbitrary, Debug)]
pub struct Scene<'a> {
    /// An index of [`Flow::ALL`].
    flow: u8,
    /// An index of [`Security::ALL`].
    security: u8,
    /// No user; a user with any mechanism; a user with each of [`Mechanism::ALL`].
    login: u8,
    /// The number of mails: up to three,
    mails: u8,
    /// the number of recipients of each, one to three;
    recipients: u8,
    /// each with one of [`CONTENTS`], in turn from this one.
    content: u8,
    /// An index of [`Accident`].
    accident: u8,
    /// The options of [`Pipelining`]: 1 pipelines AUTH, 2 pipelines QUIT, 4 separates the dot.
    options: u8,
    cuts: Cuts,
    server: &'a [u8],
}

/// Small contents, and one of several blocks.
static CONTENTS: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
    let large = b".A line of some length, which starts with a dot.\r\n".repeat(3000);
    [b"Subject: hello\r\n\r\n.A line.\r\n".to_vec(), b".\r\n".to_vec(), b"\r\n".to_vec(), large]
});

/// What goes wrong on the client's side.
#[derive(Clone, Copy, PartialEq)]
enum Accident {
    Nothing,
    /// A content cannot be read to its end.
    ContentFails,
    /// The TLS handshake fails.
    TlsFails,
    /// A reply that the server may have dropped does not arrive in time.
    TimeOut,
    /// Each content is one byte longer than announced.
    ContentIsLonger,
    /// Each content is one byte shorter than announced.
    ContentIsShorter,
    /// The socket accepts a few bytes at a time, and replies are read in between.
    PartialWrites,
}

const ACCIDENTS: [Accident; 7] = [
    Accident::Nothing,
    Accident::ContentFails,
    Accident::TlsFails,
    Accident::TimeOut,
    Accident::ContentIsLonger,
    Accident::ContentIsShorter,
    Accident::PartialWrites,
];

/// The nonce of RFC 7677 §3, so that a server can extend it.
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

/// The number of bytes that the socket accepts at a time.
const PARTIAL_WRITE: usize = 1000;

/// The time limit of a reply that the server may have dropped is shorter than that of any step but QUIT.
const SHORTEST_LIMIT: Duration = Duration::from_secs(10);

/// The maximum number of steps that a session needs, apart from the server's bytes.
const MAX_STEPS: usize = 4000;

impl Scene<'_> {
    /// Plays the scene to its end. Panics if an invariant does not hold.
    pub fn play(&self) {
        let mut play = Play::new(self);
        let steps = MAX_STEPS + 4 * self.server.len();
        let ends = (0..steps).any(|_| !play.go_on());
        assert!(ends, "the session does not end");
        play.ledger.close();
    }

    fn server(&self) -> Server {
        let security = choose(Security::ALL, self.security);
        let mut server = Server::new("mail.example.com".parse().unwrap(), 25, security);
        let named = Mechanism::ALL.iter().map(|mechanism| Some(Some(*mechanism)));
        let logins: Vec<_> = [None, Some(None)].into_iter().chain(named).collect();
        if let Some(mechanism) = choose(&logins, self.login) {
            server.credentials = Some(match mechanism.is_some_and(Mechanism::takes_token) {
                true => Credentials::with_token(USER, TOKEN).unwrap(),
                false => Credentials::new(USER, PASSWORD).unwrap(),
            });
            server.mechanisms.retain(|known| mechanism.is_none_or(|only| only == *known));
        }
        server
    }

    fn envelope(&self) -> Envelope {
        let names = ["bob@example.com", "cid@example.com", "\"d d\"@example.com"];
        let count = choose(&[1, 2, 3], self.recipients);
        let recipients = names.iter().take(count).map(|name| name.parse().unwrap()).collect();
        Envelope::new(Some("ann@example.com".parse().unwrap()), recipients).unwrap()
    }

    fn content(&self, mail: u64) -> &'static [u8] {
        let at = self.content.wrapping_add(mail as u8);
        choose(&CONTENTS.each_ref().map(Vec::as_slice), at)
    }
}

/// The digit 0 chooses the first value, whatever their number.
fn choose<T: Copy>(from: &[T], choice: u8) -> T {
    from[usize::from(choice.wrapping_sub(b'0')) % from.len()]
}

/// A scene while it is played.
struct Play<'a> {
    scene: &'a Scene<'a>,
    session: Session,
    ledger: Ledger,
    envelope: Arc<Envelope>,
    pieces: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
    accident: Accident,
    logs_in: bool,
    /// The number of the next message.
    next: u64,
    /// The rest of the content of the mail before it.
    content: &'static [u8],
    begun: bool,
    /// What is written of the current flight.
    written: Vec<u8>,
}

impl<'a> Play<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let option = |bit| scene.options & bit != 0;
        let pipelining = Pipelining {
            flow: choose(Flow::ALL, scene.flow),
            window: Window { mails: 2, bytes: 100 },
            pipeline_auth: option(1),
            pipeline_quit: option(2),
            separate_final_dot: option(4),
        };
        let server = scene.server();
        let logs_in = server.credentials.is_some();
        let mut session = Session::new(Arc::new(server), pipelining).with_nonce(NONCE);
        session.keep_journal(true);
        if pipelining.pipeline_auth {
            session.expect_mails();
        }
        Self {
            scene,
            session,
            ledger: Ledger::default(),
            envelope: Arc::new(scene.envelope()),
            pieces: Box::new(scene.cuts.pieces(scene.server)),
            accident: choose(&ACCIDENTS, scene.accident),
            logs_in,
            next: 0,
            content: &[],
            begun: pipelining.pipeline_auth,
            written: Vec::new(),
        }
    }

    /// Does what the session asks for. Returns whether the session goes on.
    fn go_on(&mut self) -> bool {
        let next = self.session.what_next();
        self.take_notes();
        match next {
            Next::Write { .. } => self.write(),
            Next::Read { step, limit, .. } => self.read(step, limit),
            Next::StartTls { .. } if self.accident == Accident::TlsFails => {
                self.session.fail(Error::lost(Step::Tls));
            }
            Next::StartTls { .. } => self.session.secured(),
            Next::Content { mail, max } => self.give_content(mail, max),
            Next::Mail => self.offer(),
            Next::Settled(settled) => {
                let receipt = self.session.receipt();
                self.hides_password_in(receipt);
                self.ledger.settle(settled, receipt, self.envelope.recipients().len());
            }
            Next::Idle if !self.begun => {
                self.begun = true;
                self.session.expect_mails();
            }
            Next::Idle => self.session.quit(),
            Next::Close => {
                self.hides_password_in(self.session.failure());
                return false;
            }
        }
        self.hides_password_in(&self.session);
        true
    }

    fn take_notes(&mut self) {
        for note in self.session.take_notes() {
            self.hides_password_in(&note);
            self.ledger.note(note);
        }
    }

    /// Without a user, the server may send the password by chance.
    fn hides_password_in(&self, shown: impl fmt::Debug) {
        if self.logs_in {
            secret::is_not_in(&format!("{shown:?}"));
        }
    }

    fn write(&mut self) {
        let count = match self.accident {
            Accident::PartialWrites => self.session.bytes().len().min(PARTIAL_WRITE),
            _ => self.session.bytes().len(),
        };
        let (now, rest) = self.session.bytes().split_at(count);
        self.written.extend_from_slice(now);
        if rest.is_empty() {
            self.ledger.write(&std::mem::take(&mut self.written));
            return self.session.wrote();
        }
        self.session.advance(count);
        if let Some(piece) = self.pieces.next() {
            self.session.received(piece);
        }
    }

    fn read(&mut self, step: Step, limit: Duration) {
        if limit < SHORTEST_LIMIT && self.accident == Accident::TimeOut {
            return self.session.reply_timed_out();
        }
        match self.pieces.next() {
            Some(piece) => self.session.received(piece),
            None => self.session.fail(Error::lost(step)),
        }
    }

    fn offer(&mut self) {
        let mails = choose(&[0, 1, 2, 3], self.scene.mails);
        if self.next == mails {
            return self.session.no_more_mails();
        }
        self.content = self.scene.content(self.next);
        let length = self.content.len() as u64;
        let size = match self.accident {
            Accident::ContentIsLonger => length - 1,
            Accident::ContentIsShorter => length + 1,
            _ => length,
        };
        let envelope = self.envelope.clone();
        self.ledger.offer(self.next, size);
        let mut mail = Outgoing::empty(envelope);
        mail.size = size;
        self.session.offer(self.next, mail);
        self.next += 1;
        if self.next == mails && self.session.looks_ahead() {
            self.session.no_more_mails();
        }
    }

    fn give_content(&mut self, mail: u64, max: usize) {
        assert_eq!(mail + 1, self.next, "the mail that was offered last");
        if self.accident == Accident::ContentFails {
            return self.session.content_failed(&Error::lost(Step::Content));
        }
        let (block, rest) = self.content.split_at(self.content.len().min(max));
        self.content = rest;
        // A session that is asked for partial writes buffers its content.
        if self.accident == Accident::PartialWrites {
            return self.session.content(block);
        }
        if self.session.content_to_write(block) == Block::WriteThrough {
            self.take_notes();
            self.ledger.write(&around(self.session.flight(), block));
            self.session.wrote();
        }
    }
}
