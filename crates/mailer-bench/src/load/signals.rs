//! Whether the process that started this one has asked it to stop, or has ended.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How long work in progress may take to end after a stop request.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// The state of the other process, shared by all threads of this one.
#[derive(Debug, Default)]
pub(super) struct Signals {
    stopped: AtomicBool,
    gone: AtomicBool,
}

impl Signals {
    /// Lets no operation start from now on.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Notes that the other process has ended: nothing starts any more, and nothing is waited for.
    pub(super) fn set_gone(&self) {
        self.gone.store(true, Ordering::Relaxed);
        self.stop();
    }

    /// Returns whether no further operation may start.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// How long connections that are at work are waited for.
#[derive(Debug)]
pub(super) struct WaitLimit {
    signals: Arc<Signals>,
    until: Option<Instant>,
    /// When the stop request was first seen.
    stopped: Option<Instant>,
}

impl WaitLimit {
    /// Waits for `limit` from now, or without limit if it is `None`; shorter after a stop request.
    pub(super) fn new(signals: &Arc<Signals>, limit: Option<Duration>) -> Self {
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        Self { signals: Arc::clone(signals), until, stopped: None }
    }

    /// Returns whether connections that are still at work are to be abandoned.
    pub(super) fn is_over(&mut self) -> bool {
        if self.signals.is_stopped() {
            let since = self.stopped.get_or_insert_with(Instant::now);
            if since.elapsed() >= STOP_LIMIT || self.signals.gone.load(Ordering::Relaxed) {
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
    fn waiting_ends_after_its_limit_or_with_the_other_process() {
        let signals = Arc::new(Signals::default());
        let mut limit = WaitLimit::new(&signals, None);
        assert!(!limit.is_over());
        assert!(WaitLimit::new(&signals, Some(Duration::ZERO)).is_over());
        signals.set_gone();
        assert!(limit.is_over() && signals.is_stopped());
    }
}
