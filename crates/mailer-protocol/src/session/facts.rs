//! The facts that a session remembers, grouped by subject: the connection's use, the server's transaction,
//! and piggybacked commands.

use mailer::Error;

/// The use of the connection so far. It decides whether a lost mail may be offered again: a server gives
/// up a used connection for reasons of its own (an idle time-out, a limit of mails) and accepts a new
/// one.
#[derive(Debug, Default)]
pub(super) struct ConnectionUse {
    /// Whether the server would have accepted MAIL at some time, with AUTH answered if it was sent.
    pub(super) reached_mail: bool,
    /// Whether the connection was idle after it had been opened.
    pub(super) was_idle: bool,
    /// Whether the connection has been quiet for so long that the next content must wait for the
    /// replies to its envelope.
    pub(super) is_quiet: bool,
    /// The number of mails that were begun.
    pub(super) begun: u64,
    /// The number of mails that the server accepted.
    pub(super) accepted: u64,
    /// Whether the server accepts no more mails on this connection, although it is still open.
    pub(super) is_retiring: bool,
}

impl ConnectionUse {
    /// Whether the connection carried a mail or was idle before.
    pub(super) fn is_used(&self) -> bool {
        self.was_idle || self.begun > 0
    }
}

/// The mail transaction that may be open at the server (RFC 5321 §3.3). Some servers would accept the
/// next mail under the sender of an open one, so RSET comes first.
#[derive(Debug, Default)]
pub(super) struct ServerTransaction {
    /// Whether MAIL was accepted and the transaction has not ended.
    is_open: bool,
    /// Whether MAIL was written after the last RSET.
    mail_since_reset: bool,
}

impl ServerTransaction {
    pub(super) fn mail_sent(&mut self) {
        self.mail_since_reset = true;
    }

    pub(super) fn reset_sent(&mut self) {
        *self = Self::default();
    }

    pub(super) fn set_open(&mut self, is_open: bool) {
        self.is_open = is_open;
    }

    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(super) fn has_mail_since_reset(&self) -> bool {
        self.mail_since_reset
    }
}

/// The commands that share a flight with mails although they are not about mails.
#[derive(Debug, Default)]
pub(super) struct Piggyback {
    /// The refusal of a pipelined AUTH.
    pub(super) auth_refusal: Option<Error>,
    /// Whether that refusal means that another mechanism is to be tried.
    pub(super) mechanism_unknown: bool,
    /// Whether QUIT was sent in the flight of the last content.
    pub(super) quit_sent: bool,
    /// Whether the server refused or dropped commands that followed a content.
    pub(super) overlap_refused: bool,
}
