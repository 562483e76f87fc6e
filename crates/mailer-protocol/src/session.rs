//! The machine: what has been said, what is owed, what comes next.

mod journal;
mod opening;
mod outbox;
mod sending;
mod transaction;

use std::{collections::VecDeque, panic::Location, sync::Arc};

use mailer::{Error, Kind, Mask, Receipt, Reply, Server, Step};

use self::{journal::Journal, outbox::Outbox, transaction::Transaction};
use crate::{
    Capabilities, Flow, Window, auth::Exchange, command::Command, reply_reader::ReplyReader,
};

pub use journal::Note;
pub use transaction::Outgoing;

/// One connection's dialogue, from the greeting to QUIT.
#[derive(Debug)]
pub struct Session {
    server: Arc<Server>,
    flow: Flow,
    window: Window,
    stage: Stage,
    inside_tls: bool,
    capabilities: Capabilities,
    /// The server knows no EHLO.
    helo_said: bool,
    exchange: Option<Exchange>,
    out: Outbox,
    replies: ReplyReader,
    /// The replies still to come, in their order.
    owed: VecDeque<Step>,
    /// How many replies have come: a deadline belongs to one of them.
    turn: u64,
    /// The mails that are not settled, the oldest first; the last may still have more to write.
    in_flight: VecDeque<Transaction>,
    /// The mails that are settled and not yet told.
    settled: VecDeque<Transaction>,
    /// Whether the caller has more mails.
    more_to_come: bool,
    /// MAIL was taken and its transaction not ended: the next MAIL needs RSET first.
    transaction_open: bool,
    /// Mails this connection has begun.
    begun: u64,
    /// RSET was written behind the last of them.
    is_reset: bool,
    /// The server refused or lost what stood behind a content.
    overlap_refused: bool,
    /// Mails this connection has taken.
    taken: u64,
    /// The server has had enough of this connection, though it is still open.
    retiring: bool,
    failure: Option<Error>,
    journal: Journal,
    /// Hides the password in what the server says.
    mask: Mask,
}

/// How far the dialogue has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Until the server would take MAIL.
    Opening,
    /// TLS has to start now.
    StartingTls,
    /// The server takes mails.
    Ready,
    /// QUIT is said.
    Quitting,
    /// Nothing more can be said.
    Closed,
}

/// What to do next.
#[derive(Debug)]
pub enum Next {
    /// Write all of [`Session::bytes`], the whole rest of a flight or a part of the content; then
    /// call [`Session::wrote`].
    Write {
        /// What the bytes end with: its time-out is theirs.
        step: Step,
    },
    /// Read what there is and call [`Session::received`].
    Read {
        /// What the next reply belongs to; its time-out begins with the turn.
        step: Step,
        /// Counts up with every reply.
        turn: u64,
        /// Some servers never answer what stood behind a content: if nothing comes within seconds,
        /// call [`Session::give_up_overlapping`].
        in_doubt: bool,
    },
    /// Do the TLS handshake now, then call [`Session::secured`].
    StartTls,
    /// Give the next `max` octets of this mail's content, or fewer, to [`Session::content`].
    Content {
        /// The mail's number.
        mail: u64,
        /// Octets, at most.
        max: usize,
    },
    /// Another mail could be under way: call [`Session::offer`] or [`Session::no_more_mails`].
    Mail,
    /// This mail is settled.
    Settled(Settled),
    /// Everything is settled and the server would take MAIL. Call [`Session::expect_mails`] or
    /// [`Session::quit`], or leave it for later.
    Idle,
    /// Close the connection; [`Session::failure`] says why if it was not for QUIT.
    Close,
}

/// A mail that the session is done with.
#[derive(Debug)]
pub struct Settled {
    /// The number it was offered under.
    pub mail: u64,
    /// What became of it.
    pub receipt: Receipt,
    /// Its envelope was answered with 421 or 452 on a connection that had already taken mails:
    /// offer it once more on a new one, with [`Outgoing::offered_before`] set, and report that
    /// receipt instead.
    pub offer_again: bool,
}

impl Session {
    /// A session with this server over a connection that is about to be used for the first time.
    #[must_use]
    pub fn new(server: Arc<Server>, flow: Flow, window: Window) -> Self {
        let mask = Mask::of(server.credentials.as_ref());
        let mut session = Self {
            server,
            flow,
            window,
            stage: Stage::Opening,
            inside_tls: false,
            capabilities: Capabilities::default(),
            helo_said: false,
            exchange: None,
            out: Outbox::default(),
            replies: ReplyReader::default(),
            owed: VecDeque::new(),
            turn: 0,
            in_flight: VecDeque::new(),
            settled: VecDeque::new(),
            more_to_come: false,
            transaction_open: false,
            begun: 0,
            is_reset: false,
            overlap_refused: false,
            taken: 0,
            retiring: false,
            failure: None,
            journal: Journal::default(),
            mask,
        };
        session.begin();
        session
    }

    /// What to do next. It is the same until it is done.
    pub fn what_next(&mut self) -> Next {
        self.write_more();
        if let Some(settled) = self.take_settled() {
            return Next::Settled(settled);
        }
        match self.stage {
            Stage::Closed => return Next::Close,
            Stage::StartingTls => return Next::StartTls,
            Stage::Opening | Stage::Ready | Stage::Quitting => {}
        }
        if let Some((mail, max)) = self.wants_content() {
            return Next::Content { mail, max };
        }
        if self.wants_mail() {
            return Next::Mail;
        }
        if let Some(step) = self.out.step() {
            return Next::Write { step };
        }
        match self.owed.front() {
            Some(&step) => Next::Read { step, turn: self.turn, in_doubt: self.reply_is_in_doubt() },
            None => Next::Idle,
        }
    }

    /// The bytes to write.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.out.bytes()
    }

    /// The bytes are written, all of them.
    pub fn wrote(&mut self) {
        self.out.clear();
        self.in_flight.iter_mut().for_each(Transaction::flushed);
    }

    /// Takes what the server sent, cut anywhere.
    pub fn received(&mut self, bytes: &[u8]) {
        self.replies.push(bytes);
        while self.stage != Stage::Closed {
            match self.replies.next_reply() {
                Ok(Some(reply)) => self.take_reply(&reply),
                Ok(None) => break,
                Err(what) => {
                    let what = self.mask.apply(what);
                    return self.fail(Error::not_smtp(self.step(), what));
                }
            }
        }
    }

    /// The connection cannot be used any more, and this is why: what is in flight is settled by it.
    pub fn fail(&mut self, error: Error) {
        let last = self.in_flight.len().saturating_sub(1);
        for (index, mut transaction) in std::mem::take(&mut self.in_flight).into_iter().enumerate()
        {
            transaction.lose(&error, index == last);
            self.settled.push_back(transaction);
        }
        self.failure.get_or_insert(error);
        self.stage = Stage::Closed;
        self.owed.clear();
        self.out.clear();
    }

    /// The content that was asked for cannot be had. The server waits for it, so the connection
    /// cannot be used any more; the other mails on it are lost with it.
    pub fn spoil_content(&mut self, error: &Error) {
        if let Some(current) = self.in_flight.back_mut() {
            current.lose(error, true);
        }
        self.fail(Error::lost(Step::Content));
    }

    /// Says QUIT, if there is anybody to say it to.
    pub fn quit(&mut self) {
        if self.stage == Stage::Ready {
            self.stage = Stage::Quitting;
            self.say(&Command::Quit);
        }
    }

    /// The step that is being waited for.
    #[must_use]
    pub fn step(&self) -> Step {
        self.owed.front().copied().or_else(|| self.out.step()).unwrap_or(Step::Quit)
    }

    /// Why the session came to its end; `None` if it did not, or by QUIT.
    #[must_use]
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// Whether the server refused or lost what stood behind a content: with this server nothing
    /// should stand there again.
    #[must_use]
    pub fn overlap_refused(&self) -> bool {
        self.overlap_refused
    }

    /// What the server announced last.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Whether the server would take MAIL.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Ready && !self.retiring
    }

    /// Keeps a journal of what is said from now on, or none.
    pub fn keep_journal(&mut self, kept: bool) {
        self.journal.keep(kept);
    }

    /// What was said since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        self.journal.take()
    }

    /// Puts a command into the flight. Its source is who called this.
    #[track_caller]
    fn say(&mut self, command: &Command<'_>) {
        let step = command.step(self.is_second_ehlo());
        self.out.push(command, step);
        self.owed.push_back(step);
        self.journal.sent(step, command, Location::caller());
    }

    /// Puts a line into the flight that is answered only behind what follows it.
    #[track_caller]
    fn announce(&mut self, command: &Command<'_>) {
        let step = command.step(false);
        self.out.push(command, step);
        self.journal.sent(step, command, Location::caller());
    }

    /// Gives a reply to what it belongs to.
    fn take_reply(&mut self, reply: &Reply) {
        self.turn += 1;
        // What people get to see of it; what it means does not depend on the password.
        let shown = Reply::new(reply.code, self.mask.apply(reply.text.clone()));
        let due = self.owed.pop_front().or_else(|| self.early_refusal(reply));
        let Some(step) = due else {
            return self.fail(
                Error::not_smtp(self.step(), "the server answered what was not asked").reply(shown),
            );
        };
        self.journal.received(step, &shown);
        match self.stage {
            Stage::Opening => self.take_opening_reply(step, reply, shown),
            Stage::Ready => self.take_mail_reply(step, shown),
            Stage::Quitting => self.take_farewell(shown),
            Stage::StartingTls | Stage::Closed => {}
        }
    }

    /// The reply to QUIT changes nothing but how the end is reported.
    fn take_farewell(&mut self, reply: Reply) {
        self.stage = Stage::Closed;
        if !reply.is_positive() {
            self.failure.get_or_insert_with(|| Error::refused(Step::Quit, reply));
        }
    }

    /// The server refused and the dialogue is still in step: ends it with QUIT (RFC 5321 §4.1.1.10),
    /// unless the server said that it closes (§3.8).
    fn give_up(&mut self, error: Error) {
        let closes = error.server_reply().is_some_and(|reply| reply.code == CLOSING);
        if closes || error.kind() == Kind::Protocol {
            return self.fail(error);
        }
        self.failure = Some(error);
        self.stage = Stage::Quitting;
        self.say(&Command::Quit);
    }
}

/// "Service not available, closing transmission channel" (RFC 5321 §4.2.2).
const CLOSING: u16 = 421;
