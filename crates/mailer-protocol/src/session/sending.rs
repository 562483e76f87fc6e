//! Sending mails: their commands, grouped into flights, and their content.

use mailer::{Error, Kind, Step};

use super::{
    CommandSender, Session,
    stage::Stage,
    transaction::{Cursor, Transaction},
};
use crate::{
    Block, Outgoing, Window,
    command::{Command, MailParameters},
    grouping::Grouping,
};

/// The minimum length in bytes of a block that is worth a write of its own, which saves a copy.
const MIN_WRITE_THROUGH: usize = 32 * 1024;
/// The number of parts of a window that are written one by one. With more parts the server waits and is woken more
/// often, which costs more than it gains.
const WINDOW_PARTS: usize = 2;
/// The maximum length in bytes of a block of content. With smaller blocks a fast server sleeps after each of them, and
/// waking it costs more than the write. (The blocks of a file are smaller, because they need memory.)
const MAX_BLOCK: usize = 1024 * 1024;

impl Session {
    /// Announces that the caller has mails: [`Next::Mail`](crate::Next::Mail) will ask for them.
    pub fn expect_mails(&mut self) {
        self.more_to_come = true;
    }

    /// Announces that the caller has no more mails for now.
    pub fn no_more_mails(&mut self) {
        self.more_to_come = false;
    }

    /// Accepts a mail. If it needs an extension or a size that the server did not announce, it is settled
    /// without a command.
    pub fn offer(&mut self, number: u64, mail: Outgoing) {
        let transaction = match self.parameters_for(&mail) {
            Ok(parameters) => Transaction::new(number, mail, parameters, self.grouping.uses_bdat()),
            Err(error) => Transaction::refused_here(number, mail, error),
        };
        self.put_in_flight(transaction);
    }

    /// Accepts a mail that cannot be sent for this reason, so that it is settled in its turn.
    pub fn offer_unsendable(&mut self, number: u64, mail: Outgoing, error: Error) {
        self.put_in_flight(Transaction::refused_here(number, mail, error));
    }

    fn put_in_flight(&mut self, transaction: Transaction) {
        let connection = self.connection_found();
        self.mails.push(transaction.over(connection));
        self.was_window_full = self.mails.len() >= self.pipelining.window.mails;
    }

    /// Accepts the next block of the content that [`Next::Content`](crate::Next::Content) asked for. An
    /// empty block means that the content ends.
    ///
    /// The blocks must add up to [`Outgoing::size`]. More or less than that is never completed: after
    /// BDAT, the server would read the difference as commands. The mail is settled as not sent, and the
    /// session ends.
    pub fn content(&mut self, block: &[u8]) {
        if self.accepts_content(block) {
            self.buffer_content(block);
        }
    }

    /// Accepts the next block of content like [`Session::content`], but may leave it to the caller to
    /// write the block, which saves a copy.
    #[must_use]
    pub fn content_to_write(&mut self, block: &[u8]) -> Block {
        if !self.accepts_content(block) {
            return Block::Buffered;
        }
        let Some(mail) = self.mails.current_mut() else { return Block::Buffered };
        if block.len() < MIN_WRITE_THROUGH || !mail.passes(block) {
            self.buffer_content(block);
            return Block::Buffered;
        }
        let ends_chunk = mail.wrote_content(block.len() as u64);
        self.out.write_through(self.journal.content(block));
        if ends_chunk {
            self.end_chunk();
        }
        // What ends the content leaves in the same write.
        self.write_more();
        Block::WriteThrough
    }

    /// Reports that the content cannot be read. The server waits for the rest of it, so the connection
    /// cannot be used any more, and the other mails on it are lost.
    pub fn content_failed(&mut self, error: &Error) {
        if let Some(mail) = self.mails.current_mut() {
            let may_have_ended = mail.end().is_some_and(|end| self.out.may_have_left(end));
            mail.lose_connection(error, may_have_ended);
        }
        self.fail(Error::lost(Step::Content));
    }

    /// Whether the block can be sent: the session expects content, and the block is neither too long nor
    /// too short.
    fn accepts_content(&mut self, block: &[u8]) -> bool {
        let Some(mail) = self.mails.current() else { return false };
        let is_expected = mail.cursor == Cursor::Content;
        let what = match block.len() as u64 {
            length if length > mail.content_left => "longer",
            0 if is_expected && mail.content_left > 0 => "shorter",
            _ => return is_expected,
        };
        // The content of a mail that was refused meanwhile is not needed.
        if !is_expected && mail.is_doomed() {
            return false;
        }
        let size = mail.mail.size;
        let what = format!("the content is {what} than the {size} bytes that were announced");
        self.content_failed(&Error::new(Kind::Message, what).with_step(Step::Content));
        false
    }

    fn buffer_content(&mut self, block: &[u8]) {
        let Some(mail) = self.mails.current_mut() else { return };
        if self.grouping.uses_bdat() {
            self.out.push_chunk(self.journal.content(block));
        } else {
            self.out.push_lines(self.journal.content(block), &mut mail.stuffing);
        }
        if mail.wrote_content(block.len() as u64) {
            self.end_chunk();
        }
    }

    /// Ends a chunk, which is answered now.
    fn end_chunk(&mut self) {
        self.out.end_chunk();
        let end = self.out.end();
        self.replies.push(Step::EndOfData, end);
        if let Some(mail) = self.mails.current_mut() {
            mail.ended_at(end);
        }
        self.pipeline_quit();
    }

    /// Whether another mail could be written now.
    pub(super) fn wants_mail(&self) -> bool {
        let is_writing = self.mails.current().is_some_and(|mail| mail.cursor != Cursor::Nothing);
        self.more_to_come
            && self.is_ready()
            && self.may_write()
            && !is_writing
            && self.is_window_open()
    }

    /// Whether the window has room for another mail, in mails, bytes and replies, and the outbox has room.
    fn is_window_open(&self) -> bool {
        let window = self.pipelining.window;
        // In the other flows only one content is in flight at a time, whatever its size.
        let is_open = self.grouping != Grouping::STREAMED
            || self.mails.len() == 0
            || (self.mails.len() < window.mails
                && self.is_window_part_open()
                && self.mails.bytes_in_flight() < window.bytes
                && self.replies.len() < Window::MAX_REPLIES);
        is_open && self.out.has_room()
    }

    /// Whether another mail may join the part of the window that is written next. The server works on one part
    /// while the client prepares another. A full window opens again when all of a part is answered, because
    /// otherwise replies that arrive one by one would cause small writes.
    fn is_window_part_open(&self) -> bool {
        let mails = self.pipelining.window.mails;
        let part = (mails / WINDOW_PARTS).max(1);
        let has_room = !self.was_window_full || self.mails.len() + part <= mails;
        has_room && self.out.chunks() < part
    }

    /// Returns the mail whose content can be written now, and the maximum length of the block.
    pub(super) fn wants_content(&self) -> Option<(u64, usize)> {
        let mail = self.mails.current().filter(|mail| mail.cursor == Cursor::Content)?;
        // A content that is longer than announced shows by one byte too many in its last block.
        let max = if MAX_BLOCK as u64 == mail.content_left { MAX_BLOCK + 1 } else { MAX_BLOCK };
        (self.may_write() && self.out.has_room()).then_some((mail.number, max))
    }

    /// Writes the commands that the flow allows now, up to the content.
    pub(super) fn write_more(&mut self) {
        while self.stage == Stage::Ready && self.may_write() {
            let Some(mail) = self.mails.current_mut() else { return };
            if !mail.awaits_reply() && mail.was_out_of_sequence() {
                self.begin_again();
                continue;
            }
            mail.give_up_if_doomed();
            let cursor = mail.cursor;
            // A large content is not sent in vain, and no content is sent on a connection that the server
            // may have given up. The replies to the envelope come first.
            let is_large = mail.mail.size > self.pipelining.window.bytes;
            let envelope_first = (is_large || mail.connection.was_quiet) && mail.awaits_reply();
            let separate_dot = self.pipelining.separate_final_dot && self.out.step().is_some();
            match cursor {
                Cursor::Content | Cursor::Nothing => return,
                Cursor::Bdat if envelope_first => return,
                Cursor::Dot if separate_dot => return,
                Cursor::Mail if self.needs_reset() => self.reset(),
                cursor => self.write_command(cursor),
            }
        }
    }

    /// Repeats the envelope of a mail that the server refused only because the commands followed a
    /// content. No content was sent. From now on no commands follow a content.
    fn begin_again(&mut self) {
        if let Some(mail) = self.mails.current_mut() {
            mail.begin_again();
        }
        self.piggyback.overlap_refused = true;
        self.grouping = Grouping::PIPELINED;
        self.server_transaction.set_open(true);
    }

    /// Whether the flow allows more to be written: see the table at [`Flow`](crate::Flow).
    fn may_write(&self) -> bool {
        match self.replies.last_unanswered() {
            None => true,
            // In the stage `Ready`, this AUTH is pipelined.
            Some(Step::Auth) => self.piggyback.auth_refusal.is_none(),
            Some(step) => !self.grouping.waits_after(step),
        }
    }

    /// Whether a transaction may be open, so that RSET must come before MAIL. While replies are
    /// outstanding, the session cannot know, so `streamed` sends RSET before each mail.
    fn needs_reset(&self) -> bool {
        match self.grouping {
            Grouping::STREAMED => self.server_transaction.has_mail_since_reset(),
            _ => self.server_transaction.is_open(),
        }
    }

    fn reset(&mut self) {
        self.server_transaction.reset_sent();
        self.send(&Command::Reset);
    }

    fn write_command(&mut self, cursor: Cursor) {
        match cursor {
            Cursor::Dot => return self.send_dot(),
            Cursor::Mail => self.begin_mail(),
            _ => {}
        }
        let Some(mail) = self.mails.current_mut() else { return };
        // The commands borrow from the mail.
        let (out, replies, journal) = (&mut self.out, &mut self.replies, &mut self.journal);
        let mut commands = CommandSender { out, replies, journal };
        let (envelope, parameters) = (&mail.mail.envelope, mail.parameters);
        match cursor {
            Cursor::Mail => {
                let (sender, dsn) = (envelope.sender(), envelope.dsn());
                commands.send(&Command::Mail { sender, parameters, dsn }, Step::Mail);
            }
            Cursor::Recipient(index) => match envelope.recipients().get(index) {
                Some(address) => {
                    let notify = envelope.dsn().and_then(|dsn| dsn.notify);
                    commands.send(&Command::Recipient { address, notify }, Step::Recipient);
                }
                None => debug_assert!(false, "the cursor is within the envelope"),
            },
            Cursor::Data => commands.send(&Command::Data, Step::Data),
            Cursor::Bdat => {
                commands.send_without_reply(&Command::Bdat(mail.mail.size), Step::Data);
            }
            Cursor::Content | Cursor::Dot | Cursor::Nothing => return,
        }
        mail.wrote_command();
    }

    /// Updates the state for a mail that begins, before its MAIL is sent.
    fn begin_mail(&mut self) {
        let follows_content = self.replies.last_unanswered() == Some(Step::EndOfData);
        if let Some(mail) = self.mails.current_mut() {
            mail.follows_content = follows_content;
        }
        // As with QUIT: chasquid drops what follows the dot in the same TLS record.
        if follows_content && self.grouping == Grouping::OVERLAPPED {
            self.out.begin_record();
        }
        self.connection.begun += 1;
        self.server_transaction.mail_sent();
    }

    /// Sends the dot, which ends the transaction whatever the reply (RFC 5321 §4.1.1.4).
    fn send_dot(&mut self) {
        self.server_transaction.set_open(false);
        self.send(&Command::EndOfData);
        let end = self.out.end();
        if let Some(mail) = self.mails.current_mut() {
            mail.wrote_dot(end);
        }
        self.pipeline_quit();
    }

    /// Returns the parameters of MAIL for this mail, or the reason why this server cannot accept it.
    fn parameters_for(&self, mail: &Outgoing) -> Result<MailParameters, Error> {
        let offered = &self.capabilities;
        let smtputf8 = mail.has_utf8_header || mail.envelope.needs_smtputf8();
        if let Some(limit) = offered.size.filter(|&limit| mail.size > limit) {
            return Err(Error::too_large(mail.size, limit));
        }
        if mail.is_8bit && !offered.eight_bit_mime {
            return Err(Error::not_offered("8BITMIME"));
        }
        if smtputf8 && !offered.smtputf8 {
            return Err(Error::not_offered("SMTPUTF8"));
        }
        if mail.envelope.dsn().is_some() && !offered.dsn {
            return Err(Error::not_offered("DSN"));
        }
        let size = offered.declares_size.then_some(mail.size);
        Ok(MailParameters { size, is_8bit: mail.is_8bit, smtputf8 })
    }
}
