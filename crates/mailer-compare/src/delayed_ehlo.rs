//! An EHLO inside TLS that waited for an acknowledgement before it left.
//!
//! The link does not report it as a hold, since data from the server ended the wait: the session tickets
//! of TLS 1.3, which no client waits for. It costs a round trip all the same.

use std::time::Duration;

use mailer::Step;

use crate::{
    observation::Observation,
    recorder::{EventKind, RecordedEvent},
    time_format::ms,
};

/// With a shorter RTT, a delayed EHLO cannot be distinguished from a slow client.
const SHORTEST_RTT: Duration = Duration::from_millis(5);

/// Returns a finding if the EHLO inside TLS left about a round trip after it was written.
///
/// No other command can wait like this: everything that was sent before it has been answered. Before
/// this EHLO, the client's last message of the TLS handshake is not acknowledged yet.
pub(crate) fn finding(observation: &Observation) -> Option<String> {
    let round_trip = observation.path.round_trip;
    let written =
        first(observation, |kind| matches!(kind, EventKind::Sent { step: Step::EhloAgain, .. }))?;
    let answered = first(observation, |kind| {
        matches!(kind, EventKind::Received { step: Step::EhloAgain, .. })
    })?;
    let left = observation.last_flight_before(answered.at)?;
    let delay = left.saturating_duration_since(written.at);
    (round_trip >= SHORTEST_RTT && delay * 4 >= round_trip * 3).then(|| {
        let place = written.source.as_ref().map_or_else(String::new, |it| format!(" at {it}"));
        format!(
            "{} wrote EHLO inside TLS{place}, and it left {} ms later, when other data from the server \
             arrived: with Nagle's algorithm on, EHLO waits until the server has acknowledged the end \
             of the TLS handshake. TCP_NODELAY saves this round trip.",
            observation.backend,
            ms(delay),
        )
    })
}

fn first(
    observation: &Observation,
    is_wanted: impl Fn(&EventKind) -> bool,
) -> Option<&RecordedEvent> {
    observation.events.iter().find(|event| is_wanted(&event.kind))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::fixtures;
    use mailer_link::Direction;

    fn finding_of(is_delayed: bool, round_trip: Duration) -> Option<String> {
        let mut observation = fixtures::observation("lettre");
        observation.path.round_trip = round_trip;
        let is_ehlo =
            |kind: &EventKind| matches!(kind, EventKind::Sent { step: Step::EhloAgain, .. });
        let written: Instant = first(&observation, is_ehlo).unwrap().at;
        if is_delayed {
            // Tickets come 20 ms after the end of the handshake. EHLO leaves then, and the rest follows.
            let later = Duration::from_millis(20);
            for event in observation.events.iter_mut().filter(|event| event.at > written) {
                event.at += later;
            }
            let connection = observation.connections.iter_mut().flatten().next().unwrap();
            let bursts = std::mem::take(&mut connection.bursts);
            for burst in &bursts {
                if burst.first < written {
                    connection.record(burst.first, burst.direction, burst.bytes);
                }
                if burst.last > written {
                    connection.record(written + later / 2, Direction::In, 500);
                    connection.record(burst.last + later, burst.direction, burst.bytes);
                }
            }
        }
        finding(&observation)
    }

    #[test]
    fn an_ehlo_that_leaves_a_round_trip_after_it_was_written_is_found() {
        let finding = finding_of(true, Duration::from_millis(20)).unwrap();
        let begin = "lettre wrote EHLO inside TLS, and it left 20.01 ms later";
        assert!(finding.starts_with(begin), "{finding}");
    }

    #[test]
    fn an_ehlo_that_leaves_at_once_is_not() {
        assert_eq!(finding_of(false, Duration::from_millis(20)), None);
    }

    #[test]
    fn over_a_path_without_delay_there_is_no_finding() {
        assert_eq!(finding_of(true, Duration::ZERO), None);
    }
}
