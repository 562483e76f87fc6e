//! Phases and stalls, as entries of the JSON document.

use mailer::Source;
use mailer_link::Direction;
use serde::Serialize;

use super::time::micros;
use crate::observation::{Observation, Span, Stall, TimeOwner};

/// Some time that belongs to a phase.
#[derive(Clone, Debug, Serialize)]
pub struct PhaseEntry {
    /// The name of its [`mailer::Phase`].
    pub name: &'static str,
    /// The start.
    pub start_us: u64,
    /// The end.
    pub end_us: u64,
    /// The number of round trips that ended in it.
    pub round_trips: Option<u64>,
    /// The time on the simulated link; null without a link, like the next three.
    pub link_us: Option<u64>,
    /// The time of the server.
    pub server_us: Option<u64>,
    /// The time of the client.
    pub client_us: Option<u64>,
    /// The time during which data was held back.
    pub stall_us: Option<u64>,
}

/// Data that was held back although nothing prevented sending it.
#[derive(Clone, Debug, Serialize)]
pub struct StallEntry {
    /// `client` or `server`: the side whose data was held back.
    pub side: &'static str,
    /// The name of the [`mailer::Phase`] in which it occurred.
    pub phase: &'static str,
    /// The start.
    pub start_us: u64,
    /// The end.
    pub end_us: u64,
    /// The number of bytes that were held back.
    pub bytes: u64,
    /// The line of code that wrote them, if the backend knows it.
    pub source: Option<String>,
}

impl PhaseEntry {
    pub(super) fn new(observation: &Observation, span: &Span) -> Self {
        let part = |owner| span.breakdown.map(|whole| micros(whole.spent_on(owner)));
        Self {
            name: span.phase.name(),
            start_us: micros(observation.since_start(span.start)),
            end_us: micros(observation.since_start(span.end)),
            round_trips: span.round_trips,
            link_us: part(TimeOwner::Link),
            server_us: part(TimeOwner::Server),
            client_us: part(TimeOwner::Client),
            stall_us: part(TimeOwner::Stall),
        }
    }
}

impl StallEntry {
    pub(super) fn new(observation: &Observation, stall: &Stall) -> Self {
        let source = stall.written.as_ref().and_then(|event| event.source.as_ref());
        Self {
            side: match stall.direction {
                Direction::Out => "client",
                Direction::In => "server",
            },
            phase: stall.phase.name(),
            start_us: micros(observation.since_start(stall.hold.from)),
            end_us: micros(observation.since_start(stall.hold.to)),
            bytes: stall.hold.bytes_after,
            source: source.map(Source::to_string),
        }
    }
}
