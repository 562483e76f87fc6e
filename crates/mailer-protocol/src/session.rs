//! The session: what has been sent, which replies are expected, and what comes next.
//!
//! The file begins with the contract: [`Session::what_next`] and the calls that answer it. The state
//! follows, and then the steps that all parts of the session share.

mod codes;
mod facts;
mod idle;
mod journal;
mod mails;
mod opening;
mod outbox;
mod piggyback;
mod replies;
mod reply_queue;
mod sending;
mod stage;
mod transaction;

use std::{panic::Location, sync::Arc};

use mailer::{Error, Kind, Mask, Receipt, Reply, Server, Step};

use self::{
    codes::CLOSING,
    facts::{ConnectionUse, Piggyback, ServerTransaction},
    journal::Journal,
    mails::Mails,
    outbox::Outbox,
    reply_queue::ReplyQueue,
    stage::{Stage, Trigger},
    transaction::Cursor,
};
use crate::{
    Capabilities, Flight, Next, Pipelining, auth::Exchange, command::Command, grouping::Grouping,
    reply_reader::ReplyReader,
};

pub use journal::Note;

impl Session {
    /// Returns what the caller has to do next. The answer stays the same until it is done.
    pub fn what_next(&mut self) -> Next {
        self.write_more();
        if let Some(settled) = self.take_settled() {
            return Next::Settled(settled);
        }
        match self.stage {
            Stage::Closed => return Next::Close,
            Stage::TlsHandshake => return Next::StartTls { limit: self.server.timeouts.tls },
            _ => {}
        }
        if let Some((mail, max)) = self.wants_content() {
            return Next::Content { mail, max };
        }
        if self.wants_mail() {
            return Next::Mail;
        }
        if let Some(step) = self.out.step() {
            return Next::Write { step, limit: self.server.timeouts.for_step(step) };
        }
        match self.replies.next_step() {
            // A pipelined QUIT: its reply is read when the caller quits.
            Some(Step::Quit) if self.stage == Stage::Ready => Next::Idle,
            Some(step) => Next::Read {
                step,
                reply_number: self.replies.number(),
                limit: self.reply_limit(step),
            },
            None => {
                self.connection.was_idle |= self.connection.reached_mail;
                Next::Idle
            }
        }
    }

    /// Returns the bytes to write; before a block of content that the caller writes itself, those before it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.out.bytes()
    }

    /// Returns all bytes to write, with the place of a block that the caller writes itself.
    #[must_use]
    pub fn flight(&self) -> Flight<'_> {
        self.out.flight()
    }

    /// Reports that all of the bytes are written.
    pub fn wrote(&mut self) {
        self.out.advance_to_end();
    }

    /// Reports that the first `count` bytes are written. The caller may read before it writes the rest,
    /// and so learn early that the server refuses a content.
    pub fn advance(&mut self, count: usize) {
        self.out.advance(count);
    }

    /// Reports that a write failed after an unknown number of bytes, but not after all of them. The
    /// server may have answered any of the commands; the caller may read the replies that have arrived,
    /// and then calls [`Session::fail`].
    pub fn write_interrupted(&mut self) {
        self.out.interrupt();
    }

    /// Passes on what the server sent, in pieces of any size.
    pub fn received(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
        let mut reply = std::mem::take(&mut self.reply);
        while self.stage != Stage::Closed {
            match self.reader.next_reply(&mut reply) {
                Ok(true) => self.handle_reply(&mut reply),
                Ok(false) => break,
                Err(malformed) => {
                    let error = malformed.into_error(self.step(), &self.mask);
                    self.fail(error);
                }
            }
        }
        self.reply = reply;
    }

    /// Reports that the connection cannot be used any more. The error settles the mails in flight.
    pub fn fail(&mut self, error: Error) {
        let error = self.with_partial_reply(error);
        for transaction in self.mails.in_flight_mut() {
            let may_have_ended = transaction.end().is_some_and(|end| self.out.may_have_left(end));
            transaction.lose_connection(&error, may_have_ended);
        }
        self.mails.sort_out_settled();
        self.failure.get_or_insert(error);
        self.replies.clear();
        self.out.clear();
        self.move_on(Trigger::Failed);
    }

    /// Ends the session with QUIT, if it is ready for commands.
    pub fn quit(&mut self) {
        if self.stage != Stage::Ready {
            return;
        }
        self.move_on(Trigger::QuitCalled);
        if !self.piggyback.quit_sent {
            self.send(&Command::Quit);
        }
    }

    /// Returns the receipt of the mail that [`Next::Settled`] reported last.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.mails.receipt
    }

    /// Returns the reason why the session ended; `None` if it has not ended, or ended with QUIT.
    #[must_use]
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// Returns the capabilities that the server announced last.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Whether the server accepts another mail on this connection.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let Piggyback { auth_refusal, quit_sent, .. } = &self.piggyback;
        let is_leaving = self.connection.is_retiring || *quit_sent || auth_refusal.is_some();
        self.stage == Stage::Ready && !is_leaving
    }

    /// Returns the step that the session waits for, or the last one.
    #[must_use]
    pub fn step(&self) -> Step {
        let has_content =
            || self.mails.current().is_some_and(|mail| mail.cursor == Cursor::Content);
        let content = || has_content().then_some(Step::Content);
        let current = self.replies.next_step().or_else(|| self.out.step()).or_else(content);
        current.unwrap_or(self.replies.last_step())
    }

    /// Sets whether the session keeps a journal from now on.
    pub fn keep_journal(&mut self, kept: bool) {
        self.journal.keep(kept);
    }

    /// Returns the entries of the journal since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        self.journal.take()
    }
}

/// The dialogue of one connection, from the greeting to QUIT.
#[derive(Debug)]
pub struct Session {
    server: Arc<Server>,
    pipelining: Pipelining,
    /// The column of the flows' table to use, once the server's capabilities are known.
    grouping: Grouping,
    stage: Stage,
    inside_tls: bool,
    capabilities: Capabilities,
    /// The exchange of AUTH, while it runs.
    exchange: Option<Exchange>,
    out: Outbox,
    reader: ReplyReader,
    /// The reply that is handled now; its buffer is reused.
    reply: Reply,
    replies: ReplyQueue,
    mails: Mails,
    /// Whether the caller has more mails.
    more_to_come: bool,
    /// Whether the mail that was offered last filled the window.
    was_window_full: bool,
    connection: ConnectionUse,
    server_transaction: ServerTransaction,
    piggyback: Piggyback,
    failure: Option<Error>,
    journal: Journal,
    /// Masks the password in the server's replies.
    mask: Mask,
    /// The nonce for SCRAM; `None` is a new random one for each exchange.
    nonce: Option<String>,
    /// Whether the session is a [plan](crate::plan()), whose server knows no password.
    is_plan: bool,
}

impl Session {
    /// Creates the session for a connection to this server that is open and unused.
    #[must_use]
    pub fn new(server: Arc<Server>, pipelining: impl Into<Pipelining>) -> Self {
        let pipelining = pipelining.into();
        let mask = Mask::new(server.credentials.as_ref());
        let mut session = Self {
            server,
            pipelining,
            grouping: Grouping::LOCKSTEP,
            stage: Stage::Connected,
            inside_tls: false,
            capabilities: Capabilities::default(),
            exchange: None,
            out: Outbox::default(),
            reader: ReplyReader::default(),
            reply: Reply::default(),
            replies: ReplyQueue::new(),
            mails: Mails::default(),
            more_to_come: false,
            was_window_full: false,
            connection: ConnectionUse::default(),
            server_transaction: ServerTransaction::default(),
            piggyback: Piggyback::default(),
            failure: None,
            journal: Journal::default(),
            mask,
            nonce: None,
            is_plan: false,
        };
        session.begin();
        session
    }

    /// Sets the nonce for SCRAM (RFC 5802 §5.1), which is random otherwise. It is for tests, which need the
    /// same bytes each time.
    #[must_use]
    pub fn with_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Creates the session for a plan: no server takes part in its exchange of SCRAM.
    pub(crate) fn for_plan(server: Arc<Server>, pipelining: impl Into<Pipelining>) -> Self {
        Self { is_plan: true, ..Self::new(server, pipelining) }
    }

    /// Moves to the next stage. This is the only place that changes it.
    fn move_on(&mut self, trigger: Trigger) {
        match self.stage.after(trigger) {
            Some(stage) => self.stage = stage,
            None => debug_assert!(false, "{:?} has no transition for {trigger:?}", self.stage),
        }
    }

    /// Adds a command to the flight. The journal notes the caller as its source.
    #[track_caller]
    fn send(&mut self, command: &Command<'_>) {
        let step = command.step(self.is_second_ehlo());
        let (out, replies, journal) = (&mut self.out, &mut self.replies, &mut self.journal);
        CommandSender { out, replies, journal }.send(command, step);
    }

    /// Handles a reply according to the stage.
    fn handle_reply(&mut self, reply: &mut Reply) {
        self.replies.count();
        // The meaning of a reply during the opening does not depend on the password, but what is shown of
        // the reply is masked.
        let is_opening = self.stage.is_opening();
        let text = if is_opening { reply.text.clone() } else { String::new() };
        reply.text = self.mask.apply(std::mem::take(&mut reply.text));
        let is_quiet = self.is_quiet();
        let Some(step) = self.match_reply(reply) else {
            self.journal.received(self.replies.last_step(), reply);
            return self.fail(self.unexpected(reply, is_quiet));
        };
        self.replies.matched(step);
        self.journal.received(step, reply);
        match self.stage {
            _ if is_opening => {
                self.handle_opening_reply(step, &Reply::new(reply.code, text), reply);
            }
            Stage::Ready if step == Step::Auth => self.handle_pipelined_auth(reply),
            Stage::Ready if step != Step::Quit => self.handle_mail_reply(step, reply),
            Stage::Ready | Stage::Quitting => self.handle_quit_reply(reply),
            _ => {}
        }
    }

    /// Returns the step that a reply answers; `None` if no written command expects it. A refusal may come
    /// early: 421 instead of any reply (RFC 5321 §3.8), and other codes in the middle of a content.
    fn match_reply(&mut self, reply: &Reply) -> Option<Step> {
        let position = self.replies.next_position();
        let is_due = position.is_some_and(|position| self.out.may_be_answered(position));
        let refuses = reply.is_transient() || reply.is_permanent();
        if !is_due && !refuses {
            return None;
        }
        self.replies.pop().or_else(|| self.early_refusal(reply))
    }

    /// Handles the reply to QUIT, which changes only how the end is reported. A server may refuse a
    /// pipelined QUIT because of its position.
    fn handle_quit_reply(&mut self, reply: &Reply) {
        self.move_on(Trigger::QuitAnswered);
        if !reply.is_positive() && !self.piggyback.quit_sent {
            self.failure.get_or_insert_with(|| Error::refused(Step::Quit, reply.clone()));
        }
    }

    /// Ends the session because of a refusal: with QUIT (RFC 5321 §4.1.1.10), unless the server announced
    /// that it closes the connection (§3.8) or the replies no longer match the commands.
    fn give_up(&mut self, error: Error) {
        let closes = error.reply().is_some_and(|reply| reply.code == CLOSING);
        if closes || error.kind() == Kind::Protocol {
            return self.fail(error);
        }
        self.failure = Some(error);
        self.move_on(Trigger::Refused);
        self.send(&Command::Quit);
    }

    /// Adds the reply that was cut off when the connection ended: it may state the reason.
    fn with_partial_reply(&self, error: Error) -> Error {
        let is_about_connection = matches!(error.kind(), Kind::Lost | Kind::TimedOut | Kind::Tls);
        match self.reader.partial().filter(|_| is_about_connection) {
            Some(reply) => error.with_reply(Reply::new(reply.code, self.mask.apply(reply.text))),
            None => error,
        }
    }
}

/// The parts of a session that a command changes. They are separate from the mails, so that a command can borrow
/// from its mail: cloning the `Arc` of the envelope for each command would cost more than copying its bytes.
struct CommandSender<'s> {
    out: &'s mut Outbox,
    replies: &'s mut ReplyQueue,
    journal: &'s mut Journal,
}

impl CommandSender<'_> {
    /// Adds a command to the flight. The journal notes the caller as its source.
    #[track_caller]
    fn send(&mut self, command: &Command<'_>, step: Step) {
        self.send_without_reply(command, step);
        self.replies.push(step, self.out.end());
    }

    /// Adds a command to the flight that has no reply of its own: BDAT is answered after its content.
    #[track_caller]
    fn send_without_reply(&mut self, command: &Command<'_>, step: Step) {
        self.out.push(command, step);
        self.journal.sent(step, command, Location::caller());
    }
}
