//! Mails: their commands in flights, the content, and what the replies mean for them.

use mailer::{Address, Error, Kind, Reply, Step};

use super::{
    CLOSING, Session, Settled, Stage,
    outbox::BLOCK,
    transaction::{Cursor, Outgoing, Transaction},
};
use crate::{
    Flow,
    command::{Command, MailParameters},
};

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
            Ok(parameters) => Transaction::new(number, mail, parameters, self.flow.chunks()),
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
        if self.flow.chunks() {
            self.out.push_chunk(block);
        } else {
            self.out.push_lines(block, &mut current.stuffing);
        }
        self.journal.content(block);
        if current.wrote_content(block.len() as u64) {
            self.owed.push_back(Step::EndOfData);
        }
    }

    /// The server said nothing to what stood behind a content (see [`Next::Read`]): that group goes
    /// to a new connection, and no other is written like that to this server.
    ///
    /// [`Next::Read`]: super::Next::Read
    pub fn give_up_overlapping(&mut self) {
        self.overlap_refused = true;
        let what = "the server did not answer what stood behind a content";
        self.fail(Error::new(Kind::TimedOut, what).at(self.step()));
    }

    /// Whether another mail could be written now.
    pub(super) fn wants_mail(&self) -> bool {
        let writing = self.in_flight.back().is_some_and(|t| t.cursor != Cursor::Nothing);
        self.more_to_come
            && self.is_ready()
            && self.may_write()
            && !writing
            && self.is_window_open()
            && self.may_share_a_write()
    }

    /// Whether the window has room, in mails and in octets.
    fn is_window_open(&self) -> bool {
        let octets = || self.in_flight.iter().map(|t| t.mail.size).sum::<u64>();
        self.in_flight.len() < self.window.mails
            && (self.in_flight.is_empty() || octets() < self.window.octets)
            && self.out.room() > 0
    }

    /// One server drops what follows the dot in the same TLS record or TCP segment, and takes it in
    /// one of its own: what overlaps a content is written apart from it.
    fn may_share_a_write(&self) -> bool {
        self.flow != Flow::Overlapped || self.out.step().is_none()
    }

    /// Whether the reply that is waited for belongs to what stood behind a content.
    pub(super) fn reply_is_in_doubt(&self) -> bool {
        self.flow == Flow::Overlapped
            && self.in_flight.front().is_some_and(|t| t.behind_content && t.is_owed())
    }

    /// Which content is wanted now, and how much of it.
    pub(super) fn wants_content(&self) -> Option<(u64, usize)> {
        let current = self.in_flight.back().filter(|t| t.cursor == Cursor::Content)?;
        let room = self.out.room().min(BLOCK);
        (self.may_write() && room > 0).then_some((current.number, room))
    }

    /// The oldest mail, if it is settled.
    pub(super) fn take_settled(&mut self) -> Option<Settled> {
        self.sort_out_settled();
        let transaction = self.settled.pop_front()?;
        let (mail, offered_before) = (transaction.number, transaction.mail.offered_before);
        let content_begun = transaction.has_begun_content();
        let unheard = self.overlap_refused && transaction.behind_content;
        let receipt = transaction.into_receipt();
        let refusal = receipt.error.as_ref().filter(|error| error.step() == Some(Step::Mail));
        let code = refusal.and_then(Error::server_reply).map_or(0, |reply| reply.code);
        let enough = self.taken > 0 && matches!(code, CLOSING | ENOUGH);
        // Content that has begun to leave is never sent a second time.
        let may_again = !offered_before && !content_begun;
        Some(Settled { mail, receipt, offer_again: may_again && (enough || unheard) })
    }

    /// Puts aside what is settled: the replies of a burst then find their mail at the front.
    fn sort_out_settled(&mut self) {
        while let Some(transaction) = self.in_flight.pop_front_if(|t| t.is_settled()) {
            self.settled.push_back(transaction);
        }
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
            // A large content is not sent in vain: the answers to its envelope are waited for.
            let envelope_first = current.mail.size > BLOCK as u64 && current.is_owed();
            match cursor {
                Cursor::Mail if self.needs_reset() => self.reset(),
                Cursor::Bdat if envelope_first => return,
                Cursor::Mail | Cursor::Recipient(_) | Cursor::Data | Cursor::Bdat | Cursor::Dot => {
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
        self.begun += 1;
        self.is_reset = false;
        self.say(&Command::Mail { sender, parameters });
    }

    /// The dot ends the transaction, whatever is answered (RFC 5321 §4.1.1.4).
    #[track_caller]
    fn say_end(&mut self) {
        self.transaction_open = false;
        self.say(&Command::EndOfData);
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

    /// The step of a reply that nothing owed: a server may refuse a content before it has all of it.
    pub(super) fn early_refusal(&self, reply: &Reply) -> Option<Step> {
        let in_content = self.in_flight.back().is_some_and(|t| t.cursor == Cursor::Content);
        let refuses = reply.is_transient() || reply.is_permanent();
        (in_content && refuses).then_some(Step::Content)
    }

    fn judge(&mut self, step: Step, reply: Reply) {
        let is_meant = |t: &&mut Transaction| t.is_owed() || step == Step::Content;
        let Some(current) = self.in_flight.iter_mut().find(is_meant) else { return };
        current.answered(reply.code);
        match step {
            Step::Mail if reply.is_positive() => self.transaction_open = true,
            Step::Recipient => {
                let closing = (reply.code == CLOSING).then(|| reply.clone());
                current.take_recipient(reply);
                // 421 refuses the mail, whoever else it is for.
                if let Some(reply) = closing {
                    current.refuse(step, reply);
                }
            }
            // The transaction that this 354 belongs to is not this mail's: nothing may be sent in it.
            Step::Data if reply.code == 354 && current.was_refused_at(Step::Mail) => {
                self.fail(Error::refused(Step::Data, reply));
            }
            Step::Data if reply.code == 354 => current.go_ahead(),
            Step::EndOfData if current.is_taken_though_refused(&reply) => {
                let what = "the server took a mail whose envelope it had refused";
                let error = Error::not_smtp(step, what).reply(reply);
                current.doubt(&error);
                self.fail(error);
            }
            // The content is still on its way, and the server has seen enough of it.
            Step::Content => {
                current.refuse(step, reply.clone());
                self.fail(Error::refused(step, reply));
            }
            Step::EndOfData => {
                self.taken += u64::from(reply.is_positive());
                // A chunk that nobody was to get leaves the transaction open, and so may a
                // server that said 354 though it took nobody.
                self.transaction_open = current.is_doomed() && !reply.is_positive();
                current.take_end(reply);
            }
            _ => {
                self.retiring |= step == Step::Mail && reply.code == ENOUGH && self.taken > 0;
                current.refuse(step, reply);
            }
        }
    }
}
