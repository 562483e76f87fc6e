//! A session in front of a server that says anything.

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
    secret::{self, PASSWORD, USER},
};

/// What is to be sent and how, and all that the server says. When it has said that, the connection
/// is lost.
#[derive(Arbitrary, Debug)]
pub struct Scene<'a> {
    /// Of [`Flow::ALL`].
    flow: u8,
    /// Of [`Security::ALL`].
    security: u8,
    /// Nobody logs in; somebody does, by any mechanism; then each of [`Mechanism::ALL`].
    login: u8,
    /// Up to three mails,
    mails: u8,
    /// to one to three recipients,
    recipients: u8,
    /// each of [`CONTENTS`], in turn from this one.
    content: u8,
    /// See [`Accident`].
    accident: u8,
    /// What of [`Pipelining`] is switched on: AUTH joins, 1; QUIT joins, 2; the dot stands apart, 4.
    joins: u8,
    cuts: Cuts,
    server: &'a [u8],
}

/// Small ones, and one that takes several blocks.
static CONTENTS: LazyLock<[Vec<u8>; 4]> = LazyLock::new(|| {
    let large = b".A line of some length, which begins with a dot.\r\n".repeat(3000);
    [b"Subject: hello\r\n\r\n.A line.\r\n".to_vec(), b".\r\n".to_vec(), b"\r\n".to_vec(), large]
});

/// What goes wrong on our side.
#[derive(Clone, Copy, PartialEq)]
enum Accident {
    Nothing,
    /// A content cannot be read to its end.
    SpoiltContent,
    /// TLS does not come about.
    NoTls,
    /// The clock says that what stood behind a content will not be answered.
    Impatience,
}

const ACCIDENTS: [Accident; 4] =
    [Accident::Nothing, Accident::SpoiltContent, Accident::NoTls, Accident::Impatience];

/// Only a reply that may have been dropped has a shorter limit than any step of the dialogue but QUIT.
const SHORTEST_LIMIT: Duration = Duration::from_secs(10);

/// Whatever is said, so many things to do are enough.
const MOST_TURNS: usize = 2000;

impl Scene<'_> {
    /// Plays it to its end, and panics where it is not as it should be.
    pub fn play(&self) {
        let mut play = Play::new(self);
        let turns = MOST_TURNS + 4 * self.server.len();
        let ends = (0..turns).any(|_| !play.go_on());
        assert!(ends, "the session does not end");
        play.ledger.close();
    }

    fn server(&self) -> Server {
        let security = choose(Security::ALL, self.security);
        let mut server = Server::new("mail.example.com".parse().unwrap(), 25, security);
        let named = Mechanism::ALL.iter().map(|mechanism| Some(Some(*mechanism)));
        let logins: Vec<_> = [None, Some(None)].into_iter().chain(named).collect();
        if let Some(mechanism) = choose(&logins, self.login) {
            server.credentials = Some(Credentials::new(USER, PASSWORD).unwrap());
            server.mechanism = mechanism;
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

/// The digit 0 is the first of them, however many there are.
fn choose<T: Copy>(from: &[T], choice: u8) -> T {
    from[usize::from(choice.wrapping_sub(b'0')) % from.len()]
}

/// A scene being played.
struct Play<'a> {
    scene: &'a Scene<'a>,
    session: Session,
    ledger: Ledger,
    envelope: Arc<Envelope>,
    pieces: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
    accident: Accident,
    logs_in: bool,
    /// The number of the next mail.
    next: u64,
    /// What is left of the content of the mail before it.
    content: &'static [u8],
    begun: bool,
}

impl<'a> Play<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        let joins = |bit| scene.joins & bit != 0;
        let pipelining = Pipelining {
            flow: choose(&Flow::ALL, scene.flow),
            window: Window { mails: 2, bytes: 100 },
            pipeline_auth: joins(1),
            pipeline_quit: joins(2),
            separate_final_dot: joins(4),
        };
        let server = scene.server();
        let logs_in = server.credentials.is_some();
        let mut session = Session::new(Arc::new(server), pipelining);
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
        }
    }

    /// Does what the session wants next; whether it goes on.
    fn go_on(&mut self) -> bool {
        let next = self.session.what_next();
        self.take_notes();
        match next {
            Next::Write { .. } => {
                self.ledger.write(self.session.bytes());
                self.session.wrote();
            }
            Next::Read { step, limit, .. } => self.read(step, limit),
            Next::StartTls { .. } if self.accident == Accident::NoTls => {
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

    /// Whatever the server says; but where nobody logs in, it is only a word.
    fn hides_password_in(&self, shown: impl fmt::Debug) {
        if self.logs_in {
            secret::is_not_in(&format!("{shown:?}"));
        }
    }

    fn read(&mut self, step: Step, limit: Duration) {
        if limit < SHORTEST_LIMIT && self.accident == Accident::Impatience {
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
        let size = self.content.len() as u64;
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
        if self.accident == Accident::SpoiltContent {
            return self.session.content_failed(&Error::lost(Step::Content));
        }
        let (block, rest) = self.content.split_at(self.content.len().min(max));
        self.content = rest;
        if self.session.content_to_write(block) == Block::WriteThrough {
            self.take_notes();
            self.ledger.write(&[self.session.bytes(), block].concat());
            self.session.wrote();
        }
    }
}
