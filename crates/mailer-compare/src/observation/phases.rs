//! Where the time went.

use std::time::{Duration, Instant};

use mailer::{Phase, Security, Step};

use super::{Observation, TimeBreakdown};
use crate::recorder::{EventKind, RecordedEvent};
use mailer_link::Connection;

/// A time that belongs to one phase.
///
/// The spans of a observation follow one another without a gap: each event ends the time since the one
/// before it, and that time belongs to the phase of the event that ended it. So what a backend does
/// before it sends MAIL (rendering a draft, say) belongs to the envelope. Where a flow mixes phases
/// (content before the replies to the envelope), a phase has more spans than one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The phase.
    pub phase: Phase,
    /// From when.
    pub start: Instant,
    /// Until when.
    pub end: Instant,
    /// The round trips that ended in it; `None` without a link.
    pub round_trips: Option<u64>,
    /// What it went to; `None` without a link.
    pub breakdown: Option<TimeBreakdown>,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.end.saturating_duration_since(self.start)
    }
}

/// The end of some time that belongs to a phase.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) at: Instant,
    pub(super) phase: Phase,
    /// Whether something came from the server, and so may have ended a round trip.
    pub(super) arrival: bool,
    round_trips: u64,
}

impl Mark {
    fn new(at: Instant, phase: Phase, arrival: bool) -> Self {
        // A TCP connect is a round trip that the link does not see as bytes.
        Self { at, phase, arrival, round_trips: u64::from(phase == Phase::Connect) }
    }
}

pub(super) fn spans(observation: &Observation) -> Vec<Span> {
    let mut marks: Vec<Mark> = observation.events.iter().filter_map(mark).collect();
    marks.retain(|mark| mark.phase != Phase::Connect);
    marks.extend(connects(observation));
    marks.extend(inferred_tls(observation));
    // Seen at the same instant, the earlier phase ended first.
    marks.sort_by_key(|mark| (mark.at, mark.phase));
    if let Some(connections) = &observation.connections {
        connections.iter().for_each(|connection| book_round_trips(connection, &mut marks));
    }
    merge(observation, &marks)
}

fn mark(event: &RecordedEvent) -> Option<Mark> {
    let (step, arrival) = match &event.kind {
        EventKind::Connected { .. } => (Step::Connect, true),
        EventKind::Sent { step, .. } => (*step, false),
        EventKind::Content { .. } => (Step::Content, false),
        EventKind::Received { step, .. } => (*step, true),
        EventKind::TlsStarted { .. } => (Step::Tls, true),
        EventKind::Closed { .. } => return None,
    };
    Some(Mark::new(event.at, step.phase(), arrival))
}

/// When each connection stood, all the way: the backend's own TCP ends at the link, which then has
/// the rest of the path to go.
fn connects(observation: &Observation) -> Vec<Mark> {
    let mut told: Vec<Instant> = observation
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Connected { .. }))
        .map(|event| event.at)
        .collect();
    let seen = observation.connections.iter().flatten();
    for (index, reached) in seen.filter_map(|c| c.reached).map(|(_, at)| at).enumerate() {
        match told.get_mut(index) {
            Some(told) => *told = reached.max(*told),
            None => told.push(reached),
        }
    }
    told.into_iter().map(|at| Mark::new(at, Phase::Connect, true)).collect()
}

/// When TLS was on, where the backend does not tell.
pub(super) fn inferred_tls(observation: &Observation) -> Vec<Mark> {
    let mut marks = Vec::new();
    let (mut told, mut last_reply) = (false, observation.started);
    let mut sent = None;
    for event in &observation.events {
        match event.kind {
            EventKind::TlsStarted { .. } => told = true,
            EventKind::Sent { .. } => sent = Some(event.at),
            EventKind::Received { step, .. } => {
                if is_first_inside_tls(step, observation.security) && !told {
                    // The flight that this reply answers carries the client's last word of the
                    // handshake, the command that is answered, or both: with it, the handshake ends.
                    // With implicit TLS 1.2 the server's own last word falls to the greeting, which
                    // comes with it.
                    let at = observation.last_flight_before(event.at);
                    let at = at.or(sent.take_if(|_| step == Step::EhloAgain));
                    let mark = |at: Instant| Mark::new(at.max(last_reply), Phase::Tls, true);
                    marks.extend(at.map(mark));
                }
                (told, last_reply) = (false, event.at);
            }
            _ => {}
        }
    }
    marks
}

fn is_first_inside_tls(reply_to: Step, security: Security) -> bool {
    match security {
        Security::Implicit => reply_to == Step::Greeting,
        _ => reply_to == Step::EhloAgain,
    }
}

/// The greeting and each answer belong to the arrival that the backend noticed next; one that nothing
/// was noticed after belongs to none.
fn book_round_trips(connection: &Connection, marks: &mut [Mark]) {
    for answer in connection.greeting().into_iter().chain(connection.answers()) {
        let noticed = marks.iter_mut().find(|mark| mark.arrival && mark.at >= answer.first);
        if let Some(mark) = noticed {
            mark.round_trips += 1;
        }
    }
}

fn merge(observation: &Observation, marks: &[Mark]) -> Vec<Span> {
    let linked = observation.connections.is_some();
    let mut spans: Vec<Span> = Vec::new();
    let mut start = observation.started;
    for mark in marks {
        let round_trips = linked.then_some(mark.round_trips);
        match spans.last_mut() {
            Some(span) if span.phase == mark.phase => {
                span.end = mark.at;
                span.round_trips = span.round_trips.zip(round_trips).map(|(a, b)| a + b);
            }
            _ => {
                let (phase, end) = (mark.phase, mark.at);
                spans.push(Span { phase, start, end, round_trips, breakdown: None });
            }
        }
        start = mark.at;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn figures(observation: &Observation) -> Vec<(&'static str, u128, Option<u64>)> {
        let figure = |span: &Span| (span.phase.name(), span.length().as_micros(), span.round_trips);
        observation.spans().iter().map(figure).collect()
    }

    #[test]
    fn every_phase_has_its_time_and_its_round_trips() {
        let wanted = [
            ("connect", 100, Some(1)),
            ("greeting", 100, Some(1)),
            ("EHLO", 200, Some(1)),
            ("STARTTLS", 200, Some(1)),
            ("TLS", 1000, Some(1)),
            ("EHLO in TLS", 200, Some(1)),
            ("AUTH", 200, Some(1)),
            ("envelope", 600, Some(3)),
            ("content", 50, Some(0)),
            ("final reply", 150, Some(1)),
            ("QUIT", 200, Some(1)),
        ];
        assert_eq!(figures(&fixtures::observation("raw")), wanted);
    }

    #[test]
    fn what_a_backend_does_not_tell_comes_from_the_link() {
        let full = fixtures::observation("raw");
        let mut silent = full.clone();
        silent.events.retain(|event| {
            !matches!(event.kind, EventKind::Connected { .. } | EventKind::TlsStarted { .. })
        });
        let (full, silent) = (figures(&full), figures(&silent));
        for (told, seen) in full.iter().zip(&silent) {
            assert_eq!((told.0, told.2), (seen.0, seen.2));
            assert!(told.1.abs_diff(seen.1) <= 50, "{told:?} {seen:?}");
        }
        assert_eq!(full.len(), silent.len());
    }

    #[test]
    fn without_a_link_round_trips_are_unknown_and_tls_still_has_its_time() {
        let mut observation = fixtures::observation("raw");
        observation.connections = None;
        observation.events.retain(|e| !matches!(e.kind, EventKind::TlsStarted { .. }));
        let figures = figures(&observation);
        assert!(figures.iter().all(|(_, _, round_trips)| round_trips.is_none()));
        assert!(figures.iter().any(|(phase, ..)| *phase == "TLS"));
    }

    #[test]
    fn spans_add_up_to_the_last_event() {
        let observation = fixtures::observation("raw");
        let sum: Duration = observation.spans().iter().map(Span::length).sum();
        assert_eq!(Some(sum), observation.last_reply().map(|at| observation.since_start(at)));
    }
}
