//! What one connection has done so far, readable while it works.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mailer::{Error, Kind, Outcome, Receipt};

use super::{Account, Problem, Work, numbered::Stamp, sent::Sent};

/// What one connection has done in a slice, shared by the thread that does it and the one that waits for
/// it: what is known is known even if the former never comes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Record(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    account: Account,
    begun: Option<Instant>,
    ended: Option<Instant>,
    /// Work under way, in the order it was begun.
    under_way: VecDeque<Piece>,
    sent: Sent,
}

/// A piece of work.
#[derive(Debug)]
struct Piece {
    /// From when its latency counts.
    due: Instant,
    /// Its message, if it has one.
    stamp: Option<Stamp>,
}

/// What a connection has done in a slice.
#[derive(Debug, Default)]
pub(super) struct Closed {
    pub(super) account: Account,
    /// From when to when it worked, if it did.
    pub(super) span: Option<(Instant, Instant)>,
    pub(super) sent: Sent,
}

impl Record {
    /// The connection starts to work.
    pub(super) fn begin(&self) {
        self.lock().begun = Some(Instant::now());
    }

    /// A piece of work is begun, whose latency counts from `due`, with this message or none.
    pub(super) fn take_up(&self, due: Instant, stamp: Option<Stamp>) {
        self.lock().under_way.push_back(Piece { due, stamp });
    }

    /// How many pieces of work are under way.
    pub(super) fn under_way(&self) -> usize {
        self.lock().under_way.len()
    }

    /// The oldest piece of work under way came to this.
    pub(super) fn settle(&self, receipt: &Receipt) {
        self.lock().settle(receipt);
    }

    /// How many pieces of work were accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.lock().account.outcomes.accepted
    }

    /// Something went wrong that is no piece of work.
    pub(super) fn note(&self, error: &Error) {
        Problem::of(error).count_in(&mut self.lock().account.problems);
    }

    /// The connection kept still for so long, because the server had asked for it or by itself.
    pub(super) fn paused(&self, time: Duration, asked: bool) {
        let account = &mut self.lock().account;
        *if asked { &mut account.backed_off } else { &mut account.paused } += time;
    }

    /// Nothing goes through any more.
    pub(super) fn give_up(&self) {
        self.lock().account.gave_up = 1;
    }

    /// The connection has no more work.
    pub(super) fn end(&self) {
        self.lock().ended = Some(Instant::now());
    }

    /// What this came to, and from when to when it was. A connection that has not ended is left behind:
    /// of a message under way it is then unknown whether the server has it.
    pub(super) fn close(&self, work: Work) -> Closed {
        let mut entries = std::mem::take(&mut *self.lock());
        if entries.ended.is_none() && entries.begun.is_some() {
            let outcome = if work == Work::Handshake { Outcome::NotSent } else { Outcome::Unknown };
            entries.leave_behind(outcome);
        }
        let Entries { account, begun, ended, sent, .. } = entries;
        let ended = ended.unwrap_or_else(Instant::now);
        Closed { account, span: begun.map(|begun| (begun, ended)), sent }
    }

    /// Every change is made in one step, so one that panicked leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn settle(&mut self, receipt: &Receipt) {
        // A backend settles no more than it has taken.
        let Some(Piece { due, stamp }) = self.under_way.pop_front() else { return };
        self.account.settle(receipt, due.elapsed());
        if let Some(stamp) = stamp {
            self.sent.settle(stamp, receipt.outcome);
        }
    }

    fn leave_behind(&mut self, outcome: Outcome) {
        self.account.gave_up = 1;
        let mut receipt = Receipt::not_sent(left_behind());
        receipt.outcome = outcome;
        (0..self.under_way.len()).for_each(|_| self.settle(&receipt));
    }
}

/// What a connection is told of that did not come back in time.
pub(super) fn left_behind() -> Error {
    Error::new(Kind::TimedOut, "the server had not answered when the time was over")
        .hint("allow more time, or set --timeout to learn at which step the server does not answer")
}

#[cfg(test)]
mod tests {
    use mailer::Reply;

    use super::*;

    fn accepted() -> Receipt {
        Receipt::accepted(Vec::new(), Reply::new(250, "ok"))
    }

    #[test]
    fn messages_of_a_connection_that_never_comes_back_are_unknown() {
        let record = Record::default();
        record.begin();
        (0..3).for_each(|_| record.take_up(Instant::now(), None));
        record.settle(&accepted());
        let Closed { account, span, .. } = record.close(Work::Throughput);
        assert_eq!((account.outcomes.accepted, account.outcomes.unknown), (1, 2));
        assert_eq!((account.gave_up, account.latencies.count()), (1, 1));
        assert!(span.is_some_and(|(begun, ended)| begun <= ended));
    }

    #[test]
    fn a_handshake_that_never_ends_has_sent_nothing() {
        let record = Record::default();
        record.begin();
        record.take_up(Instant::now(), None);
        let account = record.close(Work::Handshake).account;
        assert_eq!((account.outcomes.not_sent, account.outcomes.total()), (1, 1));
    }

    #[test]
    fn what_has_ended_leaves_nothing_behind() {
        let record = Record::default();
        record.begin();
        record.end();
        let account = record.close(Work::Throughput).account;
        assert_eq!((account.gave_up, account.problems.len()), (0, 0));
    }
}
