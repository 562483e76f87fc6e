//! What one connection has done so far, readable while it works.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mailer::{Error, Kind, Outcome, Receipt};

use super::{SliceResult, message_source::ContentId, settled_messages::SettledMessages};
use crate::{Problem, workload::Workload};

/// What one connection has done in a slice. The thread that works writes it and the thread that waits
/// reads it, so the results up to now are known even if the connection is abandoned.
#[derive(Clone, Debug, Default)]
pub(super) struct ConnectionRecord(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    result: SliceResult,
    started: Option<Instant>,
    ended: Option<Instant>,
    /// The operations in progress, oldest first.
    in_progress: VecDeque<Operation>,
    messages: SettledMessages,
}

/// A message or handshake in progress.
#[derive(Debug)]
struct Operation {
    /// The time from which its latency counts.
    due: Instant,
    /// `None` for a handshake.
    content: Option<ContentId>,
}

/// A record after the slice.
#[derive(Debug, Default)]
pub(super) struct FinishedRecord {
    pub(super) result: SliceResult,
    /// When the work started and ended; `None` if it never started.
    pub(super) span: Option<(Instant, Instant)>,
    pub(super) messages: SettledMessages,
}

impl ConnectionRecord {
    /// Notes that the connection starts to work.
    pub(super) fn start(&self) {
        self.lock().started = Some(Instant::now());
    }

    /// Notes that an operation starts, whose latency counts from `due`; `content` is that of its message.
    pub(super) fn start_operation(&self, due: Instant, content: Option<ContentId>) {
        self.lock().in_progress.push_back(Operation { due, content });
    }

    /// Returns the number of operations in progress.
    pub(super) fn in_progress(&self) -> usize {
        self.lock().in_progress.len()
    }

    /// Records what became of the oldest operation in progress.
    pub(super) fn settle(&self, receipt: &Receipt) {
        self.lock().settle(receipt);
    }

    /// Returns the number of operations that were accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.lock().result.outcomes.accepted
    }

    /// Moves what was done since the last time to `sum`.
    pub(super) fn drain_into(&self, sum: &mut SliceResult) {
        let mut entries = self.lock();
        entries.messages = SettledMessages::default();
        entries.result.drain_into(sum);
    }

    /// Returns whether the connection has no more work.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended.is_some()
    }

    /// Records an error outside of an operation.
    pub(super) fn record_error(&self, error: &Error) {
        Problem::from(error).count_in(&mut self.lock().result.problems);
    }

    /// Records that the connection waited for `time` after a failure; `is_requested` if a reply asked it
    /// to try again later.
    pub(super) fn record_pause(&self, time: Duration, is_requested: bool) {
        let result = &mut self.lock().result;
        *if is_requested { &mut result.backed_off } else { &mut result.paused } += time;
    }

    /// Records that the connection stops because nothing succeeds any more.
    pub(super) fn give_up(&self) {
        self.lock().result.gave_up = 1;
    }

    /// Notes that the connection has no more work.
    pub(super) fn end(&self) {
        self.lock().ended = Some(Instant::now());
    }

    /// Ends the record. A connection that has not ended is abandoned: whether the server accepted its messages
    /// in progress is unknown.
    pub(super) fn finish(&self, workload: Workload) -> FinishedRecord {
        let mut entries = std::mem::take(&mut *self.lock());
        if entries.ended.is_none() && entries.started.is_some() {
            entries.abandon(match workload {
                Workload::Handshake => Outcome::NotSent,
                _ => Outcome::Unknown,
            });
        }
        let Entries { result, started, ended, messages, .. } = entries;
        let ended = ended.unwrap_or_else(Instant::now);
        FinishedRecord { result, span: started.map(|started| (started, ended)), messages }
    }

    /// Every change is complete under one lock, so a panicked thread leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn settle(&mut self, receipt: &Receipt) {
        // A backend settles no more messages than it was given.
        let Some(Operation { due, content }) = self.in_progress.pop_front() else { return };
        self.result.settle(receipt, due.elapsed());
        if let Some(content) = content {
            self.messages.settle(content, receipt.outcome);
        }
    }

    fn abandon(&mut self, outcome: Outcome) {
        self.result.gave_up = 1;
        let mut receipt = Receipt::not_sent(abandoned());
        receipt.outcome = outcome;
        (0..self.in_progress.len()).for_each(|_| self.settle(&receipt));
    }
}

/// The error of a connection that did not finish in time.
pub(super) fn abandoned() -> Error {
    Error::new(Kind::TimedOut, "the server had not answered when the time was over").with_hint(
        "allow more time, or limit the time of each step to learn at which one the server does not answer",
    )
}

#[cfg(test)]
mod tests {
    use mailer::Reply;

    use super::*;

    fn accepted() -> Receipt {
        Receipt::accepted(Vec::new(), Reply::new(250, "ok"))
    }

    #[test]
    fn messages_of_an_abandoned_connection_are_unknown() {
        let record = ConnectionRecord::default();
        record.start();
        (0..3).for_each(|_| record.start_operation(Instant::now(), None));
        record.settle(&accepted());
        let FinishedRecord { result, span, .. } = record.finish(Workload::Throughput);
        assert_eq!((result.outcomes.accepted, result.outcomes.unknown), (1, 2));
        assert_eq!((result.gave_up, result.latencies.count()), (1, 1));
        assert!(span.is_some_and(|(started, ended)| started <= ended));
    }

    #[test]
    fn an_abandoned_handshake_has_sent_nothing() {
        let record = ConnectionRecord::default();
        record.start();
        record.start_operation(Instant::now(), None);
        let result = record.finish(Workload::Handshake).result;
        assert_eq!((result.outcomes.not_sent, result.outcomes.total()), (1, 1));
    }

    #[test]
    fn a_connection_that_ended_is_not_abandoned() {
        let record = ConnectionRecord::default();
        record.start();
        record.end();
        let result = record.finish(Workload::Throughput).result;
        assert_eq!((result.gave_up, result.problems.len()), (0, 0));
    }
}
