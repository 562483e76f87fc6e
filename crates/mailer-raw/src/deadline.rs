//! Deadlines, and the system calls that time out before them.

use std::{
    io,
    time::{Duration, Instant},
};

use mailer::Timeouts;

/// Returns the time at which this limit ends. A limit that the clock cannot represent is a year.
pub(crate) fn after(limit: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(limit.min(YEAR)).unwrap_or(now)
}

/// Returns the end of a call that starts now; `None` if it has no [`total`](Timeouts::total) limit.
pub(crate) fn end_of_call(timeouts: &Timeouts) -> Option<Instant> {
    timeouts.total.map(after)
}

/// Whether this time has come.
pub(crate) fn is_over(end: Option<Instant>) -> bool {
    end.is_some_and(|end| end <= Instant::now())
}

/// Whether a system call ended because of its own time-out or of a signal, so that it can be repeated.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}
