//! What the replies mean for the mails, and what becomes of them.

use mailer::{Error, Kind, Reply, Step};

use super::{
    Session, Settled,
    codes::{CLOSING, IDLE, TOO_MUCH},
    transaction::{Cursor, Transaction},
};

impl Session {
    /// What a reply means for the mail that it belongs to.
    pub(super) fn take_mail_reply(&mut self, step: Step, reply: &Reply) {
        if !has_meaning(step, reply) {
            return self.fail(Error::refused(step, reply.clone()));
        }
        if step != Step::Reset {
            self.judge(step, reply);
        }
        if reply.code == CLOSING {
            self.fail(Error::refused(step, reply.clone()));
        }
        self.leave_if_auth_refused();
    }

    /// The step of a reply that nothing owed: a server may refuse a content before it has all of it.
    pub(super) fn early_refusal(&self, reply: &Reply) -> Option<Step> {
        let in_content = self.in_flight.back().is_some_and(|t| t.cursor == Cursor::Content);
        let refuses = reply.is_transient() || reply.is_permanent();
        (in_content && refuses).then_some(Step::Content)
    }

    /// The oldest mail, if it is settled.
    pub(super) fn take_settled(&mut self) -> Option<Settled> {
        self.sort_out_settled();
        let transaction = self.settled.pop_front()?;
        let mail = transaction.number;
        // Content that has begun to leave is never sent a second time.
        let may_again = !transaction.mail.offered_before && !transaction.has_begun_content();
        let is_used = transaction.connection.is_used;
        let unheard = self.overlap_refused && transaction.behind_content;
        let told = std::mem::replace(&mut self.receipt, transaction.into_receipt());
        self.spare.push(told);
        self.blame_auth();
        let given_up = is_used && self.is_given_up();
        Some(Settled { mail, offer_again: may_again && (given_up || unheard) })
    }

    /// Whether the mail that was settled last failed because of its connection, so that a new one may
    /// do better.
    fn is_given_up(&self) -> bool {
        let Some(error) = &self.receipt.error else { return false };
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
                    || (reply.code == TOO_MUCH && self.taken > 0)
                    || reply.enhanced() == Some(IDLE)
            }
            Step::Recipient | Step::Data => reply.code == CLOSING,
            _ => false,
        }
    }

    /// Puts aside what is settled: the replies of a burst then find their mail at the front.
    fn sort_out_settled(&mut self) {
        while let Some(transaction) = self.in_flight.pop_front_if(|t| t.is_settled()) {
            self.bytes_in_flight -= transaction.mail.size;
            self.settled.push_back(transaction);
        }
    }

    fn judge(&mut self, step: Step, reply: &Reply) {
        self.sort_out_settled();
        let is_meant = |t: &&mut Transaction| t.is_owed() || step == Step::Content;
        let Some(current) = self.in_flight.iter_mut().find(is_meant) else { return };
        current.answered(reply.code);
        match step {
            Step::Mail if reply.is_positive() => self.transaction_open = true,
            Step::Recipient => {
                current.take_recipient(reply);
                // 421 refuses the mail, whoever else it is for.
                if reply.code == CLOSING {
                    current.refuse(step, reply);
                }
            }
            // The transaction that this 354 belongs to is not this mail's: nothing may be sent in it.
            Step::Data if reply.code == 354 && current.was_refused_at(Step::Mail) => {
                self.fail(Error::refused(Step::Data, reply.clone()));
            }
            Step::Data if reply.code == 354 => current.go_ahead(),
            Step::EndOfData if current.is_taken_though_refused(reply) => {
                let what = "the server took a mail whose envelope it had refused";
                let error = Error::not_smtp(step, what).with_reply(reply.clone());
                current.doubt(&error);
                self.fail(error);
            }
            // The content is still on its way, and the server has seen enough of it.
            Step::Content => {
                current.refuse(step, reply);
                self.fail(Error::refused(step, reply.clone()));
            }
            Step::EndOfData => {
                self.taken += u64::from(reply.is_positive());
                // A chunk that nobody was to get leaves the transaction open, and so may a
                // server that said 354 though it took nobody.
                self.transaction_open = current.is_doomed() && !reply.is_positive();
                current.take_end(reply);
            }
            _ => {
                let is_used = current.connection.is_used;
                current.refuse(step, reply);
                self.retiring |= is_used && self.gives_up(step, reply);
            }
        }
    }
}

/// The replies of RFC 5321 §4.3.2 by their first digit. 2yz to DATA, or 354 to anything else, means
/// that the two sides are no longer in step; so does a refused RSET.
fn has_meaning(step: Step, reply: &Reply) -> bool {
    let refuses = reply.is_transient() || reply.is_permanent();
    match step {
        Step::Reset => reply.is_positive(),
        Step::Data => reply.code == 354 || refuses,
        _ => reply.is_positive() || refuses,
    }
}
