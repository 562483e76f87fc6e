//! The decision of a queue: whether to send a mail again, and to which recipients.

use super::{Outcome, Receipt};
use crate::{Error, Kind, Reply, Step};

/// What a queue does next with a mail, or with one recipient of it.
///
/// ```
/// use mailer::{Error, Receipt, Reply, Retry, Step};
///
/// let reply = |code| Some(Reply::new(code, "text"));
/// let refused = Error::refused(Step::Recipient, Reply::new(450, "4.2.1 mailbox busy"));
/// let receipt = Receipt::partial(vec![reply(250), reply(450)], Reply::new(250, "queued"), refused);
/// assert_eq!(receipt.retry(), Retry::AgainFor(vec![1]));
///
/// // The same error has two meanings: only the outcome shows whether the server may have the mail.
/// assert_eq!(Receipt::not_sent(Error::lost(Step::Content)).retry(), Retry::Again);
/// assert_eq!(Receipt::unknown(Error::lost(Step::EndOfData)).retry(), Retry::InDoubt);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Nothing: every recipient has the mail.
    Done,
    /// Send the same mail again later. No recipient has it.
    Again,
    /// Send the mail again later, but only to the recipients at these positions in the envelope, from 0
    /// (see [`Mail::for_recipients`](crate::Mail::for_recipients)). The other recipients have it, or the
    /// server refused them permanently: [`Receipt::retry_of`] tells them apart.
    AgainFor(Vec<usize>),
    /// Do not send the mail again unchanged: the same attempt would fail again. The kind of
    /// [`Receipt::error`] states what has to change first. With [`Outcome::Partial`] some recipients have
    /// the mail.
    ///
    /// If [`Error::concerns_every_mail`], the server did not refuse this mail: for example, the password is
    /// wrong. Keep the mail until that has changed.
    Never,
    /// Do not send the mail again automatically. The server may have accepted it: sending it again may
    /// make a duplicate, and not sending it again may lose it.
    InDoubt,
}

impl Receipt {
    /// Returns what a queue does next with the mail.
    ///
    /// If the outcome is unknown, the whole mail is [`Retry::InDoubt`]. Recipients that the server refused
    /// before are not: [`retry_of`](Self::retry_of) returns [`Retry::Again`] or [`Retry::Never`] for them.
    #[must_use]
    pub fn retry(&self) -> Retry {
        let count = self.recipients.len();
        if self.outcome == Outcome::Unknown {
            return Retry::InDoubt;
        }
        if count == 0 {
            return self.retry_of(0);
        }
        let of_each: Vec<Retry> = (0..count).map(|position| self.retry_of(position)).collect();
        let positions_of = |wanted: Retry| {
            of_each.iter().enumerate().filter(move |(_, retry)| **retry == wanted).map(|(at, _)| at)
        };
        let again: Vec<usize> = positions_of(Retry::Again).collect();
        match again.len() {
            0 if positions_of(Retry::Done).count() == count => Retry::Done,
            0 => Retry::Never,
            some if some == count => Retry::Again,
            _ => Retry::AgainFor(again),
        }
    }

    /// Returns what a queue does next for the recipient at this position in the envelope, from 0. It is
    /// never [`Retry::AgainFor`].
    ///
    /// A recipient that the server accepted gets [`Retry::Again`] if the mail failed only because the server
    /// refused another one. lettre, for example, ends a transaction at the first refused recipient.
    #[must_use]
    pub fn retry_of(&self, position: usize) -> Retry {
        let reply = self.recipients.get(position).and_then(Option::as_ref);
        let verdict = reply.filter(|_| self.has_valid_verdicts());
        match (self.outcome, verdict) {
            (Outcome::Accepted, _) => Retry::Done,
            (_, Some(reply)) if reply.is_permanent() => Retry::Never,
            (_, Some(reply)) if reply.is_transient() => Retry::Again,
            (Outcome::Partial, Some(reply)) if reply.is_positive() => Retry::Done,
            (Outcome::Unknown, _) => Retry::InDoubt,
            _ if position < self.recipients.len() && self.failed_at_recipient() => Retry::Again,
            _ if self.error.as_ref().is_some_and(Error::is_temporary) => Retry::Again,
            _ => Retry::Never,
        }
    }

    /// Whether the replies to RCPT are verdicts on the recipients. They are not if MAIL was refused in the
    /// same flight: then they only state that there is no transaction (503).
    #[must_use]
    pub fn judges_recipients(&self) -> bool {
        self.error.as_ref().is_none_or(|error| error.step() >= Some(Step::Recipient))
    }

    /// Whether the verdicts on recipients are certain. A server that refuses all recipients and then accepts
    /// the content has delivered it to recipients that only the server knows.
    fn has_valid_verdicts(&self) -> bool {
        let accepts_one = || self.recipients.iter().flatten().any(Reply::is_positive);
        self.judges_recipients() && (self.outcome != Outcome::Unknown || accepts_one())
    }

    /// Whether the mail failed because the server refused a recipient permanently.
    fn failed_at_recipient(&self) -> bool {
        self.error.as_ref().is_some_and(|error| {
            error.step() == Some(Step::Recipient) && error.kind() == Kind::Refused
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(codes: &[u16]) -> Vec<Option<Reply>> {
        let reply = |code| (code > 0).then(|| Reply::new(code, "text"));
        codes.iter().map(|&code| reply(code)).collect()
    }

    fn refused(step: Step, code: u16) -> Error {
        Error::refused(step, Reply::new(code, "text"))
    }

    #[test]
    fn a_rejected_mail_is_sent_again_only_to_recipients_that_may_accept_it() {
        use Retry::{Again, AgainFor, Never};
        for (error, codes, wanted) in [
            (refused(Step::Mail, 450), &[503, 503][..], Again),
            (refused(Step::Mail, 550), &[503, 503], Never),
            (refused(Step::Mail, 550), &[], Never),
            (refused(Step::Recipient, 550), &[550, 550], Never),
            (refused(Step::Recipient, 550), &[550, 450], AgainFor(vec![1])),
            (refused(Step::Recipient, 450), &[450, 450], Again),
            // lettre ends the transaction at the first refused recipient.
            (refused(Step::Recipient, 550), &[250, 550, 0], AgainFor(vec![0, 2])),
            (refused(Step::Recipient, 450), &[250, 450, 0], Again),
            (refused(Step::EndOfData, 554), &[250, 450], AgainFor(vec![1])),
            (refused(Step::EndOfData, 554), &[250, 550], Never),
            (refused(Step::EndOfData, 452), &[250, 550], AgainFor(vec![0])),
        ] {
            let receipt = Receipt::rejected(error).with_recipients(replies(codes));
            assert_eq!(receipt.retry(), wanted, "{codes:?} {:?}", receipt.error);
        }
    }

    #[test]
    fn a_partial_mail_is_sent_again_only_to_recipients_refused_for_now() {
        for (codes, wanted) in
            [(&[250, 450, 550, 451][..], Retry::AgainFor(vec![1, 3])), (&[250, 550], Retry::Never)]
        {
            let error = refused(Step::Recipient, 550);
            let receipt = Receipt::partial(replies(codes), Reply::new(250, "queued"), error);
            assert_eq!(receipt.retry(), wanted, "{codes:?}");
            assert_eq!(receipt.retry_of(0), Retry::Done);
        }
    }

    #[test]
    fn an_unknown_mail_is_never_sent_again() {
        let receipt = Receipt::unknown(Error::lost(Step::EndOfData));
        assert!(!receipt.error.as_ref().is_some_and(Error::is_temporary));
        assert_eq!(receipt.retry(), Retry::InDoubt);
        let receipt = receipt.with_recipients(replies(&[550, 250, 450]));
        assert_eq!(receipt.retry(), Retry::InDoubt);
        let of_each = [0, 1, 2].map(|position| receipt.retry_of(position));
        assert_eq!(of_each, [Retry::Never, Retry::InDoubt, Retry::Again]);
    }

    #[test]
    fn refusals_are_doubtful_if_the_server_accepts_the_content_all_the_same() {
        let receipt = Receipt::unknown(Error::lost(Step::EndOfData));
        let receipt = receipt.with_recipients(replies(&[450, 550]));
        let of_each = [0, 1].map(|position| receipt.retry_of(position));
        assert_eq!(of_each, [Retry::InDoubt, Retry::InDoubt]);
    }

    #[test]
    fn a_mail_that_was_not_sent_is_sent_again_if_its_error_is_temporary() {
        for kind in Kind::ALL.iter().copied() {
            let receipt = Receipt::not_sent(Error::new(kind, "text"));
            let is_again = receipt.retry() == Retry::Again;
            assert_eq!(is_again, receipt.error.unwrap().is_temporary(), "{kind}");
        }
        let accepted = Receipt::accepted(replies(&[250, 250]), Reply::new(250, "queued"));
        assert_eq!(accepted.retry(), Retry::Done);
    }
}
