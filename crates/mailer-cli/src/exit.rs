//! The exit statuses: the numbers of BSD's sysexits.

use std::{env, ffi::OsString, process::ExitCode};

use mailer::{Error, Kind, Outcome, Receipt, Reply, is_unsafe};

use crate::output;

/// The exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(u8);

impl Status {
    /// Every recipient was accepted, or the command did its work.
    pub(crate) const OK: Self = Self(0);
    /// A condition of `--fail-if` holds.
    pub(crate) const FAILED: Self = Self(1);
    /// The command line is wrong.
    pub(crate) const USAGE: Self = Self(64);
    /// The end of a message was sent, and its reply never came.
    pub(crate) const UNKNOWN: Self = Self(74);
    /// A defect in the program or in a library.
    pub(crate) const DEFECT: Self = Self(70);
    /// A signal ended the command; shells use this number for SIGINT.
    pub(crate) const INTERRUPTED: Self = Self(130);

    /// The order of precedence when several statuses apply. Statuses that are not listed come last.
    const ORDER: [Self; 6] = [Self(74), Self(77), Self(76), Self(69), Self(65), Self(75)];

    pub(crate) fn from_error(error: &Error) -> Self {
        Self::from_kind(error.kind())
    }

    pub(crate) fn from_kind(kind: Kind) -> Self {
        Self(match kind {
            Kind::Message | Kind::CannotRender => 65,
            Kind::Input => 66,
            Kind::Refused => 69,
            Kind::Internal => return Self::DEFECT,
            Kind::Unreachable | Kind::Temporary | Kind::Lost | Kind::TimedOut => 75,
            Kind::Protocol | Kind::Tls => 76,
            Kind::Authentication => 77,
            Kind::Configuration => 78,
            // `Kind` may grow: a test checks that every kind has a status.
            _ => return Self::DEFECT,
        })
    }

    pub(crate) fn code(self) -> i32 {
        self.0.into()
    }

    /// Returns the status of a message. A refused recipient counts even if the error is about a later step.
    pub(crate) fn from_receipt(receipt: &Receipt) -> Self {
        let whole = match (receipt.outcome, &receipt.error) {
            (Outcome::Accepted, _) => Self::OK,
            (Outcome::Unknown, _) => Self::UNKNOWN,
            (_, Some(error)) => Self::from_error(error),
            (Outcome::Partial | Outcome::Rejected | Outcome::NotSent, None) => Self::DEFECT,
        };
        let from_reply = |reply: &Reply| match reply {
            reply if reply.is_permanent() => Self::from_kind(Kind::Refused),
            reply if reply.is_transient() => Self::from_kind(Kind::Temporary),
            _ => Self::OK,
        };
        let replies = receipt.recipients.iter().flatten();
        let verdicts = replies.filter(|_| receipt.judges_recipients());
        Self::worst(verdicts.map(from_reply).chain([whole]))
    }

    /// Returns the status that takes precedence.
    pub(crate) fn worst(statuses: impl IntoIterator<Item = Self>) -> Self {
        let rank = |status: &Self| {
            Self::ORDER.iter().position(|known| known == status).unwrap_or(Self::ORDER.len())
        };
        statuses
            .into_iter()
            .filter(|status| *status != Self::OK)
            .min_by_key(rank)
            .unwrap_or(Self::OK)
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        status.0.into()
    }
}

/// Prints clap's message: help and version on stdout, a usage error on stderr.
pub(crate) fn usage(message: &clap::Error) -> ExitCode {
    if !message.use_stderr() {
        // A closed pipe is not an error.
        let _ = message.print();
        return ExitCode::SUCCESS;
    }
    let text = message.to_string();
    let shown = without_urls(&text, env::args_os());
    if shown == text && !env::args_os().any(|it| it.to_string_lossy().contains(is_unsafe)) {
        // In clap's colours: the arguments contain nothing that could imitate them. A closed pipe is not an
        // error.
        let _ = message.print();
    } else {
        output::note(shown.trim_end());
    }
    Status::USAGE.into()
}

/// Masks the URLs among the arguments in clap's message. A URL in the wrong place is quoted there, as a whole or
/// in part, and it may contain a password.
fn without_urls(text: &str, arguments: impl Iterator<Item = OsString>) -> String {
    arguments.fold(text.to_owned(), |text, argument| {
        match argument.to_string_lossy().split_once("://") {
            Some((_, secret)) if !secret.is_empty() => {
                let user = secret.rsplit_once('@').map(|(user, _)| user);
                let password = user.and_then(|user| user.split_once(':')).map(|(_, it)| it);
                let text = text.replace(secret, "****");
                match password {
                    Some(password) if !password.is_empty() => text.replace(password, "****"),
                    _ => text,
                }
            }
            _ => text,
        }
    })
}

/// Prints what is wrong with the command line and returns the status for it.
pub(crate) fn usage_error(what: &str, hint: &str) -> Status {
    output::error(&Error::new(Kind::Configuration, what.to_owned()).with_hint(hint.to_owned()));
    Status::USAGE
}

#[cfg(test)]
mod tests {
    use mailer::{Retry, Step};

    use super::*;

    #[test]
    fn the_worst_status_follows_the_order_of_precedence() {
        let worst = |codes: &[u8]| Status::worst(codes.iter().copied().map(Status)).0;
        assert_eq!(worst(&[75, 74, 77]), 74);
        assert_eq!(worst(&[65, 69, 0]), 69);
        assert_eq!(worst(&[75, 65]), 65);
        assert_eq!(worst(&[66, 75]), 75);
        assert_eq!(worst(&[0, 66]), 66);
        assert_eq!(worst(&[0, 0]), 0);
    }

    #[test]
    fn a_usage_error_masks_urls() {
        let arguments = ["send", "x", "smtp://ann:sesame@h", "://"].map(OsString::from);
        let text = "unexpected argument 'smtp://ann:sesame@h'";
        let shown = without_urls(text, arguments.into_iter());
        assert_eq!(shown, "unexpected argument 'smtp://****'");
    }

    #[test]
    fn an_unknown_outcome_takes_precedence_over_its_error() {
        let mut receipt = Receipt::not_sent(Error::lost(Step::EndOfData));
        assert_eq!(Status::from_receipt(&receipt), Status(75));
        receipt.outcome = Outcome::Unknown;
        assert_eq!(Status::from_receipt(&receipt), Status(74));
        receipt.outcome = Outcome::Partial;
        receipt.error = Some(Error::refused(Step::Recipient, Reply::new(550, "no")));
        assert_eq!(Status::from_receipt(&receipt), Status(69));
    }

    #[test]
    fn a_refused_recipient_counts_even_if_a_later_step_fails() {
        let reply = |code| Some(Reply::new(code, "text"));
        let receipt = |outcome, code| {
            let receipt = Receipt::not_sent(Error::lost(Step::Content));
            let mut receipt = receipt.with_recipients(vec![reply(250), reply(code), None]);
            receipt.outcome = outcome;
            receipt
        };
        assert_eq!(Status::from_receipt(&receipt(Outcome::NotSent, 550)), Status(69));
        assert_eq!(Status::from_receipt(&receipt(Outcome::NotSent, 450)), Status(75));
        assert_eq!(Status::from_receipt(&receipt(Outcome::NotSent, 250)), Status(75));
        assert_eq!(Status::from_receipt(&receipt(Outcome::Unknown, 550)), Status(74));
        // After a refused MAIL, a server replies 503 to a pipelined RCPT.
        let mut no_mail = receipt(Outcome::Rejected, 503);
        no_mail.error = Some(Error::refused(Step::Mail, Reply::new(450, "busy")));
        assert_eq!(Status::from_receipt(&no_mail), Status(75));
    }

    #[test]
    fn only_an_internal_error_has_the_status_of_a_defect() {
        for kind in Kind::ALL {
            let is_defect = Status::from_kind(*kind) == Status::DEFECT;
            assert_eq!(is_defect, *kind == Kind::Internal, "{kind}");
        }
    }

    /// Returns receipts of all outcomes, for two recipients and for errors at several steps.
    fn receipts() -> Vec<Receipt> {
        let reply = |code| Reply::new(code, "text");
        let mut receipts = Vec::new();
        for step in [Step::Connect, Step::Mail, Step::Recipient, Step::EndOfData] {
            for error in [
                Error::lost(step),
                Error::refused(step, reply(450)),
                Error::refused(step, reply(550)),
            ] {
                for codes in [[250, 250], [250, 450], [250, 550], [450, 450], [550, 450]] {
                    // A refusal of a recipient is one of the replies, and content needs a recipient.
                    let is_possible = match (step, error.reply()) {
                        (Step::Recipient, Some(reply)) => codes.contains(&reply.code),
                        (Step::EndOfData, _) => codes.contains(&250),
                        _ => true,
                    };
                    if !is_possible {
                        continue;
                    }
                    let recipients = codes.map(|code| Some(reply(code))).to_vec();
                    let bare = [Receipt::not_sent, Receipt::rejected, Receipt::unknown];
                    receipts.extend(
                        bare.map(|new| new(error.clone()).with_recipients(recipients.clone())),
                    );
                    receipts.extend(bare.map(|new| new(error.clone())));
                }
            }
        }
        receipts.push(Receipt::accepted(vec![Some(reply(250))], reply(250)));
        receipts
    }

    #[test]
    fn the_status_agrees_with_what_a_queue_does_next() {
        for receipt in receipts() {
            let (status, retry) = (Status::from_receipt(&receipt), receipt.retry());
            let agrees = match status {
                Status::OK => retry == Retry::Done,
                Status::UNKNOWN => retry == Retry::InDoubt,
                Status(75) => matches!(retry, Retry::Again | Retry::AgainFor(_)),
                // Other recipients may be worth another attempt.
                _ => matches!(retry, Retry::Never | Retry::AgainFor(_)),
            };
            assert!(agrees, "{status:?}, but {retry:?}: {receipt:?}");
        }
    }
}
