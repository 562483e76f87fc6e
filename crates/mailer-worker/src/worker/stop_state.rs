//! Why users stop, and how far they have come.

use std::time::Instant;

/// Why users stop, from the mildest to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// The connection to the master is lost. The run may go on.
    Lost,
    /// The master ends the run.
    Stop,
    /// The user of this machine interrupts the worker.
    Interrupted,
    /// The master ends the worker.
    Quit,
}

/// Users that are about to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopping {
    pub(super) reason: Reason,
    pub(super) since: Instant,
    /// Messages in flight are given up at this time.
    pub(super) deadline: Instant,
    /// Whether statistics have been sent although messages are in flight.
    pub(super) has_reported: bool,
}

impl Stopping {
    /// Returns whether the worker ends afterwards.
    pub(super) fn is_final(&self) -> bool {
        self.reason >= Reason::Interrupted
    }
}
