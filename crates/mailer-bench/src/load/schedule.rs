//! When the next piece of work begins, and whether there is one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Limit, messages::Slice, signals::Signals};

/// The longest that a sleep is blind to the order to stop.
const BLINK: Duration = Duration::from_millis(50);

/// What the connections of one slice share.
pub(super) struct Schedule {
    /// How many pieces of work have been given out.
    given: AtomicU64,
    /// How many are done.
    done: AtomicU64,
    most: u64,
    start: Instant,
    until: Option<Instant>,
    rate: Option<f64>,
    signals: Arc<Signals>,
}

impl Schedule {
    /// A schedule that begins now.
    pub(super) fn begin(slice: &Slice, signals: &Arc<Signals>) -> Self {
        let start = Instant::now();
        let (most, until) = match slice.limit {
            Limit::Mails(most) => (most, None),
            Limit::Time(time) => (u64::MAX, Some(start + time)),
        };
        let (given, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let signals = Arc::clone(signals);
        Self { given, done, most, start, until, rate: slice.rate, signals }
    }

    /// The next piece of work, if it is due: the time from which its latency counts.
    ///
    /// At a fixed rate that is when it was to begin, however late it is begun: what waits because the
    /// server is slow has waited, and a client that left out what it could not send in time would
    /// call a slow server fast.
    pub(super) fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        self.take(|number| self.intended(number).is_none_or(|at| at <= now))
            .map(|number| self.intended(number).unwrap_or(now))
    }

    /// The next piece of work, waited for until it is due; `None` if there is none any more.
    pub(super) fn wait(&self) -> Option<Instant> {
        let number = self.take(|_| true)?;
        let Some(at) = self.intended(number) else { return Some(Instant::now()) };
        self.sleep_until(at);
        (!self.is_over()).then_some(at)
    }

    /// Keeps still that long, or until there is nothing to do any more.
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

    fn intended(&self, number: u64) -> Option<Instant> {
        // A rate is far from a number of mails that a float could not hold.
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 mails")]
        self.rate.map(|rate| self.start + Duration::from_secs_f64(number as f64 / rate))
    }

    fn is_over(&self) -> bool {
        self.signals.is_stopped() || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Takes the next number, if there is one and it is wanted.
    fn take(&self, wanted: impl Fn(u64) -> bool) -> Option<u64> {
        if self.is_over() {
            return None;
        }
        let in_time = |number| match (self.intended(number), self.until) {
            (Some(at), Some(until)) => at < until,
            _ => true,
        };
        let next = |number| {
            (number < self.most && in_time(number) && wanted(number)).then_some(number + 1)
        };
        self.given.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
    }

    fn sleep_until(&self, at: Instant) {
        while !self.signals.is_stopped() {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(BLINK));
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
    fn no_more_is_given_out_than_there_is() {
        let signals = Arc::default();
        let schedule = Schedule::begin(&slice(Limit::Mails(3), None), &signals);
        assert_eq!((0..5).filter(|_| schedule.due().is_some()).count(), 3);
        let over = Schedule::begin(&slice(Limit::Time(Duration::ZERO), None), &signals);
        assert!(over.due().is_none() && over.wait().is_none());
    }

    #[test]
    fn whoever_is_late_counts_from_when_it_was_due() {
        let signals = Arc::default();
        let schedule = Schedule::begin(&slice(Limit::Mails(3), Some(1000.0)), &signals);
        let starts: Vec<Instant> = std::iter::from_fn(|| schedule.wait()).collect();
        let apart: Vec<Duration> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(apart, [Duration::from_millis(1); 2]);
        assert!(starts.last().is_some_and(|last| *last <= Instant::now()));
    }

    #[test]
    fn nothing_is_due_before_its_time() {
        let signals = Arc::default();
        let schedule = Schedule::begin(&slice(Limit::Mails(9), Some(0.001)), &signals);
        assert!(schedule.due().is_some() && schedule.due().is_none());
        signals.stop();
        assert!(schedule.wait().is_none());
    }
}
