//! The trait of workloads in this process: do the work, and check what the server stored.

use std::time::Duration;

use mailer::{Error, Kind};

/// A case that is set up for a contender.
pub trait Measured {
    /// Does the work `times` times and returns the time of the timed parts together.
    ///
    /// # Errors
    /// The first error; the run then has no time.
    fn run(&mut self, times: u64) -> Result<Duration, Error>;

    /// Checks what the server has stored against everything that was run so far.
    ///
    /// # Errors
    /// If messages or connections are missing, superfluous or changed.
    fn check(&mut self) -> Result<(), Error>;
}

/// The error of a run that did not do its work.
pub(super) fn invalid(what: &str) -> Error {
    Error::new(Kind::Internal, format!("the run is not valid: {what}"))
}
