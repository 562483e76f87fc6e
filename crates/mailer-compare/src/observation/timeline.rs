//! What the time of a observation went to, as the link saw it.

use std::{
    iter::Sum,
    ops::Add,
    time::{Duration, Instant},
};

use super::{Observation, Span, Stall};
use mailer_link::{Burst, Connection, Direction};

/// Some time, divided by what was waited for; together they are all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeBreakdown {
    /// For the simulated link: its length for each wait, the bytes that have to leave one after
    /// another where it is narrow, and what its relay takes over a distance.
    pub link: Duration,
    /// For the server: from the last byte of a flight, when it has reached the server, to the first of
    /// its answer, when it leaves, and from there to its last. Without a distance also what the relay
    /// in between takes; and what a TCP connect takes beyond its length.
    pub server: Duration,
    /// For the client: from the last byte of an answer to the last byte of the next flight.
    pub client: Duration,
    /// For nothing: see [`Stall`].
    pub stall: Duration,
}

impl Add for TimeBreakdown {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            link: self.link + other.link,
            server: self.server + other.server,
            client: self.client + other.client,
            stall: self.stall + other.stall,
        }
    }
}

impl Sum for TimeBreakdown {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// What some time goes to: the parts of [`TimeBreakdown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeOwner {
    /// The simulated link.
    Link,
    /// The server, and what lies between.
    Server,
    /// The client.
    Client,
    /// Nothing: data is held back.
    Stall,
}

/// Some time that goes to one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// To what.
    pub on: TimeOwner,
}

/// Tells each span what its time went to. Without a link nobody knows.
pub(super) fn divide(observation: &Observation, stalls: &[Stall], spans: &mut [Span]) {
    let Some(ruler) = Ruler::along(observation, stalls) else { return };
    for span in spans {
        span.breakdown = Some(ruler.shares(span.start, span.end));
    }
}

/// What the time between the start and the end of the observation went to.
pub(super) fn of_all(observation: &Observation, stalls: &[Stall]) -> Option<TimeBreakdown> {
    Some(Ruler::along(observation, stalls)?.shares(observation.started, observation.ended))
}

/// All of the observation's time in order, without gaps; none without a link.
pub(super) fn intervals(observation: &Observation, stalls: &[Stall]) -> Vec<Interval> {
    Ruler::along(observation, stalls).map(|ruler| ruler.marked).unwrap_or_default()
}

/// A observation from its start to its end, without gaps.
struct Ruler<'a> {
    observation: &'a Observation,
    stalls: &'a [Stall],
    /// Up to where it is marked.
    at: Instant,
    marked: Vec<Interval>,
}

impl<'a> Ruler<'a> {
    fn along(observation: &'a Observation, stalls: &'a [Stall]) -> Option<Self> {
        let connections = observation.connections.as_ref()?;
        let mut ruler = Self { observation, stalls, at: observation.started, marked: Vec::new() };
        for connection in connections {
            ruler.connection(connection);
        }
        ruler.until(observation.ended, TimeOwner::Client);
        Some(ruler)
    }

    fn connection(&mut self, connection: &Connection) {
        self.until(connection.accepted, TimeOwner::Client);
        if let Some((_, reached)) = connection.reached {
            self.until(connection.accepted + self.observation.path.round_trip, TimeOwner::Link);
            self.until(reached, TimeOwner::Server);
        }
        for burst in &connection.bursts {
            match burst.direction {
                Direction::Out => {
                    self.until(burst.first, TimeOwner::Client);
                    self.burst(burst, TimeOwner::Client);
                }
                Direction::In => {
                    self.wait(burst.first, &connection.bursts_at_server);
                    self.burst(burst, TimeOwner::Server);
                }
            }
        }
    }

    /// The middle of a burst is its sender's time, unless the link is narrow, or it stalled.
    fn burst(&mut self, burst: &Burst, sender: TimeOwner) {
        let left = burst.first + self.observation.path.serialisation(burst.bytes);
        for hold in self.stalls.iter().map(|stall| stall.hold).filter(|it| burst.holds.contains(it))
        {
            self.until(left.min(hold.from), TimeOwner::Link);
            self.until(hold.from, sender);
            self.until(hold.to, TimeOwner::Stall);
        }
        self.until(left.min(burst.last), TimeOwner::Link);
        self.until(burst.last, sender);
    }

    /// A wait for the server. Over a distance it is the server's turn only while it has something to
    /// answer.
    fn wait(&mut self, to: Instant, far: &[Burst]) {
        for (flight, answer) in far.iter().zip(far.iter().skip(1)) {
            if answer.direction == Direction::In && flight.last < to && answer.first > self.at {
                self.until(flight.last, TimeOwner::Link);
                self.until(answer.first.min(to), TimeOwner::Server);
            }
        }
        self.until(to, if far.is_empty() { TimeOwner::Server } else { TimeOwner::Link });
    }

    fn until(&mut self, to: Instant, on: TimeOwner) {
        if to > self.at {
            self.marked.push(Interval { from: self.at, to, on });
            self.at = to;
        }
    }

    fn shares(&self, start: Instant, end: Instant) -> TimeBreakdown {
        let mut shares = TimeBreakdown::default();
        for &Interval { from, to, on } in &self.marked {
            let common = to.min(end).saturating_duration_since(from.max(start));
            match on {
                TimeOwner::Link => shares.link += common,
                TimeOwner::Server => shares.server += common,
                TimeOwner::Client => shares.client += common,
                TimeOwner::Stall => shares.stall += common,
            }
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use mailer::Phase;

    use super::*;
    use crate::fixtures;

    fn shares(observation: &Observation, phase: Phase) -> TimeBreakdown {
        observation.spans().iter().filter(|s| s.phase == phase).filter_map(|s| s.breakdown).sum()
    }

    fn micros(shares: TimeBreakdown) -> [u128; 4] {
        [shares.link, shares.server, shares.client, shares.stall].map(|time| time.as_micros())
    }

    #[test]
    fn each_span_is_divided_without_a_rest() {
        let observations =
            [fixtures::observation("a"), fixtures::stalled("b", 41_000), fixtures::pipelined("c")];
        for observation in observations {
            for span in observation.spans() {
                let TimeBreakdown { link, server, client, stall } = span.breakdown.unwrap();
                assert_eq!(link + server + client + stall, span.length(), "{span:?}");
            }
            let TimeBreakdown { link, server, client, stall } =
                observation.time_breakdown().unwrap();
            assert_eq!(link + server + client + stall, observation.total());
        }
    }

    #[test]
    fn a_stall_is_neither_the_servers_time_nor_the_clients() {
        let quick = shares(&fixtures::observation("raw"), Phase::FinalReply);
        let slow = shares(&fixtures::stalled("lettre", 41_000), Phase::FinalReply);
        assert_eq!((quick.stall, slow.stall.as_micros()), (Duration::ZERO, 41_010));
        assert_eq!(slow.server, quick.server);
    }

    #[test]
    fn what_a_client_does_in_the_middle_of_a_flight_is_its_own_work() {
        let slow = shares(&fixtures::hesitating("slow", 41_000), Phase::FinalReply);
        assert_eq!(slow.stall, Duration::ZERO);
        assert!(slow.client >= Duration::from_millis(41), "{slow:?}");
    }

    #[test]
    fn over_a_distance_the_server_has_what_lies_between_question_and_answer() {
        let mut observation = fixtures::observation("raw");
        assert_eq!(micros(shares(&observation, Phase::Auth)), [0, 160, 40, 0]);
        // An answer came 160 µs after each command; 60 µs of them it was the server's turn.
        let way = Duration::from_micros(50);
        for connection in observation.connections.iter_mut().flatten() {
            for Burst { direction, first, last, bytes, .. } in connection.bursts.clone() {
                let at = match direction {
                    Direction::Out => last + way,
                    Direction::In => first - way,
                };
                connection.record_at_server(at, direction, bytes);
            }
        }
        assert_eq!(micros(shares(&observation, Phase::Auth)), [100, 60, 40, 0]);
    }

    #[test]
    fn a_narrow_link_takes_the_time_that_bytes_need_to_leave() {
        let mut observation = fixtures::observation("raw");
        let content = micros(shares(&observation, Phase::Content));
        observation.path.bandwidth = std::num::NonZeroU64::new(1_000_000);
        let narrow = micros(shares(&observation, Phase::Content));
        assert_eq!((content[0], narrow[0] > 0), (0, true));
        assert_eq!(content.iter().sum::<u128>(), narrow.iter().sum::<u128>());
    }

    #[test]
    fn without_a_link_nobody_knows() {
        let mut observation = fixtures::observation("raw");
        observation.connections = None;
        assert!(observation.spans().iter().all(|span| span.breakdown.is_none()));
        assert_eq!(observation.time_breakdown(), None);
    }
}
