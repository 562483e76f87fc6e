//! A connection between mails: what it means that it was idle, and what may arrive meanwhile.

use mailer::{Error, Reply};

use super::{
    Session, Stage,
    transaction::{Connection, Transaction},
};

impl Session {
    /// Whether the connection carried a mail or was idle before: a server gives up such a connection
    /// for reasons of its own (an idle time-out, a limit of mails), and accepts a new one.
    pub(super) fn is_used(&self) -> bool {
        self.was_idle || self.begun > 0
    }

    /// Whether nothing is under way: all that was written is answered, and no mail is in flight. What
    /// arrives now answers nothing; it is the server giving up the connection.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.stage == Stage::Ready
            && self.owed.is_empty()
            && self.in_flight.iter().all(Transaction::is_settled)
            && self.out.step().is_none()
    }

    /// The connection has been quiet for a second or more. A server that gave it up meanwhile answers
    /// the next MAIL with 421, or not at all, so the content of that mail waits for the replies to its
    /// envelope, in flows too that otherwise send both in one flight. Until content leaves, the mail
    /// can be offered again on a new connection.
    pub fn was_quiet(&mut self) {
        self.was_quiet = true;
    }

    /// The connection as the next mail finds it.
    pub(super) fn connection_found(&mut self) -> Connection {
        let was_quiet = std::mem::take(&mut self.was_quiet);
        Connection { is_used: self.is_used(), was_quiet }
    }

    /// What a reply means that answers nothing: between mails, and on a connection that was idle, the
    /// server refuses to go on with it (RFC 5321 §3.8); anywhere else the two sides are no longer in
    /// step.
    pub(super) fn unasked(&self, reply: &Reply, is_quiet: bool) -> Error {
        if is_quiet && self.is_used() && (reply.is_transient() || reply.is_permanent()) {
            return Error::refused(self.answered, reply.clone());
        }
        let what = "the server answered what was not asked";
        Error::not_smtp(self.step(), what).with_reply(reply.clone())
    }
}
