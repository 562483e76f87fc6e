//! Stops lettre in the middle of a call.

use std::{convert::Infallible, panic::resume_unwind, thread};

/// The payload of the unwinding that ends an abandoned call.
pub(crate) struct CallAbandoned;

/// Ends the current call of this thread.
///
/// lettre has no way to stop a call, but it emits an event for every line that it writes and reads, and
/// the listener calls this function at these events. So a message that was reported as not sent is not
/// sent later by an abandoned thread.
///
/// The function unwinds, which closes the connection and ends the worker's job. In a program built with
/// `panic = "abort"`, unwinding would end the whole process. There, the thread sleeps and keeps its
/// connection until the process ends.
pub(crate) fn stop_lettre() {
    if thread::panicking() {
        return;
    }
    if cfg!(panic = "abort") {
        sleep_forever();
    }
    resume_unwind(Box::new(CallAbandoned));
}

fn sleep_forever() -> Infallible {
    loop {
        // `park` may return spuriously.
        thread::park();
    }
}
