//! What became of the work: latencies, outcomes and errors.

use std::time::Duration;

use mailer::{Error, Kind, Outcome, Receipt, Step};
use serde::{Deserialize, Serialize};

use super::{Cpu, Latencies};

/// How many mails ended how. Of handshakes, `accepted` are the connections that were opened, and
/// `not_sent` those that were not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Taken for every recipient.
    pub accepted: u64,
    /// Taken for some recipients.
    pub partial: u64,
    /// Refused.
    pub rejected: u64,
    /// Not left whole.
    pub not_sent: u64,
    /// The end was sent and no reply came.
    pub unknown: u64,
}

impl Outcomes {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.accepted + self.partial + self.rejected + self.not_sent + self.unknown
    }

    /// How many ended so.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> u64 {
        let mut counts = *self;
        *counts.place(outcome)
    }

    fn count(&mut self, outcome: Outcome) {
        *self.place(outcome) += 1;
    }

    fn place(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Accepted => &mut self.accepted,
            Outcome::Partial => &mut self.partial,
            Outcome::Rejected => &mut self.rejected,
            Outcome::NotSent => &mut self.not_sent,
            Outcome::Unknown => &mut self.unknown,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.partial += other.partial;
        self.rejected += other.rejected;
        self.not_sent += other.not_sent;
        self.unknown += other.unknown;
    }
}

/// Errors of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The name of its [`Kind`].
    pub kind: String,
    /// The name of its [`Step`](mailer::Step).
    pub step: Option<String>,
    /// The code of the server's reply.
    pub code: Option<u16>,
    /// How often it was met.
    pub count: u64,
    /// The first of them in words, the server's reply included.
    pub example: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// One error.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        let cause = error.cause().map_or_else(String::new, |cause| format!(": {cause}"));
        Self {
            kind: error.kind().name().into(),
            step: error.step().map(|step| step.name().into()),
            code: error.server_reply().map(|reply| reply.code),
            count: 1,
            example: format!("{error}{cause}"),
            hint: error.advice().map(Into::into),
        }
    }

    /// What a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::from_name(&self.kind).unwrap_or(Kind::Internal)
    }

    /// Whether there was no TCP connection.
    pub(super) fn is_about_connecting(&self) -> bool {
        self.kind() == Kind::Unreachable || self.step.as_deref() == Some(Step::Connect.name())
    }

    /// Whether another try in some seconds may do better: the server has answered, or was about to.
    pub(super) fn may_be_over_soon(&self) -> bool {
        matches!(self.kind(), Kind::Temporary | Kind::Lost)
    }

    fn is_like(&self, other: &Self) -> bool {
        (&self.kind, &self.step, self.code) == (&other.kind, &other.step, other.code)
    }

    /// Counts it among others of its kind.
    pub(super) fn count_in(self, problems: &mut Vec<Self>) {
        match problems.iter_mut().find(|known| known.is_like(&self)) {
            Some(known) => known.count += self.count,
            None => problems.push(self),
        }
    }
}

impl From<Problem> for Error {
    /// As near to the error that it was made of as its words allow.
    fn from(problem: Problem) -> Self {
        let error = Self::new(problem.kind(), problem.example);
        match problem.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// What a contender did in one slice of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Account {
    /// From the first piece of work on any connection to the end of the last.
    pub elapsed: Duration,
    /// Of what was accepted, one after another.
    pub latencies: Latencies,
    /// What became of it.
    pub outcomes: Outcomes,
    /// Errors by kind, step and code.
    pub problems: Vec<Problem>,
    /// How long connections kept still because the server had said to come later, all together.
    pub backed_off: Duration,
    /// How long connections kept still after failures that the server had not announced, all together.
    pub paused: Duration,
    /// How many connections stopped because nothing went through any more.
    pub gave_up: u64,
    /// What the contender's process used.
    pub cpu: Option<Cpu>,
    /// The sum of the checksums of the messages that were accepted, for some recipients at least.
    pub accepted_checksum: u64,
    /// The checksum of each message whose outcome is unknown.
    pub unknown_checksums: Vec<u64>,
}

impl Account {
    /// The time of one, with one connection.
    #[must_use]
    pub fn each(&self) -> Option<Duration> {
        self.elapsed.checked_div(u32::try_from(self.outcomes.total()).ok()?)
    }

    /// Notes what became of a mail.
    pub(super) fn settle(&mut self, receipt: &Receipt, latency: Duration) {
        self.outcomes.count(receipt.outcome);
        if receipt.outcome == Outcome::Accepted {
            self.latencies.record(latency);
        }
        if let Some(error) = &receipt.error {
            Problem::of(error).count_in(&mut self.problems);
        }
    }

    /// Adds what another connection did meanwhile; times are the caller's to tell.
    pub(super) fn add(&mut self, other: &Self) {
        self.latencies.merge(&other.latencies);
        self.outcomes.add(&other.outcomes);
        for problem in &other.problems {
            problem.clone().count_in(&mut self.problems);
        }
        self.backed_off += other.backed_off;
        self.paused += other.paused;
        self.accepted_checksum = self.accepted_checksum.wrapping_add(other.accepted_checksum);
        self.unknown_checksums.extend_from_slice(&other.unknown_checksums);
        self.gave_up += other.gave_up;
    }
}

#[cfg(test)]
mod tests {
    use mailer::Reply;

    use super::*;

    #[test]
    fn errors_are_counted_by_kind_step_and_code() {
        let mut account = Account::default();
        for code in [451, 451, 452] {
            let error = Error::refused(Step::Mail, Reply::new(code, "later"));
            account.settle(&Receipt::not_sent(error), Duration::ZERO);
        }
        let mut sum = Account::default();
        sum.add(&account);
        sum.add(&account);
        let counts: Vec<_> = sum.problems.iter().map(|p| (p.code, p.count)).collect();
        assert_eq!(counts, [(Some(451), 4), (Some(452), 2)]);
        assert_eq!(sum.problems.first().unwrap().kind(), Kind::Temporary);
        assert_eq!((sum.outcomes.not_sent, sum.outcomes.total()), (6, 6));
        assert_eq!(sum.latencies.count(), 0);
    }
}
