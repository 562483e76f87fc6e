//! Stops lettre in the middle of a call.

use std::{panic::resume_unwind, thread};

/// What unwinds out of lettre once its call was given up.
pub(crate) struct GivenUp;

/// Ends the call that this thread is in.
///
/// lettre cannot be asked to stop, but it reports every line that it writes and reads, and the
/// listener calls this function from there. So a message that was reported as not sent is not sent
/// afterwards by a thread that wakes up late.
pub(crate) fn stop_lettre() {
    if !thread::panicking() {
        resume_unwind(Box::new(GivenUp));
    }
}
