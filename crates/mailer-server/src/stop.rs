//! The signal that stops a server.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A signal that is set once and wakes every thread that sleeps on it.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    set: AtomicBool,
    guard: Mutex<()>,
    woken: Condvar,
}

impl Stop {
    pub(crate) fn set(&self) {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        self.set.store(true, Ordering::SeqCst);
        drop(guard);
        self.woken.notify_all();
    }

    pub(crate) fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Sleeps until the signal is set, for at most `time`. Returns whether it is set.
    pub(crate) fn sleep(&self, time: Duration) -> bool {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        // The guard protects no data that a panic could have corrupted.
        let _ = self.woken.wait_timeout_while(guard, time, |()| !self.is_set());
        self.is_set()
    }
}
