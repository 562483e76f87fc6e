//! Stops lettre in the middle of a call.

use std::{convert::Infallible, panic::resume_unwind, thread};

/// What unwinds out of lettre once its call was given up.
pub(crate) struct GivenUp;

/// Ends the call that this thread is in.
///
/// lettre cannot be asked to stop, but it reports every line that it writes and reads, and the
/// listener calls this function from there. So a message that was reported as not sent is not sent
/// afterwards by a thread that wakes up late.
///
/// It unwinds, which closes the connection and ends the worker's job. In a program that is built with
/// `panic = "abort"` unwinding would end the whole process, so there the thread stops for good and
/// keeps its connection until the process ends.
pub(crate) fn stop_lettre() {
    if thread::panicking() {
        return;
    }
    if cfg!(panic = "abort") {
        stop_for_good();
    }
    resume_unwind(Box::new(GivenUp));
}

fn stop_for_good() -> Infallible {
    loop {
        // It may return without a reason.
        thread::park();
    }
}
