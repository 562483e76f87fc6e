//! Waits for events that cannot be subscribed to.

use std::{
    thread,
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_millis(10);

/// Calls `look` repeatedly until it returns something, or until the time limit.
///
/// Only two events need this: another program delivers a file, and a child process ends. `std` can wait
/// for neither with a time limit.
pub fn until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(PAUSE);
    }
}
