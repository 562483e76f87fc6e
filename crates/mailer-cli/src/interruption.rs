//! Ctrl-C, and whatever else asks a process to end.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mailer::{Error, Kind};

use crate::exit::Status;

/// Set by Ctrl-C, and by what else asks a process to end. Asked twice, it ends at once.
pub(crate) fn listen() -> Result<Arc<AtomicBool>, Error> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            process::exit(Status::INTERRUPTED.code());
        }
    })
    .map_err(|cause| Error::new(Kind::Internal, "cannot listen for Ctrl-C").because(cause))?;
    Ok(interrupted)
}
