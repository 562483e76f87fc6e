//! What all contenders of a run share: the plan, the server, and what its totals have to be.

use std::time::Duration;

use mailer::{Error, Kind};

use super::{
    Limit, Outcomes, Plan, SliceResult,
    messages::Slice,
    server_handle::ServerHandle,
    verify::{self, ExpectedTotals},
    worker_handle::REFERENCE,
};
use crate::counting_server::StoredTotals;

/// The time that a named server gets, at least, to open connections, and to answer what is in progress
/// when a slice ends.
const OVERTIME: Duration = Duration::from_secs(10);
/// How often a contender's process reports progress.
const PROGRESS_PERIOD: Duration = Duration::from_millis(100);

pub(super) struct RunContext<'a> {
    pub(super) plan: &'a Plan,
    pub(super) server: ServerHandle,
    pub(super) expected: ExpectedTotals,
    /// The totals after the latest probe; `None` if handshakes failed since.
    pub(super) after_probe: Option<StoredTotals>,
    /// Whether any contender has connected to the server.
    pub(super) was_reached: bool,
}

impl RunContext<'_> {
    /// Returns a slice on this route, as the plan has it.
    pub(super) fn slice(&self, route: usize, limit: Limit) -> Slice {
        let Plan { connections, rate, .. } = *self.plan;
        let cutoff = match limit {
            Limit::Time(time) => self.overtime(limit).map(|overtime| time.saturating_add(overtime)),
            Limit::Count(_) => None,
        };
        Slice { route, connections, limit, cutoff, rate, progress: Some(PROGRESS_PERIOD) }
    }

    /// Returns how long connections may delay the start of a slice, or its end; `None` is no limit. The
    /// embedded server answers in any case, and a slice with a number of messages ends with the
    /// backends' timeouts.
    pub(super) fn overtime(&self, limit: Limit) -> Option<Duration> {
        match limit {
            Limit::Time(time) if !self.server.is_embedded() => Some(time.max(OVERTIME)),
            _ => None,
        }
    }

    /// Checks what the server stored between two totals, where it reports them.
    pub(super) fn check(
        &self,
        before: Option<StoredTotals>,
        after: Option<StoredTotals>,
        sent: &SliceResult,
    ) -> Result<(), Error> {
        let Some((before, after)) = before.zip(after) else { return Ok(()) };
        self.expected.check(&before, &after, sent).map_err(invalid)
    }
}

/// Returns a slice on the reference route, on one connection and as fast as possible.
pub(super) fn reference_slice(limit: Limit) -> Slice {
    Slice { route: REFERENCE, connections: 1, limit, cutoff: None, rate: None, progress: None }
}

/// Checks that each message came over a connection of its own. If some messages failed, the number of
/// connections is not known.
pub(super) fn check_one_per_connection(
    before: Option<StoredTotals>,
    after: Option<StoredTotals>,
    sent: &Outcomes,
) -> Result<(), Error> {
    match before.zip(after) {
        Some((before, after)) if sent.accepted == sent.total() => {
            verify::check_one_per_connection(&before, &after, sent.accepted).map_err(invalid)
        }
        _ => Ok(()),
    }
}

/// The error of a contender whose result is invalid.
pub(super) fn invalid(reason: String) -> Error {
    Error::new(Kind::Internal, reason)
}
