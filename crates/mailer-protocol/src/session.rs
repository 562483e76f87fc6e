//! The machine: what has been said, what is owed, what comes next.

mod codes;
mod idle;
mod journal;
mod opening;
mod outbox;
mod piggyback;
mod replies;
mod sending;
mod transaction;

use std::{collections::VecDeque, panic::Location, sync::Arc};

use mailer::{Error, Kind, Mask, Receipt, Reply, Server, Step};

use self::{
    codes::CLOSING,
    journal::Journal,
    outbox::Outbox,
    transaction::{Cursor, Transaction},
};
use crate::{
    Capabilities, Flow, Pipelining, auth::Exchange, command::Command, reply_reader::ReplyReader,
};

pub use journal::Note;
pub use sending::Block;
pub use transaction::Outgoing;

/// One connection's dialogue, from the greeting to QUIT.
#[derive(Debug)]
pub struct Session {
    server: Arc<Server>,
    pipelining: Pipelining,
    /// The flow of `pipelining` that this server's announcements allow.
    flow: Flow,
    stage: Stage,
    inside_tls: bool,
    capabilities: Capabilities,
    /// The server knows no EHLO.
    helo_said: bool,
    exchange: Option<Exchange>,
    out: Outbox,
    replies: ReplyReader,
    /// The reply that is being looked at, kept for the room it has.
    reply: Reply,
    /// The replies still to come, in their order.
    owed: VecDeque<Step>,
    /// How many of them may come already: what they answer is written.
    replies_due: usize,
    /// What was answered last.
    answered: Step,
    /// How many replies have come: a deadline belongs to one of them.
    reply_number: u64,
    /// The mails that are not settled, the oldest first; the last may still have more to write.
    in_flight: VecDeque<Transaction>,
    /// Octets of their contents.
    bytes_in_flight: u64,
    /// The mails that are settled and not yet told.
    settled: VecDeque<Transaction>,
    /// The receipt of the mail that was told last.
    receipt: Receipt,
    /// Receipts that were told, kept for the room they have: as many as mails were in flight at once.
    spare: Vec<Receipt>,
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
    /// The server takes mails, and AUTH is answered if it was said.
    reached_mail: bool,
    /// The connection was idle once after it had been opened: the server may have given it up since.
    was_idle: bool,
    /// The connection has been quiet for so long that the next content waits for the replies to its
    /// envelope.
    was_quiet: bool,
    /// The server refused the AUTH that mails stood behind.
    auth_refused: Option<Error>,
    /// QUIT stands behind the last content.
    quit_said: bool,
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
        reply_number: u64,
        /// Some servers never answer what stood behind a content: if nothing comes within seconds,
        /// call [`Session::reply_timed_out`].
        in_doubt: bool,
    },
    /// Do the TLS handshake now, then call [`Session::secured`].
    StartTls,
    /// Give the next `max` octets of this mail's content, or fewer, to [`Session::content`], and do
    /// what it says.
    Content {
        /// The mail's number.
        mail: u64,
        /// Octets, at most.
        max: usize,
    },
    /// Another mail could be under way: call [`Session::offer`] or [`Session::no_more_mails`].
    Mail,
    /// This mail is settled; [`Session::receipt`] says how.
    Settled(Settled),
    /// Everything is settled and the server would take MAIL. Call [`Session::expect_mails`] or
    /// [`Session::quit`], or leave it for later.
    Idle,
    /// Close the connection; [`Session::failure`] says why if it was not for QUIT.
    Close,
}

/// A mail that the session is done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The number it was offered under.
    pub mail: u64,
    /// Nothing of its content was written, and the connection, which had been used or idle before,
    /// was lost or given up by the server (421, `4.4.2`, 452 after accepted mails): offer the mail once
    /// more on a new connection, with [`Outgoing::offered_before`] set, and report that receipt instead.
    pub offer_again: bool,
}

impl Session {
    /// A session with this server over a connection that is about to be used for the first time.
    #[must_use]
    pub fn new(server: Arc<Server>, pipelining: impl Into<Pipelining>) -> Self {
        let pipelining = pipelining.into();
        let mask = Mask::new(server.credentials.as_ref());
        let mut session = Self {
            server,
            pipelining,
            flow: pipelining.flow,
            stage: Stage::Opening,
            inside_tls: false,
            capabilities: Capabilities::default(),
            helo_said: false,
            exchange: None,
            out: Outbox::default(),
            replies: ReplyReader::default(),
            reply: Reply::default(),
            owed: VecDeque::new(),
            replies_due: 0,
            answered: Step::Greeting,
            reply_number: 0,
            in_flight: VecDeque::new(),
            bytes_in_flight: 0,
            settled: VecDeque::new(),
            receipt: Receipt::default(),
            spare: Vec::new(),
            more_to_come: false,
            transaction_open: false,
            begun: 0,
            is_reset: false,
            overlap_refused: false,
            taken: 0,
            retiring: false,
            reached_mail: false,
            was_idle: false,
            was_quiet: false,
            auth_refused: None,
            quit_said: false,
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
            // It was said early, and nobody waits for its answer yet.
            Some(Step::Quit) if self.stage == Stage::Ready => Next::Idle,
            Some(&step) => Next::Read {
                step,
                reply_number: self.reply_number,
                in_doubt: self.reply_is_in_doubt(),
            },
            None => {
                self.was_idle |= self.reached_mail;
                Next::Idle
            }
        }
    }

    /// What became of the mail that [`Next::Settled`] told last. Its room is used again.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The bytes to write.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.out.bytes()
    }

    /// The same bytes, cut where a TLS record has to end; either part may be empty.
    ///
    /// A server may take in a whole record, and forget what stands in it behind the end of a content.
    #[must_use]
    pub fn records(&self) -> [&[u8]; 2] {
        self.out.records()
    }

    /// The bytes are written, all of them.
    pub fn wrote(&mut self) {
        self.out.clear();
        self.write_interrupted();
        self.in_flight.iter_mut().for_each(Transaction::flushed);
    }

    /// Nobody knows how many of the bytes were written before the connection broke: any of them may
    /// have been answered.
    pub fn write_interrupted(&mut self) {
        self.replies_due = self.owed.len();
    }

    /// Takes what the server sent, cut anywhere.
    pub fn received(&mut self, bytes: &[u8]) {
        self.replies.push(bytes);
        let mut reply = std::mem::take(&mut self.reply);
        while self.stage != Stage::Closed {
            match self.replies.next_reply(&mut reply) {
                Ok(true) => self.take_reply(&mut reply),
                Ok(false) => break,
                Err(malformed) => {
                    let error = malformed.into_error(self.step(), &self.mask);
                    self.fail(error);
                }
            }
        }
        self.reply = reply;
    }

    /// The connection cannot be used any more, and this is why: what is in flight is settled by it.
    pub fn fail(&mut self, error: Error) {
        let error = self.with_partial_reply(error);
        let last = self.in_flight.len().saturating_sub(1);
        for (index, mut transaction) in std::mem::take(&mut self.in_flight).into_iter().enumerate()
        {
            transaction.lose(&error, index == last);
            self.settled.push_back(transaction);
        }
        self.failure.get_or_insert(error);
        self.bytes_in_flight = 0;
        self.stage = Stage::Closed;
        self.owed.clear();
        self.out.clear();
    }

    /// A server that goes away in the middle of a reply may have said why.
    fn with_partial_reply(&self, error: Error) -> Error {
        let is_about_connection = matches!(error.kind(), Kind::Lost | Kind::TimedOut | Kind::Tls);
        match self.replies.partial().filter(|_| is_about_connection) {
            Some(reply) => error.with_reply(Reply::new(reply.code, self.mask.apply(reply.text))),
            None => error,
        }
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
        if self.stage != Stage::Ready {
            return;
        }
        self.stage = Stage::Quitting;
        if !self.quit_said {
            self.say(&Command::Quit);
        }
    }

    /// The step that is being waited for, or the last one.
    #[must_use]
    pub fn step(&self) -> Step {
        let sending = || self.in_flight.back().filter(|t| t.cursor == Cursor::Content);
        let content = || sending().map(|_| Step::Content);
        let current = self.owed.front().copied().or_else(|| self.out.step()).or_else(content);
        current.unwrap_or(self.answered)
    }

    /// Whether the server has taken the session as far as MAIL, AUTH answered if there was one: if it
    /// never does, or ends it before MAIL is said and before it was idle, another try would end the
    /// same.
    #[must_use]
    pub fn has_reached_mail(&self) -> bool {
        self.reached_mail && (self.is_used() || self.stage != Stage::Closed)
    }

    /// The step that is lost if the bytes to write, which end with `step`, cannot be written: a QUIT
    /// that joins the end of a content goes down with the content.
    #[must_use]
    pub fn step_lost(&self, step: Step) -> Step {
        let within_content = || self.in_flight.back().is_some_and(Transaction::ends_in_outbox);
        match step {
            Step::Quit if within_content() => Step::Content,
            // No mail has begun that shares a flight with an AUTH that is not answered.
            _ if !self.has_reached_mail() => self.step(),
            step => step,
        }
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
        let is_leaving = self.retiring || self.quit_said || self.auth_refused.is_some();
        self.stage == Stage::Ready && !is_leaving
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
    fn take_reply(&mut self, reply: &mut Reply) {
        self.reply_number += 1;
        // What an opening reply means does not depend on the password; people get to see it masked.
        let text = if self.stage == Stage::Opening { reply.text.clone() } else { String::new() };
        reply.text = self.mask.apply(std::mem::take(&mut reply.text));
        let is_quiet = self.is_quiet();
        let Some(step) = self.due(reply) else {
            self.journal.received(self.answered, reply);
            return self.fail(self.unasked(reply, is_quiet));
        };
        self.answered = step;
        self.journal.received(step, reply);
        match self.stage {
            Stage::Opening => self.take_opening_reply(step, &Reply::new(reply.code, text), reply),
            Stage::Ready if step == Step::Quit => self.take_farewell(reply),
            Stage::Ready if step == Step::Auth => self.take_joined_auth(reply),
            Stage::Ready => self.take_mail_reply(step, reply),
            Stage::Quitting => self.take_farewell(reply),
            Stage::StartingTls | Stage::Closed => {}
        }
    }

    /// What this reply belongs to; `None` if to nothing that was asked yet. A refusal may come early:
    /// 421 in place of any reply (RFC 5321 §3.8), others in the middle of a content.
    fn due(&mut self, reply: &Reply) -> Option<Step> {
        let refuses = reply.is_transient() || reply.is_permanent();
        if self.replies_due == 0 && !refuses {
            return None;
        }
        self.replies_due = self.replies_due.saturating_sub(1);
        self.owed.pop_front().or_else(|| self.early_refusal(reply))
    }

    /// The reply to QUIT changes nothing but how the end is reported. A server may refuse it for where
    /// it stood.
    fn take_farewell(&mut self, reply: &Reply) {
        self.stage = Stage::Closed;
        if !reply.is_positive() && !self.quit_said {
            self.failure.get_or_insert_with(|| Error::refused(Step::Quit, reply.clone()));
        }
    }

    /// The server refused and the dialogue is still in step: ends it with QUIT (RFC 5321 §4.1.1.10),
    /// unless the server said that it closes (§3.8).
    fn give_up(&mut self, error: Error) {
        let closes = error.reply().is_some_and(|reply| reply.code == CLOSING);
        if closes || error.kind() == Kind::Protocol {
            return self.fail(error);
        }
        self.failure = Some(error);
        self.stage = Stage::Quitting;
        self.say(&Command::Quit);
    }
}
