//! What became of a mail.

use crate::{Error, Reply};

/// The outcome of one mail: exactly one of these, never silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The server took the mail for every recipient.
    Accepted,
    /// The server took the mail for some recipients and refused others.
    Partial,
    /// The server refused the mail.
    Rejected,
    /// The mail did not leave whole: sending it again makes no duplicate.
    #[default]
    NotSent,
    /// The end of the mail was sent and its reply never came: sending it again may make a
    /// duplicate, not sending it again may lose it (RFC 5321 §4.5.3.2.6 tells how this happens).
    Unknown,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Accepted, Self::Partial, Self::Rejected, Self::NotSent, Self::Unknown];

    /// The name in JSON.
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

/// What became of one mail, and what the server said about it.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// What became of it.
    pub outcome: Outcome,
    /// The reply to each recipient, in the order of the envelope; `None` where none was offered or
    /// none came.
    pub recipients: Vec<Option<Reply>>,
    /// The final reply, whole, queue id and all, if one came.
    pub reply: Option<Reply>,
    /// Why, if the outcome is not [`Outcome::Accepted`].
    pub error: Option<Error>,
    /// Whether the envelope was offered twice: first on a connection that had been used or idle before
    /// and that was lost, or given up by the server (421, `4.4.2`, 452 after accepted mails), before any
    /// content left; then on a new connection.
    pub offered_again: bool,
}

impl Receipt {
    /// The receipt of a mail that never left, because of `error`.
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

    /// The receipt of a mail whose end was sent, and not answered because of `error`.
    #[must_use]
    pub fn unknown(error: Error) -> Self {
        Self { outcome: Outcome::Unknown, ..Self::not_sent(error.in_doubt()) }
    }

    /// The receipt of a mail that was taken for every recipient.
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
