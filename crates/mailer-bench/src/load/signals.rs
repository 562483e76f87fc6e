//! What the process that started a run wants: to go on, to stop, or nothing any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How long work under way may take to end after the order to stop.
const GRACE: Duration = Duration::from_secs(2);

/// What the other process has said, shared by all threads of this one.
#[derive(Debug, Default)]
pub(super) struct Signals {
    stopped: AtomicBool,
    gone: AtomicBool,
}

impl Signals {
    /// No work is begun from now on.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// The other process has gone away: nothing is waited for any more either.
    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Relaxed);
        self.stop();
    }

    /// Whether no work is to be begun any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// How long connections that are at work are waited for.
#[derive(Debug)]
pub(super) struct Patience {
    signals: Arc<Signals>,
    until: Option<Instant>,
    /// When the order to stop was first seen.
    stopped: Option<Instant>,
}

impl Patience {
    /// Waits for so long from now, `None` as long as it takes; less after the order to stop.
    pub(super) fn new(signals: &Arc<Signals>, limit: Option<Duration>) -> Self {
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        Self { signals: Arc::clone(signals), until, stopped: None }
    }

    /// Whether what has not come back by now is left behind.
    pub(super) fn is_over(&mut self) -> bool {
        if self.signals.is_stopped() {
            let since = self.stopped.get_or_insert_with(Instant::now);
            if since.elapsed() >= GRACE || self.signals.gone.load(Ordering::Relaxed) {
                return true;
            }
        }
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_with_its_time_or_with_the_other_process() {
        let signals = Arc::new(Signals::default());
        let mut patience = Patience::new(&signals, None);
        assert!(!patience.is_over());
        assert!(Patience::new(&signals, Some(Duration::ZERO)).is_over());
        signals.leave();
        assert!(patience.is_over() && signals.is_stopped());
    }
}
