//! Replies to mails, and the outcomes that follow from them.

use mailer::{Error, Kind, Reply, Step};

use super::{
    Session,
    codes::{CLOSING, IDLE, TOO_MUCH},
    transaction::{Cursor, Transaction},
};
use crate::Settled;

impl Session {
    /// Handles a reply to a command of a mail, or to RSET.
    pub(super) fn handle_mail_reply(&mut self, step: Step, reply: &Reply) {
        if !has_meaning(step, reply) {
            return self.fail(Error::refused(step, reply.clone()));
        }
        if step != Step::Reset {
            self.apply_to_mail(step, reply);
        }
        if reply.code == CLOSING {
            self.fail(Error::refused(step, reply.clone()));
        }
        self.leave_if_auth_refused();
    }

    /// Returns the step of a refusal that no command expects: a server may refuse a content before it has
    /// received all of it.
    pub(super) fn early_refusal(&self, reply: &Reply) -> Option<Step> {
        let is_writing = self.mails.current().is_some_and(|mail| mail.cursor == Cursor::Content);
        let refuses = reply.is_transient() || reply.is_permanent();
        (is_writing && refuses).then_some(Step::Content)
    }

    /// Returns the oldest mail if it is settled, and makes its receipt the current one.
    pub(super) fn take_settled(&mut self) -> Option<Settled> {
        let transaction = self.mails.pop_settled()?;
        let mail = transaction.number;
        // Content is never written a second time.
        let may_repeat = !transaction.mail.offered_before && !transaction.has_begun_content();
        let is_used = transaction.connection.is_used;
        let was_dropped = self.piggyback.overlap_refused && transaction.follows_content;
        self.mails.report(transaction.into_receipt());
        self.blame_auth();
        let was_given_up = is_used && self.is_given_up();
        let is_repeated = was_given_up || was_dropped || self.needs_another_mechanism();
        Some(Settled { mail, offer_again: may_repeat && is_repeated })
    }

    /// Whether the mail that was reported last followed an AUTH whose mechanism the server does not know.
    fn needs_another_mechanism(&self) -> bool {
        let error = self.mails.receipt.error.as_ref();
        self.piggyback.mechanism_unknown && error.and_then(Error::step) == Some(Step::Auth)
    }

    /// Whether the mail that was reported last failed because of its connection, so that it may succeed on
    /// a new one.
    fn is_given_up(&self) -> bool {
        let Some(error) = &self.mails.receipt.error else { return false };
        match (error.kind(), error.step(), error.reply()) {
            (Kind::Lost | Kind::TimedOut, ..) => true,
            (Kind::Temporary, Some(step), Some(reply)) => self.gives_up(step, reply),
            _ => false,
        }
    }

    /// Whether this reply is about the connection and not about the mail.
    fn gives_up(&self, step: Step, reply: &Reply) -> bool {
        match step {
            Step::Reset | Step::Mail => {
                reply.code == CLOSING
                    || (reply.code == TOO_MUCH && self.connection.accepted > 0)
                    || reply.enhanced() == Some(IDLE)
            }
            Step::Recipient | Step::Data => reply.code == CLOSING,
            _ => false,
        }
    }

    /// Applies a reply to the oldest mail that expects one.
    fn apply_to_mail(&mut self, step: Step, reply: &Reply) {
        self.mails.sort_out_settled();
        let is_meant = |mail: &&mut Transaction| mail.awaits_reply() || step == Step::Content;
        let Some(mail) = self.mails.in_flight_mut().find(is_meant) else { return };
        mail.count_reply(reply.code);
        match step {
            Step::Mail if reply.is_positive() => self.server_transaction.set_open(true),
            Step::Recipient => {
                mail.add_recipient_reply(reply);
                // 421 refuses the whole mail, not only this recipient.
                if reply.code == CLOSING {
                    mail.refuse(step, reply);
                }
            }
            // This 354 belongs to the transaction of an earlier mail, so no content may be sent.
            Step::Data if reply.code == 354 && mail.was_refused_at(Step::Mail) => {
                self.fail(Error::refused(Step::Data, reply.clone()));
            }
            Step::Data if reply.code == 354 => mail.go_ahead(),
            Step::EndOfData if mail.is_accepted_though_refused(reply) => {
                let what = "the server accepted a message whose envelope it had refused";
                let error = Error::not_smtp(step, what).with_reply(reply.clone());
                mail.doubt(&error);
                self.fail(error);
            }
            Step::EndOfData => {
                self.connection.accepted += u64::from(reply.is_positive());
                // A refused chunk without a recipient leaves the transaction open, and so may a server
                // that sent 354 without having accepted a recipient.
                self.server_transaction.set_open(mail.is_doomed() && !reply.is_positive());
                mail.add_final_reply(reply);
            }
            // The server refuses the content while it is still being written.
            Step::Content => {
                mail.refuse(step, reply);
                self.fail(Error::refused(Step::Content, reply.clone()));
            }
            _ => {
                let is_used = mail.connection.is_used;
                mail.refuse(step, reply);
                self.connection.is_retiring |= is_used && self.gives_up(step, reply);
            }
        }
    }
}

/// Whether a reply with this first digit can answer the command (RFC 5321 §4.3.2). 2yz to DATA, 354 to
/// anything else, and a refused RSET mean that the replies no longer match the commands.
fn has_meaning(step: Step, reply: &Reply) -> bool {
    let refuses = reply.is_transient() || reply.is_permanent();
    match step {
        Step::Reset => reply.is_positive(),
        Step::Data => reply.code == 354 || refuses,
        _ => reply.is_positive() || refuses,
    }
}
