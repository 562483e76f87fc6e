//! What a contender did in one slice: outcomes, latencies and errors.

use std::time::Duration;

use mailer::{Outcome, Receipt};
use serde::{Deserialize, Serialize};

use super::{ContentSum, Latencies};
use crate::{Cpu, Problem};

/// The number of messages with each outcome. For handshakes, `accepted` counts the connections that were
/// opened and `not_sent` those that were not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Accepted for every recipient.
    pub accepted: u64,
    /// Accepted for some recipients.
    pub partial: u64,
    /// Rejected for every recipient.
    pub rejected: u64,
    /// Not sent completely, and safe to send again.
    pub not_sent: u64,
    /// Sent completely, without a final reply.
    pub unknown: u64,
}

impl Outcomes {
    /// Returns the number of all messages.
    #[must_use]
    pub fn total(&self) -> u64 {
        Outcome::ALL.iter().map(|outcome| self.count_of(*outcome)).sum()
    }

    /// Returns the number of messages with this outcome.
    #[must_use]
    pub fn count_of(&self, outcome: Outcome) -> u64 {
        let mut counts = *self;
        *counts.counter(outcome)
    }

    fn count(&mut self, outcome: Outcome) {
        *self.counter(outcome) += 1;
    }

    fn counter(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Accepted => &mut self.accepted,
            Outcome::Partial => &mut self.partial,
            Outcome::Rejected => &mut self.rejected,
            Outcome::NotSent => &mut self.not_sent,
            Outcome::Unknown => &mut self.unknown,
        }
    }

    /// Adds the counts of others.
    pub fn add(&mut self, other: &Self) {
        for &outcome in Outcome::ALL.iter() {
            *self.counter(outcome) += other.count_of(outcome);
        }
    }
}

/// What a contender did in one slice of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SliceResult {
    /// From the start of the first operation on any connection to the end of the last one.
    pub elapsed: Duration,
    /// The latency of every accepted message or handshake.
    pub latencies: Latencies,
    /// What became of the messages or handshakes.
    pub outcomes: Outcomes,
    /// Errors by kind, step and code.
    pub problems: Vec<Problem>,
    /// How long connections waited after replies that asked to try again later, summed over them.
    pub backed_off: Duration,
    /// How long connections waited after other failures, summed over them.
    pub paused: Duration,
    /// The number of connections that stopped early because nothing succeeded any more.
    pub gave_up: u64,
    /// The CPU time of the contender's process.
    pub cpu: Option<Cpu>,
    /// The contents of the messages that were accepted for at least one recipient.
    pub accepted_content: ContentSum,
    /// The content of each message whose outcome is unknown.
    pub unknown_contents: Vec<ContentSum>,
}

impl SliceResult {
    /// Returns the time per message of a slice with one connection.
    #[must_use]
    pub fn time_per_message(&self) -> Option<Duration> {
        self.elapsed.checked_div(u32::try_from(self.outcomes.total()).ok()?)
    }

    /// Records what became of a message.
    pub(super) fn settle(&mut self, receipt: &Receipt, latency: Duration) {
        self.outcomes.count(receipt.outcome);
        if receipt.outcome == Outcome::Accepted {
            self.latencies.record(latency);
        }
        if let Some(error) = &receipt.error {
            let outcome_unknown = receipt.outcome == Outcome::Unknown;
            Problem { outcome_unknown, ..error.into() }.count_in(&mut self.problems);
        }
    }

    /// Moves what was recorded to `sum`, and keeps the memory of the histogram for what follows.
    pub(super) fn drain_into(&mut self, sum: &mut Self) {
        sum.add(self);
        let mut latencies = std::mem::take(&mut self.latencies);
        latencies.clear();
        *self = Self { latencies, ..Self::default() };
    }

    /// Adds what another connection did at the same time. The caller sets `elapsed` and `cpu`.
    pub fn add(&mut self, other: &Self) {
        self.latencies.merge(&other.latencies);
        self.outcomes.add(&other.outcomes);
        for problem in &other.problems {
            problem.clone().count_in(&mut self.problems);
        }
        self.backed_off += other.backed_off;
        self.paused += other.paused;
        self.accepted_content = self.accepted_content + other.accepted_content;
        self.unknown_contents.extend_from_slice(&other.unknown_contents);
        self.gave_up += other.gave_up;
    }
}

#[cfg(test)]
mod tests {
    use mailer::{Error, Kind, Reply, Step};

    use super::*;

    #[test]
    fn errors_are_counted_by_kind_step_and_code() {
        let mut result = SliceResult::default();
        for code in [451, 451, 452] {
            let error = Error::refused(Step::Mail, Reply::new(code, "later"));
            result.settle(&Receipt::not_sent(error), Duration::ZERO);
        }
        let mut sum = SliceResult::default();
        sum.add(&result);
        sum.add(&result);
        let counts: Vec<_> = sum.problems.iter().map(|p| (p.code, p.count)).collect();
        assert_eq!(counts, [(Some(451), 4), (Some(452), 2)]);
        assert_eq!(sum.problems.first().unwrap().kind(), Kind::Temporary);
        assert_eq!((sum.outcomes.not_sent, sum.outcomes.total()), (6, 6));
        assert_eq!(sum.latencies.count(), 0);
    }
}
