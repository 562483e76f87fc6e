//! The time of each phase: connect, greeting, EHLO, and so on.

use std::time::{Duration, Instant};

use mailer::{Phase, Security, Step};
use mailer_link::Connection;

use super::{Observation, TimeBreakdown};
use crate::recorder::{EventKind, RecordedEvent};

/// A time that belongs to one phase.
///
/// The spans of an observation have no gaps: each event ends the time since the event before it, and
/// that time belongs to the phase of the event that ended it. So what a backend does before it sends
/// MAIL, such as rendering a draft, belongs to the envelope. Where a flow mixes phases (content before
/// the replies to the envelope), a phase has several spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The phase.
    pub phase: Phase,
    /// The start.
    pub start: Instant,
    /// The end.
    pub end: Instant,
    /// The number of round trips that ended in it; `None` without a link.
    pub round_trips: Option<u64>,
    /// What the time was spent on; `None` without a link.
    pub breakdown: Option<TimeBreakdown>,
}

impl Span {
    /// Returns its length.
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
    /// Whether something came from the server, which may have ended a round trip.
    is_arrival: bool,
    round_trips: u64,
}

impl Mark {
    fn new(at: Instant, phase: Phase, is_arrival: bool) -> Self {
        // A TCP connect is a round trip that the link does not see as bytes.
        Self { at, phase, is_arrival, round_trips: u64::from(phase == Phase::Connect) }
    }
}

/// The spans without their breakdown.
pub(super) fn spans(observation: &Observation) -> Vec<Span> {
    let mut marks: Vec<Mark> = observation.events.iter().filter_map(mark).collect();
    marks.retain(|mark| mark.phase != Phase::Connect);
    marks.extend(connect_marks(observation));
    marks.extend(inferred_tls(observation));
    // Of two marks at the same instant, the one of the earlier phase comes first.
    marks.sort_by_key(|mark| (mark.at, mark.phase));
    for connection in observation.connections.iter().flatten() {
        assign_round_trips(connection, &mut marks);
    }
    merge(observation, &marks)
}

fn mark(event: &RecordedEvent) -> Option<Mark> {
    let (step, is_arrival) = match &event.kind {
        EventKind::Connected { .. } => (Step::Connect, true),
        EventKind::Sent { step, .. } => (*step, false),
        EventKind::Content { .. } => (Step::Content, false),
        EventKind::Received { step, .. } => (*step, true),
        EventKind::TlsStarted { .. } => (Step::Tls, true),
        EventKind::Closed { .. } => return None,
    };
    Some(Mark::new(event.at, step.phase(), is_arrival))
}

/// Returns a mark for each connection that reached the server.
fn connect_marks(observation: &Observation) -> Vec<Mark> {
    let times = connect_times(observation).into_iter();
    times.map(|at| Mark::new(at, Phase::Connect, true)).collect()
}

/// Returns when each connection reached the server. The backend's own TCP ends at the link, which then connects
/// to the server over the rest of the path.
pub(super) fn connect_times(observation: &Observation) -> Vec<Instant> {
    let is_connect = |event: &&RecordedEvent| matches!(event.kind, EventKind::Connected { .. });
    let reported = observation.events.iter().filter(is_connect);
    let mut connects: Vec<Instant> = reported.map(|event| event.at).collect();
    let recorded = observation.connections.iter().flatten();
    for (index, reached) in recorded.filter_map(|c| c.reached).map(|(_, at)| at).enumerate() {
        match connects.get_mut(index) {
            Some(reported) => *reported = reached.max(*reported),
            None => connects.push(reached),
        }
    }
    connects
}

/// When each TLS handshake ended, if the backend does not report it.
pub(super) fn inferred_tls(observation: &Observation) -> Vec<Mark> {
    let mut marks = Vec::new();
    let (mut is_reported, mut last_reply) = (false, observation.started);
    let mut sent = None;
    for event in &observation.events {
        match event.kind {
            EventKind::TlsStarted { .. } => is_reported = true,
            EventKind::Sent { .. } => sent = Some(event.at),
            EventKind::Received { step, .. } => {
                if is_first_inside_tls(step, observation.security) && !is_reported {
                    // The flight that this reply answers carries the client's last message of the
                    // handshake, the command that is answered, or both: with it, the handshake ends.
                    // With implicit TLS 1.2 the server's last message belongs to the greeting, which
                    // comes with it.
                    let at = observation.last_flight_before(event.at);
                    let at = at.or(sent.take_if(|_| step == Step::EhloAgain));
                    let mark = |at: Instant| Mark::new(at.max(last_reply), Phase::Tls, true);
                    marks.extend(at.map(mark));
                }
                (is_reported, last_reply) = (false, event.at);
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

/// Assigns the greeting and each answer to the arrival that the backend noticed next. An answer after
/// which nothing was noticed is assigned to none.
fn assign_round_trips(connection: &Connection, marks: &mut [Mark]) {
    for answer in connection.greeting().into_iter().chain(connection.answers()) {
        let noticed = marks.iter_mut().find(|mark| mark.is_arrival && mark.at >= answer.first);
        if let Some(mark) = noticed {
            mark.round_trips += 1;
        }
    }
}

fn merge(observation: &Observation, marks: &[Mark]) -> Vec<Span> {
    let has_link = observation.connections.is_some();
    let mut spans: Vec<Span> = Vec::new();
    let mut start = observation.started;
    for mark in marks {
        let round_trips = has_link.then_some(mark.round_trips);
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

/// Replaces the round trips of these spans by those that were counted in another session. A phase with
/// several spans has all of its round trips in the first.
pub(super) fn recount(spans: &mut [Span], counted: &[Span]) {
    for index in 0..spans.len() {
        let (before, rest) = spans.split_at_mut(index);
        let Some(span) = rest.first_mut() else { continue };
        let is_first = before.iter().all(|other| other.phase != span.phase);
        let all = counted.iter().filter(|other| is_first && other.phase == span.phase);
        span.round_trips = all.map(|other| other.round_trips).sum();
    }
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
    fn each_phase_has_its_time_and_round_trips() {
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
    fn events_that_a_backend_does_not_report_come_from_the_link() {
        let full = fixtures::observation("raw");
        let mut silent = full.clone();
        silent.events.retain(|event| {
            !matches!(event.kind, EventKind::Connected { .. } | EventKind::TlsStarted { .. })
        });
        let (full, silent) = (figures(&full), figures(&silent));
        for (reported, inferred) in full.iter().zip(&silent) {
            assert_eq!((reported.0, reported.2), (inferred.0, inferred.2));
            assert!(reported.1.abs_diff(inferred.1) <= 50, "{reported:?} {inferred:?}");
        }
        assert_eq!(full.len(), silent.len());
    }

    #[test]
    fn without_a_link_tls_has_a_time_and_round_trips_are_unknown() {
        let mut observation = fixtures::observation("raw");
        observation.connections = None;
        observation.events.retain(|e| !matches!(e.kind, EventKind::TlsStarted { .. }));
        let figures = figures(&observation);
        assert!(figures.iter().all(|(_, _, round_trips)| round_trips.is_none()));
        assert!(figures.iter().any(|(phase, ..)| *phase == "TLS"));
    }

    #[test]
    fn spans_add_up_to_the_last_reply() {
        let observation = fixtures::observation("raw");
        let sum: Duration = observation.spans().iter().map(Span::length).sum();
        assert_eq!(Some(sum), observation.last_reply().map(|at| observation.since_start(at)));
    }
}
