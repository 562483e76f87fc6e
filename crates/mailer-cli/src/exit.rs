//! What the exit status says, in the numbers of BSD's sysexits.

use std::{env, ffi::OsString, process::ExitCode};

use mailer::{Error, Kind, Outcome, Receipt, Reply, is_unsafe};

use crate::{complaints, output};

/// The exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(u8);

impl Status {
    /// Every recipient accepted; or whatever else was asked for is done.
    pub(crate) const OK: Self = Self(0);
    /// The command line cannot be understood.
    pub(crate) const USAGE: Self = Self(64);
    /// The end of a mail was sent, and its reply never came.
    pub(crate) const UNKNOWN: Self = Self(74);
    /// A defect in the program or in a library.
    pub(crate) const DEFECT: Self = Self(70);
    /// Ended by SIGINT, in the number that shells give it.
    pub(crate) const INTERRUPTED: Self = Self(130);

    /// Where several apply, the first of these is told; what is not here comes last.
    const ORDER: [Self; 6] = [Self(74), Self(77), Self(76), Self(69), Self(65), Self(75)];

    /// The status that this error ends in.
    pub(crate) fn of(error: &Error) -> Self {
        Self::of_kind(error.kind())
    }

    /// The status that an error of this kind ends in.
    pub(crate) fn of_kind(kind: Kind) -> Self {
        Self(match kind {
            Kind::Message | Kind::CannotRender => 65,
            Kind::Input => 66,
            Kind::Refused => 69,
            Kind::Internal => return Self::DEFECT,
            Kind::Unreachable | Kind::Temporary | Kind::Lost | Kind::TimedOut => 75,
            Kind::Protocol | Kind::Tls => 76,
            Kind::Authentication => 77,
            Kind::Configuration => 78,
        })
    }

    /// The number.
    pub(crate) fn code(self) -> i32 {
        self.0.into()
    }

    /// The status that this receipt ends in. A recipient that was refused counts even if the error is
    /// about something that happened later.
    pub(crate) fn of_receipt(receipt: &Receipt) -> Self {
        let whole = match (receipt.outcome, &receipt.error) {
            (Outcome::Accepted, _) => Self::OK,
            (Outcome::Unknown, _) => Self::UNKNOWN,
            (_, Some(error)) => Self::of(error),
            (Outcome::Partial | Outcome::Rejected | Outcome::NotSent, None) => Self::DEFECT,
        };
        let of_recipient = |reply: &Reply| match reply {
            reply if reply.is_permanent() => Self::of_kind(Kind::Refused),
            reply if reply.is_transient() => Self::of_kind(Kind::Temporary),
            _ => Self::OK,
        };
        let replies = receipt.recipients.iter().flatten();
        let verdicts = replies.filter(|_| complaints::has_verdicts(receipt));
        Self::worst(verdicts.map(of_recipient).chain([whole]))
    }

    /// The one status of several causes.
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

/// Prints what clap has to say: help and version on stdout, anything else is a usage error.
pub(crate) fn usage(message: &clap::Error) -> ExitCode {
    if !message.use_stderr() {
        // A closed pipe is not an error.
        let _ = message.print();
        return ExitCode::SUCCESS;
    }
    let text = message.to_string();
    let shown = without_urls(&text, env::args_os());
    if shown == text && !env::args_os().any(|it| it.to_string_lossy().contains(is_unsafe)) {
        // In its colours, which nothing in the arguments can fake. A closed pipe is not an error.
        let _ = message.print();
    } else {
        output::note(shown.trim_end());
    }
    Status::USAGE.into()
}

/// The text without what stands in the URLs among the arguments: one in the wrong place is repeated,
/// and may hold a password.
fn without_urls(text: &str, arguments: impl Iterator<Item = OsString>) -> String {
    arguments.fold(text.to_owned(), |text, argument| {
        match argument.to_string_lossy().split_once("://") {
            Some((_, secret)) if !secret.is_empty() => text.replace(secret, "****"),
            _ => text,
        }
    })
}

/// Says what is wrong with the command line.
pub(crate) fn misused(what: &str, hint: &str) -> Status {
    output::complain(&Error::new(Kind::Configuration, what.to_owned()).with_hint(hint.to_owned()));
    Status::USAGE
}

#[cfg(test)]
mod tests {
    use mailer::Step;

    use super::*;

    #[test]
    fn an_unknown_outcome_outranks_all() {
        let of = |codes: &[u8]| Status::worst(codes.iter().copied().map(Status)).0;
        assert_eq!(of(&[75, 74, 77]), 74);
        assert_eq!(of(&[65, 69, 0]), 69);
        assert_eq!(of(&[75, 65]), 65);
        assert_eq!(of(&[66, 75]), 75);
        assert_eq!(of(&[0, 66]), 66);
        assert_eq!(of(&[0, 0]), 0);
    }

    #[test]
    fn a_url_that_is_repeated_is_not_told() {
        let arguments = ["send", "x", "smtp://ann:sesame@h", "://"].map(OsString::from);
        let text = "unexpected argument 'smtp://ann:sesame@h'";
        let shown = without_urls(text, arguments.into_iter());
        assert_eq!(shown, "unexpected argument 'smtp://****'");
    }

    #[test]
    fn the_outcome_comes_before_the_kind_of_its_error() {
        let mut receipt = Receipt::not_sent(Error::lost(Step::EndOfData));
        assert_eq!(Status::of_receipt(&receipt), Status(75));
        receipt.outcome = Outcome::Unknown;
        assert_eq!(Status::of_receipt(&receipt), Status(74));
        receipt.outcome = Outcome::Partial;
        receipt.error = Some(Error::refused(Step::Recipient, Reply::new(550, "no")));
        assert_eq!(Status::of_receipt(&receipt), Status(69));
    }

    #[test]
    fn a_refused_recipient_counts_whatever_happens_later() {
        let reply = |code| Some(Reply::new(code, "text"));
        let receipt = |outcome, code| Receipt {
            outcome,
            recipients: vec![reply(250), reply(code), None],
            ..Receipt::not_sent(Error::lost(Step::Content))
        };
        assert_eq!(Status::of_receipt(&receipt(Outcome::NotSent, 550)), Status(69));
        assert_eq!(Status::of_receipt(&receipt(Outcome::NotSent, 450)), Status(75));
        assert_eq!(Status::of_receipt(&receipt(Outcome::NotSent, 250)), Status(75));
        assert_eq!(Status::of_receipt(&receipt(Outcome::Unknown, 550)), Status(74));
        // Without MAIL a server answers RCPT with 503.
        let error = Some(Error::refused(Step::Mail, Reply::new(450, "busy")));
        let no_mail = Receipt { error, ..receipt(Outcome::Rejected, 503) };
        assert_eq!(Status::of_receipt(&no_mail), Status(75));
    }
}
