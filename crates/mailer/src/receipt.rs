//! Receipts: the outcome of each mail.

mod retry;

pub use self::retry::Retry;
use crate::{Error, Reply, Step, names::impl_names};

/// The outcome of one mail. Every mail gets exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The server accepted the mail for every recipient.
    Accepted,
    /// The server accepted the mail for some recipients and refused others. Only the refused recipients
    /// need another attempt: sending to all of them again would deliver the mail twice to the others.
    Partial,
    /// The server refused the mail.
    Rejected,
    /// The server did not get the whole mail, so sending it again makes no duplicate.
    #[default]
    NotSent,
    /// The whole mail was sent and its final reply did not arrive. The server may have accepted it:
    /// sending it again may make a duplicate, and not sending it again may lose it
    /// (RFC 5321 §4.5.3.2.6).
    Unknown,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: &'static [Self] =
        &[Self::Accepted, Self::Partial, Self::Rejected, Self::NotSent, Self::Unknown];

    /// Returns the name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partial",
            Self::Rejected => "rejected",
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

impl_names!(Outcome, "an outcome");

/// The outcome of one mail, with the replies of the server.
///
/// A queue asks [`Receipt::retry`] what to do next with the mail. The kind of the error alone is not
/// enough: a connection that is lost before the end of the mail and one that is lost after it have the same
/// kind, and only the first mail can be sent again safely.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Receipt {
    /// The outcome.
    pub outcome: Outcome,
    /// The reply to each RCPT, in the order of the envelope; `None` if the command was not sent or not
    /// answered.
    pub recipients: Vec<Option<Reply>>,
    /// The final reply to the mail, if one arrived. Its text often has the server's queue id.
    pub reply: Option<Reply>,
    /// The reason, if the outcome is not [`Outcome::Accepted`].
    pub error: Option<Error>,
    /// Whether the envelope was offered twice. This happens on a connection that was used or idle before:
    /// if it breaks, or the server closes it (421, `4.4.2`, or 452 after accepted mails), before any
    /// content was sent, the envelope is offered once more on a new connection.
    pub offered_again: bool,
}

impl Receipt {
    /// Returns the receipt of a mail that the server accepted for every recipient.
    #[must_use]
    pub fn accepted(recipients: Vec<Option<Reply>>, reply: Reply) -> Self {
        Self { outcome: Outcome::Accepted, recipients, reply: Some(reply), ..Self::default() }
    }

    /// Returns the receipt of a mail that the server accepted for some recipients; `error` is about those
    /// that it refused.
    #[must_use]
    pub fn partial(recipients: Vec<Option<Reply>>, reply: Reply, error: Error) -> Self {
        Self { outcome: Outcome::Partial, error: Some(error), ..Self::accepted(recipients, reply) }
    }

    /// Returns the receipt of a mail that the server refused with the reply of `error`. At
    /// [`Step::EndOfData`] that reply is the final reply.
    #[must_use]
    pub fn rejected(error: Error) -> Self {
        let reply = error.reply().filter(|_| error.step() == Some(Step::EndOfData)).cloned();
        Self { outcome: Outcome::Rejected, reply, ..Self::not_sent(error) }
    }

    /// Returns the receipt of a mail that was not sent because of `error`.
    #[must_use]
    pub fn not_sent(error: Error) -> Self {
        Self { outcome: Outcome::NotSent, error: Some(error), ..Self::default() }
    }

    /// Returns the receipt of a mail that was sent completely and, because of `error`, not answered.
    #[must_use]
    pub fn unknown(error: Error) -> Self {
        Self { outcome: Outcome::Unknown, ..Self::not_sent(error.in_doubt()) }
    }

    /// Returns the receipt with the replies to RCPT, in the order of the envelope.
    #[must_use]
    pub fn with_recipients(mut self, recipients: Vec<Option<Reply>>) -> Self {
        self.recipients = recipients;
        self
    }
}
