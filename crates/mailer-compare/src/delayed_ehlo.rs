//! A command that waited for an acknowledgement, and left when something else had come.
//!
//! It is no stall as the link sees them, since something of the server's ended it: the session tickets
//! of TLS 1.3, for which nobody waits. It is a round trip all the same.

use std::time::Duration;

use mailer::Step;

use super::ms;
use crate::{
    observation::Observation,
    recorder::{EventKind, RecordedEvent},
};

/// Below this length of the way, late cannot be told from slow.
const DISTANCE: Duration = Duration::from_millis(5);

/// The EHLO inside TLS, if it left about a round trip after it was written.
///
/// No other command can wait so: before each of them there is nothing on its way that has not been
/// answered, but before this there is the client's last word of the handshake.
pub(super) fn finding(observation: &Observation) -> Option<String> {
    let round_trip = observation.path.round_trip;
    let written =
        first(observation, |what| matches!(what, EventKind::Sent { step: Step::EhloAgain, .. }))?;
    let answered = first(observation, |what| {
        matches!(what, EventKind::Received { step: Step::EhloAgain, .. })
    })?;
    let left = observation.last_flight_before(answered.at)?;
    let late = left.saturating_duration_since(written.at);
    (round_trip >= DISTANCE && late * 4 >= round_trip * 3).then(|| {
        let place = written.source.as_ref().map_or_else(String::new, |it| format!(" at {it}"));
        format!(
            "{} wrote EHLO inside TLS{place}, and it left {} ms later, when something had come from the \
             server for which nobody waited: with Nagle's algorithm on it could not leave before the \
             end of the handshake had been acknowledged. That is a round trip that TCP_NODELAY saves.",
            observation.backend,
            ms(late),
        )
    })
}

fn first(observation: &Observation, is_it: impl Fn(&EventKind) -> bool) -> Option<&RecordedEvent> {
    observation.events.iter().find(|event| is_it(&event.kind))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::fixtures;
    use mailer_link::Direction;

    fn told(late: bool, round_trip: Duration) -> Option<String> {
        let mut observation = fixtures::observation("lettre");
        observation.path.round_trip = round_trip;
        let is_ehlo =
            |what: &EventKind| matches!(what, EventKind::Sent { step: Step::EhloAgain, .. });
        let written: Instant = first(&observation, is_ehlo).unwrap().at;
        if late {
            // Tickets come 20 ms after the handshake's end, EHLO leaves then, and all else follows.
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
    fn an_ehlo_that_waits_for_the_end_of_the_handshake_is_told() {
        let told = told(true, Duration::from_millis(20)).unwrap();
        assert!(
            told.starts_with("lettre wrote EHLO inside TLS, and it left 20.01 ms later"),
            "{told}"
        );
    }

    #[test]
    fn one_that_leaves_at_once_is_not() {
        assert_eq!(told(false, Duration::from_millis(20)), None);
        // Without a distance nobody could tell.
        assert_eq!(told(true, Duration::ZERO), None);
    }
}
