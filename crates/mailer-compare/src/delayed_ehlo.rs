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

/// Returns a finding if the EHLO inside TLS left about a round trip after it was written, in the session in
/// which round trips are counted.
///
/// No other command can wait like this: everything that was sent before it has been answered. Before
/// this EHLO, the client's last message of the TLS handshake is not acknowledged yet.
pub(crate) fn finding(observation: &Observation) -> Option<String> {
    let observation = observation.counting_session();
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
            "{} needs two round trips for EHLO inside TLS: over a path with a {} ms RTT, EHLO was written{place} \
             and left {} ms later, when other data from the server arrived. With Nagle's algorithm on \
             (RFC 896), a small write waits until the server has acknowledged the one before it, here the end \
             of the TLS handshake. TCP_NODELAY saves this round trip.",
            observation.backend,
            round_trip.as_millis(),
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
    use super::*;
    use crate::fixtures;

    #[test]
    fn an_ehlo_that_leaves_a_round_trip_after_it_was_written_is_found() {
        let finding = finding(&fixtures::delayed_ehlo(Duration::from_millis(20))).unwrap();
        let begin = "lettre needs two round trips for EHLO inside TLS: over a path with a 20 ms RTT, EHLO was \
                     written and left 19.98 ms later";
        assert!(finding.starts_with(begin), "{finding}");
    }

    #[test]
    fn the_session_that_counts_round_trips_is_looked_at() {
        let mut observation = fixtures::observation("lettre");
        assert_eq!(finding(&observation), None);
        observation.counting = Some(Box::new(fixtures::delayed_ehlo(Duration::from_millis(20))));
        assert!(finding(&observation).is_some());
    }

    #[test]
    fn an_ehlo_that_leaves_at_once_is_not() {
        let mut observation = fixtures::observation("lettre");
        observation.path.round_trip = Duration::from_millis(20);
        assert_eq!(finding(&observation), None);
    }

    #[test]
    fn over_a_path_without_delay_there_is_no_finding() {
        assert_eq!(finding(&fixtures::delayed_ehlo(Duration::ZERO)), None);
    }
}
