//! Mails: their commands in flights, the content, and what the replies mean for them.

use mailer::{Error, Reply, Step};

use super::{
    CLOSING, Session, Settled, Stage,
    outbox::BLOCK,
    transaction::{Cursor, Outgoing, Transaction},
};
use crate::command::{Command, MailParameters};

/// "Insufficient system storage" and, at MAIL, "too many mails on this connection" (RFC 5321
/// §4.2.2, §4.5.3.1.10).
const ENOUGH: u16 = 452;

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
            Ok(parameters) => Transaction::new(number, mail, parameters),
            Err(error) => Transaction::refused_here(number, mail, error),
        };
        self.in_flight.push_back(transaction);
    }

    /// Takes a mail that cannot be sent, as the caller found out: it is settled in its turn.
    pub fn offer_unsendable(&mut self, number: u64, mail: Outgoing, error: Error) {
        self.in_flight.push_back(Transaction::refused_here(number, mail, error));
    }

    /// Takes the next block of content of the mail that was asked for.
    pub fn content(&mut self, block: &[u8]) {
        let Some(current) = self.in_flight.back_mut().filter(|t| t.cursor == Cursor::Content)
        else {
            return;
        };
        self.out.push_content(block, &mut current.stuffing);
        self.journal.content(block);
        current.content_left = current.content_left.saturating_sub(block.len() as u64);
        if current.content_left == 0 {
            current.cursor = Cursor::Dot;
        }
    }

    /// Whether another mail could be written now.
    pub(super) fn wants_mail(&self) -> bool {
        let writing = self.in_flight.back().is_some_and(|t| t.cursor != Cursor::Nothing);
        self.more_to_come && self.is_ready() && self.may_write() && !writing
    }

    /// Which content is wanted now, and how much of it.
    pub(super) fn wants_content(&self) -> Option<(u64, usize)> {
        let current = self.in_flight.back().filter(|t| t.cursor == Cursor::Content)?;
        let room = self.out.room().min(BLOCK);
        (self.may_write() && room > 0).then_some((current.number, room))
    }

    /// The oldest mail, if it is settled.
    pub(super) fn take_settled(&mut self) -> Option<Settled> {
        self.in_flight.front().filter(|t| t.is_settled())?;
        let transaction = self.in_flight.pop_front()?;
        let (mail, offered_before) = (transaction.number, transaction.mail.offered_before);
        let receipt = transaction.into_receipt();
        let refusal = receipt.error.as_ref().filter(|error| error.step() == Some(Step::Mail));
        let code = refusal.and_then(Error::server_reply).map_or(0, |reply| reply.code);
        let offer_again = self.taken > 0 && !offered_before && matches!(code, CLOSING | ENOUGH);
        Some(Settled { mail, receipt, offer_again })
    }

    /// Writes what the flow allows to be written now, up to the content.
    pub(super) fn write_more(&mut self) {
        while self.stage == Stage::Ready && self.may_write() {
            let Some(current) = self.in_flight.back_mut() else { return };
            current.give_up_if_doomed();
            let cursor = current.cursor;
            match cursor {
                Cursor::Mail if self.transaction_open => self.reset(),
                Cursor::Mail | Cursor::Recipient(_) | Cursor::Data | Cursor::Dot => {
                    self.write_command(cursor);
                }
                Cursor::Content | Cursor::Nothing => return,
            }
        }
    }

    /// The flow's table decides: nothing is written behind a step that is waited for.
    fn may_write(&self) -> bool {
        self.owed.back().is_none_or(|&last| !self.flow.waits_after(last))
    }

    /// Ends a transaction that was begun and came to nothing. Without it some servers take the next
    /// mail under this one's sender.
    fn reset(&mut self) {
        self.transaction_open = false;
        self.say(&Command::Reset);
    }

    fn write_command(&mut self, cursor: Cursor) {
        let Some(current) = self.in_flight.back() else { return };
        let (envelope, parameters) = (current.mail.envelope.clone(), current.parameters);
        match cursor {
            Cursor::Mail => self.say(&Command::Mail { sender: envelope.sender(), parameters }),
            Cursor::Recipient(index) => match envelope.recipients().get(index) {
                Some(recipient) => self.say(&Command::Recipient(recipient)),
                None => debug_assert!(false, "the cursor is within the envelope"),
            },
            Cursor::Data => self.say(&Command::Data),
            Cursor::Dot => self.say(&Command::EndOfData),
            Cursor::Content | Cursor::Nothing => return,
        }
        if let Some(current) = self.in_flight.back_mut() {
            current.wrote();
        }
    }

    /// What MAIL may say to this server about this mail, or why the server cannot take it.
    fn parameters_for(&self, mail: &Outgoing) -> Result<MailParameters, Error> {
        let offered = &self.capabilities;
        let smtputf8 = mail.envelope.needs_smtputf8();
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

    /// What a reply means for the mail that it belongs to.
    pub(super) fn take_mail_reply(&mut self, step: Step, reply: Reply) {
        let closing = (reply.code == CLOSING).then(|| reply.clone());
        if !self.has_meaning(step, &reply) {
            return self.fail(Error::refused(step, reply));
        }
        if step != Step::Reset {
            self.judge(step, reply);
        }
        if let Some(reply) = closing {
            self.fail(Error::refused(step, reply));
        }
    }

    /// The replies of RFC 5321 §4.3.2 by their first digit. 2yz to DATA, or 354 to anything else,
    /// means that the two sides are no longer in step; so does a refused RSET.
    fn has_meaning(&self, step: Step, reply: &Reply) -> bool {
        let refuses = reply.is_transient() || reply.is_permanent();
        match step {
            Step::Reset => reply.is_positive(),
            Step::Data => reply.code == 354 || refuses,
            _ => reply.is_positive() || refuses,
        }
    }

    fn judge(&mut self, step: Step, reply: Reply) {
        let Some(current) = self.in_flight.iter_mut().find(|t| t.is_owed()) else { return };
        current.answered();
        match step {
            Step::Mail if reply.is_positive() => self.transaction_open = true,
            Step::Recipient => current.take_recipient(reply),
            // The transaction that this 354 belongs to is not this mail's: nothing may be sent in it.
            Step::Data if reply.code == 354 && current.was_refused_at(Step::Mail) => {
                self.fail(Error::refused(Step::Data, reply));
            }
            Step::Data if reply.code == 354 => current.go_ahead(),
            Step::EndOfData => {
                self.taken += u64::from(reply.is_positive());
                self.transaction_open = false;
                current.take_end(reply);
            }
            _ => {
                self.retiring |= step == Step::Mail && reply.code == ENOUGH && self.taken > 0;
                current.refuse(step, reply);
            }
        }
    }
}
