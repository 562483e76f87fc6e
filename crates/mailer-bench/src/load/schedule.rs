//! When the next operation starts, and whether there is one. An operation is one message or one
//! handshake.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Limit, messages::Slice, signals::Signals};

/// How often a sleeping thread checks for a stop request.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// The schedule of one slice, shared by its connections.
pub(super) struct Schedule {
    /// The number of operations that were handed out.
    started: AtomicU64,
    /// The number of operations that are done.
    done: AtomicU64,
    /// The number of operations to hand out.
    count: u64,
    start: Instant,
    until: Option<Instant>,
    /// Operations per second.
    rate: Option<f64>,
    signals: Arc<Signals>,
}

impl Schedule {
    /// Returns a schedule that starts now.
    pub(super) fn start(slice: &Slice, signals: &Arc<Signals>) -> Self {
        let start = Instant::now();
        let (count, until) = match slice.limit {
            Limit::Count(count) => (count, None),
            Limit::Time(time) => (u64::MAX, Some(start + time)),
        };
        let (started, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let signals = Arc::clone(signals);
        Self { started, done, count, start, until, rate: slice.rate, signals }
    }

    /// Hands out the next operation if it is due, and returns the time from which its latency counts.
    ///
    /// At a fixed rate that is its intended start, however late it really starts. If latency counted
    /// from the real start, a slow server would delay the start of the next operation, and the delay
    /// would not be measured (coordinated omission).
    pub(super) fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        self.take(|number| self.intended_start(number).is_none_or(|at| at <= now))
            .map(|number| self.intended_start(number).unwrap_or(now))
    }

    /// Hands out the next operation and waits until it is due; returns `None` if there is none.
    pub(super) fn wait(&self) -> Option<Instant> {
        let number = self.take(|_| true)?;
        let Some(at) = self.intended_start(number) else { return Some(Instant::now()) };
        self.sleep_until(at);
        (!self.is_over()).then_some(at)
    }

    /// Returns the time from which the latency of a message counts that was `due`, and that begins now, after its
    /// connection was opened. At a fixed rate that stays its intended start.
    pub(super) fn counts_from(&self, due: Instant) -> Instant {
        if self.rate.is_some() { due } else { Instant::now() }
    }

    /// Sleeps for `time`, or until the slice is over.
    pub(super) fn pause(&self, time: Duration) {
        let end = Instant::now() + time;
        self.sleep_until(self.until.map_or(end, |until| until.min(end)));
    }

    pub(super) fn count_done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    fn intended_start(&self, number: u64) -> Option<Instant> {
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
        self.rate.map(|rate| self.start + Duration::from_secs_f64(number as f64 / rate))
    }

    fn is_over(&self) -> bool {
        self.signals.is_stopped() || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Takes the number of the next operation, if there is one and `is_wanted` accepts it.
    fn take(&self, is_wanted: impl Fn(u64) -> bool) -> Option<u64> {
        if self.is_over() {
            return None;
        }
        let in_time = |number| match (self.intended_start(number), self.until) {
            (Some(at), Some(until)) => at < until,
            _ => true,
        };
        let next = |number| {
            (number < self.count && in_time(number) && is_wanted(number)).then_some(number + 1)
        };
        self.started.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    }

    fn sleep_until(&self, at: Instant) {
        while !self.signals.is_stopped() {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(STOP_CHECK_INTERVAL));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(limit: Limit, rate: Option<f64>) -> Slice {
        Slice { route: 0, connections: 1, limit, cutoff: None, rate, progress: None }
    }

    #[test]
    fn no_more_operations_than_the_limit_are_handed_out() {
        let signals = Arc::default();
        let schedule = Schedule::start(&slice(Limit::Count(3), None), &signals);
        assert_eq!((0..5).filter(|_| schedule.due().is_some()).count(), 3);
        let over = Schedule::start(&slice(Limit::Time(Duration::ZERO), None), &signals);
        assert!(over.due().is_none() && over.wait().is_none());
    }

    #[test]
    fn latency_counts_from_the_intended_start() {
        let signals = Arc::default();
        let schedule = Schedule::start(&slice(Limit::Count(3), Some(1000.0)), &signals);
        let starts: Vec<Instant> = std::iter::from_fn(|| schedule.wait()).collect();
        let gaps: Vec<Duration> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(gaps, [Duration::from_millis(1); 2]);
        assert!(starts.last().is_some_and(|last| *last <= Instant::now()));
    }

    #[test]
    fn no_operation_is_due_before_its_intended_start() {
        let signals = Arc::default();
        let schedule = Schedule::start(&slice(Limit::Count(9), Some(0.001)), &signals);
        assert!(schedule.due().is_some() && schedule.due().is_none());
        signals.stop();
        assert!(schedule.wait().is_none());
    }
}
