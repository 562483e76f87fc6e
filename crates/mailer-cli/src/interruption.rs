//! The signals that ask a process to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
};

use mailer::{Error, Kind};

use crate::exit::Status;

/// Returns a flag that the first signal sets. A second signal ends the process at once.
pub(crate) fn flag() -> Result<Arc<AtomicBool>, Error> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    handle(move || flag.store(true, Ordering::Relaxed))?;
    Ok(interrupted)
}

/// Returns a channel that receives when the first signal arrives. A second signal ends the process at once.
pub(crate) fn receiver() -> Result<Receiver<()>, Error> {
    let (sender, receiver) = mpsc::channel();
    handle(move || {
        // Sending fails if the command is about to end anyway.
        let _ = sender.send(());
    })?;
    Ok(receiver)
}

/// Calls `first` at the first signal and ends the process at the second.
fn handle(first: impl Fn() + Send + 'static) -> Result<(), Error> {
    let interrupted = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if interrupted.swap(true, Ordering::Relaxed) {
            process::exit(Status::INTERRUPTED.code());
        }
        first();
    })
    .map_err(|cause| {
        Error::new(Kind::Internal, "cannot listen for Ctrl-C")
            .with_cause(cause)
            .with_hint("raise the limit of processes and threads (ulimit -u)")
    })
}
