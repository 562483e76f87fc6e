//! Where the time went, in the document's form.

use std::time::Duration;

use mailer::Source;
use serde::Serialize;

use super::micros;
use crate::observation::{Observation, Span, Stall, TimeBreakdown};
use mailer_link::Direction;

/// Some time that belongs to a phase.
#[derive(Clone, Debug, Serialize)]
pub struct PhaseEntry {
    /// The name of its [`mailer::Phase`].
    pub name: &'static str,
    /// From when.
    pub start_us: u64,
    /// Until when.
    pub end_us: u64,
    /// The round trips that ended in it.
    pub round_trips: Option<u64>,
    /// Of this time, what the simulated link took; null without one, as all of these.
    pub link_us: Option<u64>,
    /// What the server took.
    pub server_us: Option<u64>,
    /// What the client took.
    pub client_us: Option<u64>,
    /// What went by while data was held back.
    pub stall_us: Option<u64>,
}

/// Data that was held back although nothing prevented sending it.
#[derive(Clone, Debug, Serialize)]
pub struct StallEntry {
    /// `client` or `server`: whose data it was.
    pub side: &'static str,
    /// The name of the [`mailer::Phase`] that it made longer.
    pub phase: &'static str,
    /// From when.
    pub start_us: u64,
    /// Until when.
    pub end_us: u64,
    /// How many octets came then.
    pub bytes: u64,
    /// The line of code that had written them, where the backend can tell.
    pub source: Option<String>,
}

impl PhaseEntry {
    pub(super) fn new(observation: &Observation, span: &Span) -> Self {
        let share =
            |of: fn(&TimeBreakdown) -> Duration| span.breakdown.as_ref().map(|all| micros(of(all)));
        Self {
            name: span.phase.name(),
            start_us: micros(observation.since_start(span.start)),
            end_us: micros(observation.since_start(span.end)),
            round_trips: span.round_trips,
            link_us: share(|shares| shares.link),
            server_us: share(|shares| shares.server),
            client_us: share(|shares| shares.client),
            stall_us: share(|shares| shares.stall),
        }
    }
}

impl StallEntry {
    pub(super) fn new(observation: &Observation, stall: &Stall) -> Self {
        Self {
            side: match stall.direction {
                Direction::Out => "client",
                Direction::In => "server",
            },
            phase: stall.phase.name(),
            start_us: micros(observation.since_start(stall.hold.from)),
            end_us: micros(observation.since_start(stall.hold.to)),
            bytes: stall.hold.bytes_after,
            source: stall
                .written
                .as_ref()
                .and_then(|event| event.source.as_ref())
                .map(Source::to_string),
        }
    }
}
