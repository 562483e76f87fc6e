//! The word that the server is being stopped.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Said once, heard by every thread, also by those that sleep.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    said: AtomicBool,
    guard: Mutex<()>,
    woken: Condvar,
}

impl Stop {
    pub(crate) fn set(&self) {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        self.said.store(true, Ordering::SeqCst);
        drop(guard);
        self.woken.notify_all();
    }

    pub(crate) fn is_set(&self) -> bool {
        self.said.load(Ordering::SeqCst)
    }

    /// Sleeps, but not past the stop; whether it was said.
    pub(crate) fn sleep(&self, time: Duration) -> bool {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        // The guard holds nothing that a panic could have spoilt.
        let _ = self.woken.wait_timeout_while(guard, time, |()| !self.is_set());
        self.is_set()
    }
}
