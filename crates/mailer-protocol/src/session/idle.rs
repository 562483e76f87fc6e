//! The connection between mails: what arrives while it is idle, and what a quiet connection means for the
//! next mail.

use mailer::{Error, Reply};

use super::{
    Session, Stage,
    transaction::{Connection, Transaction},
};

impl Session {
    /// Whether everything that was written is answered and no mail is in flight. A reply that arrives now
    /// answers no command: the server is giving up the connection.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.stage == Stage::Ready
            && self.replies.is_empty()
            && self.mails.in_flight().all(Transaction::is_settled)
            && self.out.step().is_none()
    }

    /// Reports that the connection has been quiet for a second or more. If the server has given it up, the
    /// reply to the next MAIL is 421 or never comes. The content of that mail therefore waits for the
    /// replies to its envelope, even in flows that send both in one flight. Until content is written, the
    /// mail can be offered again on a new connection.
    pub fn mark_quiet(&mut self) {
        self.connection.is_quiet = true;
    }

    /// Whether the server accepted the session as far as MAIL, with AUTH answered if it was sent. If not,
    /// or if the connection ended before the first MAIL without having been idle, another connection would
    /// end in the same way.
    #[must_use]
    pub fn has_reached_mail(&self) -> bool {
        let is_usable = self.connection.is_used() || self.stage != Stage::Closed;
        self.connection.reached_mail && is_usable
    }

    /// Returns the state of the connection for the next mail.
    pub(super) fn connection_found(&mut self) -> Connection {
        let was_quiet = std::mem::take(&mut self.connection.is_quiet);
        Connection { is_used: self.connection.is_used(), was_quiet }
    }

    /// Returns the error for a reply that answers no command. On a used connection between mails, a
    /// refusal means that the server closes the connection (RFC 5321 §3.8). Anywhere else, the replies no
    /// longer match the commands.
    pub(super) fn unexpected(&self, reply: &Reply, is_quiet: bool) -> Error {
        let refuses = reply.is_transient() || reply.is_permanent();
        if is_quiet && self.connection.is_used() && refuses {
            return Error::refused(self.replies.last_step(), reply.clone());
        }
        let what = "the server sent a reply that answers no command";
        Error::not_smtp(self.step(), what).with_reply(reply.clone())
    }
}
