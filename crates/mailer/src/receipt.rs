//! Receipts: the outcome of each mail.

use crate::{Error, Reply};

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
    pub const ALL: [Self; 5] =
        [Self::Accepted, Self::Partial, Self::Rejected, Self::NotSent, Self::Unknown];

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

/// The outcome of one mail, with the replies of the server.
#[derive(Clone, Debug, Default)]
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
    /// Returns the receipt of a mail that was not sent because of `error`.
    #[must_use]
    pub fn not_sent(error: Error) -> Self {
        Self {
            outcome: Outcome::NotSent,
            recipients: Vec::new(),
            reply: None,
            error: Some(error),
            offered_again: false,
        }
    }

    /// Returns the receipt of a mail that was sent whole and, because of `error`, not answered.
    #[must_use]
    pub fn unknown(error: Error) -> Self {
        Self { outcome: Outcome::Unknown, ..Self::not_sent(error.in_doubt()) }
    }

    /// Returns the receipt of a mail that the server accepted for every recipient.
    #[must_use]
    pub fn accepted(recipients: Vec<Option<Reply>>, reply: Reply) -> Self {
        Self {
            outcome: Outcome::Accepted,
            recipients,
            reply: Some(reply),
            error: None,
            offered_again: false,
        }
    }
}
