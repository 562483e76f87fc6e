//! The time of an observation without gaps, each interval with its owner, as the link recorded it.

use std::time::Instant;

use mailer_link::{Burst, Connection, Direction};

use super::{Interval, Observation, Span, Stall, TimeBreakdown, TimeOwner, phases};

impl Observation {
    /// Returns the time of each phase, its round trips, and its breakdown; see [`Span`].
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = phases::spans(self);
        if let Some(counting) = &self.counting {
            phases::recount(&mut spans, &phases::spans(counting));
        }
        if let Some(timeline) = Timeline::new(self) {
            for span in &mut spans {
                span.breakdown = Some(timeline.breakdown(span.start, span.end));
            }
        }
        spans
    }

    /// Returns all of its time as intervals with one owner each; none without a link.
    #[must_use]
    pub fn intervals(&self) -> Vec<Interval> {
        Timeline::new(self).map(|timeline| timeline.intervals).unwrap_or_default()
    }

    /// Returns the breakdown of all of its time; `None` without a link.
    #[must_use]
    pub fn time_breakdown(&self) -> Option<TimeBreakdown> {
        Some(Timeline::new(self)?.breakdown(self.started, self.ended))
    }
}

/// An observation from its start to its end, as intervals without gaps.
struct Timeline<'a> {
    observation: &'a Observation,
    stalls: Vec<Stall>,
    /// The end of the last interval.
    at: Instant,
    intervals: Vec<Interval>,
}

impl<'a> Timeline<'a> {
    fn new(observation: &'a Observation) -> Option<Self> {
        let connections = observation.connections.as_ref()?;
        let (stalls, at) = (observation.stalls(), observation.started);
        let mut timeline = Self { observation, stalls, at, intervals: Vec::new() };
        for connection in connections {
            timeline.add_connection(connection);
        }
        timeline.add(observation.ended, TimeOwner::Client);
        Some(timeline)
    }

    fn add_connection(&mut self, connection: &Connection) {
        self.add(connection.accepted, TimeOwner::Client);
        if let Some((_, reached)) = connection.reached {
            let round_trip = self.observation.path.round_trip;
            self.add(connection.accepted + round_trip, TimeOwner::Link);
            self.add(reached, TimeOwner::Server);
        }
        for burst in &connection.bursts {
            match burst.direction {
                Direction::Out => {
                    self.add(burst.first, TimeOwner::Client);
                    self.add_burst(burst, TimeOwner::Client);
                }
                Direction::In => {
                    self.add_wait(burst.first, &connection.bursts_at_server);
                    self.add_burst(burst, TimeOwner::Server);
                }
            }
        }
    }

    /// The middle of a burst is its sender's time, unless the link is narrow or the sender stalled.
    fn add_burst(&mut self, burst: &Burst, sender: TimeOwner) {
        let left = burst.first + self.observation.path.serialisation(burst.bytes);
        let stalled = self.stalls.iter().map(|stall| stall.hold);
        let holds: Vec<_> = stalled.filter(|hold| burst.holds.contains(hold)).collect();
        for hold in holds {
            self.add(left.min(hold.from), TimeOwner::Link);
            self.add(hold.from, sender);
            self.add(hold.to, TimeOwner::Stall);
        }
        self.add(left.min(burst.last), TimeOwner::Link);
        self.add(burst.last, sender);
    }

    /// A wait for the server. Over a path with delay it is the server's time only from the arrival of a
    /// flight to the departure of its answer.
    fn add_wait(&mut self, to: Instant, at_server: &[Burst]) {
        for (flight, answer) in at_server.iter().zip(at_server.iter().skip(1)) {
            if answer.direction == Direction::In && flight.last < to && answer.first > self.at {
                self.add(flight.last, TimeOwner::Link);
                self.add(answer.first.min(to), TimeOwner::Server);
            }
        }
        self.add(to, if at_server.is_empty() { TimeOwner::Server } else { TimeOwner::Link });
    }

    /// Adds the time from the last interval to `to`, unless that is over.
    fn add(&mut self, to: Instant, owner: TimeOwner) {
        if to > self.at {
            self.intervals.push(Interval { from: self.at, to, owner });
            self.at = to;
        }
    }

    fn breakdown(&self, start: Instant, end: Instant) -> TimeBreakdown {
        TimeBreakdown::between(start, end, &self.intervals)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mailer::Phase;

    use super::*;
    use crate::fixtures;

    fn breakdown(observation: &Observation, phase: Phase) -> TimeBreakdown {
        let spans = observation.spans();
        spans.iter().filter(|s| s.phase == phase).filter_map(|s| s.breakdown).sum()
    }

    fn micros(breakdown: TimeBreakdown) -> Vec<u128> {
        TimeOwner::ALL.iter().map(|owner| breakdown.spent_on(*owner).as_micros()).collect()
    }

    #[test]
    fn the_parts_of_each_span_add_up_to_its_length() {
        let observations =
            [fixtures::observation("a"), fixtures::stalled("b", 41_000), fixtures::pipelined("c")];
        for observation in observations {
            for span in observation.spans() {
                assert_eq!(span.breakdown.unwrap().total(), span.length(), "{span:?}");
            }
            assert_eq!(observation.time_breakdown().unwrap().total(), observation.total());
        }
    }

    #[test]
    fn a_stall_counts_for_neither_the_server_nor_the_client() {
        let quick = breakdown(&fixtures::observation("raw"), Phase::FinalReply);
        let slow = breakdown(&fixtures::stalled("lettre", 41_000), Phase::FinalReply);
        assert_eq!(quick.spent_on(TimeOwner::Stall), Duration::ZERO);
        assert_eq!(slow.spent_on(TimeOwner::Stall).as_micros(), 41_010);
        assert_eq!(slow.spent_on(TimeOwner::Server), quick.spent_on(TimeOwner::Server));
    }

    #[test]
    fn a_client_that_pauses_within_a_flight_is_not_stalled() {
        let slow = breakdown(&fixtures::hesitating("slow", 41_000), Phase::FinalReply);
        assert_eq!(slow.spent_on(TimeOwner::Stall), Duration::ZERO);
        assert!(slow.spent_on(TimeOwner::Client) >= Duration::from_millis(41), "{slow:?}");
    }

    #[test]
    fn over_a_path_with_delay_the_server_has_the_time_between_a_flight_and_its_answer() {
        let mut observation = fixtures::observation("raw");
        assert_eq!(micros(breakdown(&observation, Phase::Auth)), [0, 160, 40, 0]);
        // An answer came 160 µs after each command. For 60 µs of them the flight was at the server.
        let delay = Duration::from_micros(50);
        for connection in observation.connections.iter_mut().flatten() {
            for Burst { direction, first, last, bytes, .. } in connection.bursts.clone() {
                let at = match direction {
                    Direction::Out => last + delay,
                    Direction::In => first - delay,
                };
                connection.record_at_server(at, direction, bytes);
            }
        }
        assert_eq!(micros(breakdown(&observation, Phase::Auth)), [100, 60, 40, 0]);
    }

    #[test]
    fn a_narrow_link_has_the_time_that_bytes_need_to_leave() {
        let mut observation = fixtures::observation("raw");
        let wide = micros(breakdown(&observation, Phase::Content));
        observation.path.bandwidth = std::num::NonZeroU64::new(1_000_000);
        let narrow = micros(breakdown(&observation, Phase::Content));
        assert_eq!((wide[0], narrow[0] > 0), (0, true));
        assert_eq!(wide.iter().sum::<u128>(), narrow.iter().sum::<u128>());
    }

    #[test]
    fn without_a_link_there_is_no_breakdown() {
        let mut observation = fixtures::observation("raw");
        observation.connections = None;
        assert!(observation.spans().iter().all(|span| span.breakdown.is_none()));
        assert_eq!(observation.time_breakdown(), None);
    }
}
