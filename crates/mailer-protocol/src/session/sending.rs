//! Mails: their commands in flights, and their content.

use mailer::{Address, Error, Step};

use super::{
    Session, Stage,
    outbox::BLOCK,
    transaction::{Cursor, Outgoing, Transaction},
};
use crate::{
    Flow, Window,
    command::{Command, MailParameters},
};

/// Octets of content that are worth a write of their own, to spare the copy.
const WORTH_PASSING: usize = 32 * 1024;

/// What becomes of a block of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// It is in the bytes to write.
    Buffered,
    /// It can leave as it is, without a copy: write [`Session::bytes`], if there are any, and then the
    /// block; then call [`Session::wrote`].
    WriteThrough,
}

impl Session {
    /// The caller has mails: [`Next::Mail`](super::Next::Mail) will ask for them.
    pub fn expect_mails(&mut self) {
        self.more_to_come = true;
    }

    /// The caller has no more mails, for now.
    pub fn no_more_mails(&mut self) {
        self.more_to_come = false;
    }

    /// Takes a mail. What the server announced it cannot take is settled without a word.
    pub fn offer(&mut self, number: u64, mail: Outgoing) {
        let transaction = match self.parameters_for(&mail) {
            Ok(parameters) => Transaction::new(number, mail, parameters, self.flow.chunks()),
            Err(error) => Transaction::refused_here(number, mail, error),
        };
        self.put_in_flight(transaction);
    }

    /// Takes a mail that cannot be sent, as the caller found out: it is settled in its turn.
    pub fn offer_unsendable(&mut self, number: u64, mail: Outgoing, error: Error) {
        self.put_in_flight(Transaction::refused_here(number, mail, error));
    }

    fn put_in_flight(&mut self, transaction: Transaction) {
        self.bytes_in_flight += transaction.mail.size;
        let room = self.spare.pop().unwrap_or_default();
        let connection = self.connection_found();
        self.in_flight.push_back(transaction.reusing(room).over(connection));
    }

    /// Takes the next block of content of the mail that was asked for.
    #[must_use]
    pub fn content(&mut self, block: &[u8]) -> Block {
        let Some(current) = self.in_flight.back_mut().filter(|t| t.cursor == Cursor::Content)
        else {
            return Block::Buffered;
        };
        self.journal.content(block);
        let is_last = current.content_left <= block.len() as u64;
        if block.len() >= WORTH_PASSING && !is_last && current.passes(block) {
            current.wrote_content(block.len() as u64);
            return Block::WriteThrough;
        }
        if self.flow.chunks() {
            self.out.push_chunk(block);
        } else {
            self.out.push_lines(block, &mut current.stuffing);
        }
        if current.wrote_content(block.len() as u64) {
            self.owed.push_back(Step::EndOfData);
            self.out.end_chunk();
            self.join_quit();
        }
        Block::Buffered
    }

    /// Whether another mail could be written now.
    pub(super) fn wants_mail(&self) -> bool {
        let writing = self.in_flight.back().is_some_and(|t| t.cursor != Cursor::Nothing);
        self.more_to_come
            && self.is_ready()
            && self.may_write()
            && !writing
            && self.is_window_open()
    }

    /// Whether the window has room, in mails, octets and replies, and the bytes to write have.
    fn is_window_open(&self) -> bool {
        let window = self.pipelining.window;
        // In the other flows no more than one content is under way, however large it is.
        let is_open = self.flow != Flow::Streamed
            || self.in_flight.is_empty()
            || (self.in_flight.len() < window.mails
                && self.bytes_in_flight < window.bytes
                && self.owed.len() < Window::MAX_REPLIES);
        is_open && self.out.room() > 0
    }

    /// Which content is wanted now, and how much of it.
    pub(super) fn wants_content(&self) -> Option<(u64, usize)> {
        let current = self.in_flight.back().filter(|t| t.cursor == Cursor::Content)?;
        let room = self.out.room().min(BLOCK);
        (self.may_write() && room > 0).then_some((current.number, room))
    }

    /// Writes what the flow allows to be written now, up to the content.
    pub(super) fn write_more(&mut self) {
        while self.stage == Stage::Ready && self.may_write() {
            let Some(current) = self.in_flight.back_mut() else { return };
            if !current.is_owed() && current.was_out_of_sequence() {
                // It held no content. It is offered again, and no more is written like that.
                current.begin_again();
                self.overlap_refused = true;
                self.flow = Flow::Pipelined;
                self.transaction_open = true;
            }
            current.give_up_if_doomed();
            let cursor = current.cursor;
            // A large content is not sent in vain, and no content on a connection that the server may
            // have given up: the replies to the envelope come first.
            let is_large = current.mail.size > self.pipelining.window.bytes;
            let envelope_first = (is_large || current.connection.was_quiet) && current.is_owed();
            match cursor {
                Cursor::Mail if self.needs_reset() => self.reset(),
                Cursor::Bdat if envelope_first => return,
                Cursor::Dot if self.pipelining.separate_final_dot && self.out.step().is_some() => {
                    return;
                }
                Cursor::Mail | Cursor::Recipient(_) | Cursor::Data | Cursor::Bdat | Cursor::Dot => {
                    self.write_command(cursor);
                }
                Cursor::Content | Cursor::Nothing => return,
            }
        }
    }

    /// The flow's table decides: nothing is written behind a step that is waited for.
    fn may_write(&self) -> bool {
        match self.owed.back() {
            None => true,
            // Here it is one that mails may stand behind.
            Some(Step::Auth) => self.auth_refused.is_none(),
            Some(&last) => !self.flow.waits_after(last),
        }
    }

    /// Whether a transaction may be open that the next MAIL must not fall into: some servers would
    /// take it under the previous sender. While replies are still on the way nobody knows.
    fn needs_reset(&self) -> bool {
        match self.flow {
            Flow::Streamed => self.begun > 0 && !self.is_reset,
            _ => self.transaction_open,
        }
    }

    fn reset(&mut self) {
        self.transaction_open = false;
        self.is_reset = true;
        self.say(&Command::Reset);
    }

    fn write_command(&mut self, cursor: Cursor) {
        let Some(current) = self.in_flight.back() else { return };
        let (envelope, parameters) = (current.mail.envelope.clone(), current.parameters);
        match cursor {
            Cursor::Mail => self.say_mail(envelope.sender(), parameters),
            Cursor::Recipient(index) => match envelope.recipients().get(index) {
                Some(recipient) => self.say(&Command::Recipient(recipient)),
                None => debug_assert!(false, "the cursor is within the envelope"),
            },
            Cursor::Data => self.say(&Command::Data),
            Cursor::Bdat => self.announce(&Command::Bdat(current.mail.size)),
            Cursor::Dot => self.say_end(),
            Cursor::Content | Cursor::Nothing => return,
        }
        if let Some(current) = self.in_flight.back_mut() {
            current.wrote();
        }
    }

    #[track_caller]
    fn say_mail(&mut self, sender: Option<&Address>, parameters: MailParameters) {
        let behind_content = self.owed.back() == Some(&Step::EndOfData);
        if let Some(current) = self.in_flight.back_mut() {
            current.behind_content = behind_content;
        }
        // As with QUIT: one server drops what follows the dot in the same TLS record.
        if behind_content && self.flow == Flow::Overlapped {
            self.out.begin_record();
        }
        self.begun += 1;
        self.is_reset = false;
        self.say(&Command::Mail { sender, parameters });
    }

    /// The dot ends the transaction, whatever is answered (RFC 5321 §4.1.1.4).
    #[track_caller]
    fn say_end(&mut self) {
        self.transaction_open = false;
        self.say(&Command::EndOfData);
        self.join_quit();
    }

    /// What MAIL may say to this server about this mail, or why the server cannot take it.
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
        let size = offered.declares_size.then_some(mail.size);
        Ok(MailParameters { size, is_8bit: mail.is_8bit, smtputf8 })
    }
}
