//! What a connection does after a failure: go on, wait, or give up.

use std::time::Duration;

use mailer::{Error, Kind, Outcome, Receipt};

/// The pause after the first failure that may be over later. It doubles with each further failure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After this many failures in a row a connection gives up.
const MAX_FAILURES: u32 = 8;
/// The number of connections that may break in a row before one has worked.
const MAX_FIRST_FAILURES: u32 = 3;

/// A failure that interrupts sending, from the mildest to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// The server asked to try again later (RFC 5321 §4.2.1, replies 4yz).
    Postponed,
    /// The connection broke, which may not happen again.
    Broken,
    /// There was no connection, or no answer in time.
    Unanswered,
    /// The server rejected this message.
    Refused,
    /// No further message can do better.
    Fatal,
}

impl Failure {
    /// Returns the failure that this receipt reports; `None` if the message was accepted for at least
    /// one recipient. `alike` is true if the next message has the same size and needs the same extensions.
    pub(super) fn from_receipt(receipt: &Receipt, alike: bool) -> Option<Self> {
        match (receipt.outcome, receipt.error.as_ref().map(Error::kind)) {
            (Outcome::Accepted | Outcome::Partial, _) => None,
            (_, Some(Kind::Temporary)) => Some(Self::Postponed),
            (_, Some(Kind::Unreachable | Kind::TimedOut)) => Some(Self::Unanswered),
            (_, Some(Kind::Lost)) => Some(Self::Broken),
            (_, Some(Kind::Refused)) if !(alike && is_too_large(receipt)) => Some(Self::Refused),
            // The server does not take a message like this, by what it announces.
            (_, Some(Kind::Message)) if !alike => Some(Self::Refused),
            _ => Some(Self::Fatal),
        }
    }
}

/// Returns whether the server refused the message because of its size (RFC 1870 §6.1, code 552).
fn is_too_large(receipt: &Receipt) -> bool {
    let reply = receipt.error.as_ref().and_then(Error::reply);
    reply.is_some_and(|reply| reply.code == 552)
}

/// What a connection does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Starts the next operation.
    Continue,
    /// Waits for `time` first. `is_requested` is true if a reply asked for it.
    Pause { time: Duration, is_requested: bool },
    /// Starts no further operation in this slice.
    GiveUp,
}

/// When a connection gives up on a server that fails again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Persistence {
    /// After a few failures in a row: a measurement of a server that does not work is worth nothing.
    GivesUp,
    /// Only if no further message can do better. Pauses grow up to the longest and stay there.
    Persists,
}

/// Decides what a connection does next, from the latest failure, the number of `failures` in a row, and
/// whether the connection `has_worked` before: a server that has never answered is not tried again, and one
/// that only breaks connections is soon given up.
pub(super) fn next_step(
    failure: Option<Failure>,
    persistence: Persistence,
    has_worked: bool,
    failures: &mut u32,
) -> NextStep {
    let Some(failure) = failure else { return NextStep::Continue };
    *failures = failures.saturating_add(1);
    let pause = NextStep::Pause {
        time: FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(*failures - 1)).min(LONGEST_PAUSE),
        is_requested: failure == Failure::Postponed,
    };
    match failure {
        Failure::Fatal => NextStep::GiveUp,
        Failure::Refused if *failures < MAX_FAILURES => NextStep::Continue,
        _ if persistence == Persistence::Persists => pause,
        Failure::Unanswered if !has_worked => NextStep::GiveUp,
        // Over a relay this is also a server that cannot be reached.
        Failure::Broken if !has_worked && *failures >= MAX_FIRST_FAILURES => NextStep::GiveUp,
        _ if *failures >= MAX_FAILURES => NextStep::GiveUp,
        _ => pause,
    }
}

#[cfg(test)]
mod tests {
    use mailer::{Reply, Step};

    use super::{
        Persistence::{GivesUp, Persists},
        *,
    };

    #[test]
    fn pauses_double_and_end_in_giving_up() {
        let mut failures = 0;
        let steps: Vec<NextStep> = (0..MAX_FAILURES)
            .map(|_| next_step(Some(Failure::Postponed), GivesUp, true, &mut failures))
            .collect();
        let pause = |time| NextStep::Pause { time, is_requested: true };
        assert_eq!(steps[0], pause(FIRST_PAUSE));
        assert_eq!(steps[2], pause(FIRST_PAUSE * 4));
        assert_eq!(steps[6], pause(LONGEST_PAUSE));
        assert_eq!(steps[7], NextStep::GiveUp);
    }

    #[test]
    fn a_rejected_message_is_followed_by_the_next_and_a_fatal_failure_by_none() {
        let mut failures = 0;
        assert_eq!(next_step(None, GivesUp, true, &mut failures), NextStep::Continue);
        assert_eq!(failures, 0);
        assert_eq!(
            next_step(Some(Failure::Refused), GivesUp, true, &mut failures),
            NextStep::Continue
        );
        assert_eq!(next_step(Some(Failure::Fatal), GivesUp, true, &mut failures), NextStep::GiveUp);
    }

    #[test]
    fn the_eighth_rejected_message_in_a_row_is_the_last() {
        let mut failures = 0;
        let steps: Vec<NextStep> = (0..8)
            .map(|_| next_step(Some(Failure::Refused), GivesUp, true, &mut failures))
            .collect();
        assert!(steps[..7].iter().all(|step| *step == NextStep::Continue), "{steps:?}");
        assert_eq!(steps[7], NextStep::GiveUp);
    }

    #[test]
    fn a_server_that_never_answered_is_not_tried_again() {
        assert_eq!(next_step(Some(Failure::Unanswered), GivesUp, false, &mut 0), NextStep::GiveUp);
        let pause = NextStep::Pause { time: FIRST_PAUSE, is_requested: false };
        assert_eq!(next_step(Some(Failure::Unanswered), GivesUp, true, &mut 0), pause);
        // A relay accepts the connection first.
        let mut failures = 0;
        assert_eq!(next_step(Some(Failure::Broken), GivesUp, false, &mut failures), pause);
        failures = MAX_FIRST_FAILURES - 1;
        assert_eq!(
            next_step(Some(Failure::Broken), GivesUp, false, &mut failures),
            NextStep::GiveUp
        );
    }

    #[test]
    fn pauses_of_a_persistent_connection_stay_at_the_longest() {
        let mut failures = 0;
        let mut next = |failure| next_step(Some(failure), Persists, false, &mut failures);
        let pause = |time, is_requested| NextStep::Pause { time, is_requested };
        assert_eq!(next(Failure::Unanswered), pause(FIRST_PAUSE, false));
        let steps: Vec<NextStep> = (0..100).map(|_| next(Failure::Postponed)).collect();
        assert_eq!(steps.last(), Some(&pause(LONGEST_PAUSE, true)));
        assert_eq!(next(Failure::Refused), pause(LONGEST_PAUSE, false));
        assert_eq!(next(Failure::Fatal), NextStep::GiveUp);
    }

    #[test]
    fn only_a_4yz_reply_requests_a_pause() {
        let failure = |error| Failure::from_receipt(&Receipt::not_sent(error), true);
        let busy = Error::refused(Step::Mail, Reply::new(451, "later"));
        assert_eq!(failure(busy), Some(Failure::Postponed));
        assert_eq!(failure(Error::lost(Step::Mail)), Some(Failure::Broken));
        let late = Error::timed_out(Step::Mail, Duration::from_secs(1));
        assert_eq!(failure(late), Some(Failure::Unanswered));
    }

    #[test]
    fn a_message_that_is_too_large_ends_the_run_only_if_all_are() {
        let too_large =
            [Error::refused(Step::Mail, Reply::new(552, "too large")), Error::too_large(2, 1)];
        for receipt in too_large.map(Receipt::not_sent) {
            assert_eq!(Failure::from_receipt(&receipt, true), Some(Failure::Fatal));
            assert_eq!(Failure::from_receipt(&receipt, false), Some(Failure::Refused));
        }
    }
}
