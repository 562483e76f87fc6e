//! What the time of a session went to, as the link saw it.

use std::{
    iter::Sum,
    ops::Add,
    time::{Duration, Instant},
};

use super::{Session, Span, Stall};
use mailer_link::{Burst, Connection, Direction};

/// Some time, divided by what was waited for; together they are all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// For the simulated link: its length for each wait, the bytes that have to leave one after
    /// another where it is narrow, and what its relay takes over a distance.
    pub link: Duration,
    /// For the server: from the last byte of a flight, when it has reached the server, to the first of
    /// its answer, when it leaves, and from there to its last. Without a distance also what the relay
    /// in between takes; and what a TCP connect takes beyond its length.
    pub server: Duration,
    /// For the client: from the last byte of an answer to the last byte of the next flight.
    pub own: Duration,
    /// For nothing: see [`Stall`].
    pub stalled: Duration,
}

impl Add for Shares {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            link: self.link + other.link,
            server: self.server + other.server,
            own: self.own + other.own,
            stalled: self.stalled + other.stalled,
        }
    }
}

impl Sum for Shares {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// What some time goes to: the parts of [`Shares`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The simulated link.
    Link,
    /// The server, and what lies between.
    Server,
    /// The client.
    Client,
    /// Nothing: data is held back.
    Nothing,
}

/// Some time that goes to one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// To what.
    pub on: On,
}

/// Tells each span what its time went to. Without a link nobody knows.
pub(super) fn divide(session: &Session, stalls: &[Stall], spans: &mut [Span]) {
    let Some(ruler) = Ruler::along(session, stalls) else { return };
    for span in spans {
        span.shares = Some(ruler.shares(span.start, span.end));
    }
}

/// What the time between the start and the end of the session went to.
pub(super) fn of_all(session: &Session, stalls: &[Stall]) -> Option<Shares> {
    Some(Ruler::along(session, stalls)?.shares(session.started, session.ended))
}

/// All of the session's time in order, without gaps; none without a link.
pub(super) fn stretches(session: &Session, stalls: &[Stall]) -> Vec<Stretch> {
    Ruler::along(session, stalls).map(|ruler| ruler.marked).unwrap_or_default()
}

/// A session from its start to its end, without gaps.
struct Ruler<'a> {
    session: &'a Session,
    stalls: &'a [Stall],
    /// Up to where it is marked.
    at: Instant,
    marked: Vec<Stretch>,
}

impl<'a> Ruler<'a> {
    fn along(session: &'a Session, stalls: &'a [Stall]) -> Option<Self> {
        let connections = session.connections.as_ref()?;
        let mut ruler = Self { session, stalls, at: session.started, marked: Vec::new() };
        for connection in connections {
            ruler.connection(connection);
        }
        ruler.until(session.ended, On::Client);
        Some(ruler)
    }

    fn connection(&mut self, connection: &Connection) {
        self.until(connection.accepted, On::Client);
        if let Some((_, reached)) = connection.reached {
            self.until(connection.accepted + self.session.path.round_trip, On::Link);
            self.until(reached, On::Server);
        }
        for burst in &connection.bursts {
            match burst.direction {
                Direction::Out => {
                    self.until(burst.first, On::Client);
                    self.burst(burst, On::Client);
                }
                Direction::In => {
                    self.wait(burst.first, &connection.bursts_at_server);
                    self.burst(burst, On::Server);
                }
            }
        }
    }

    /// The middle of a burst is its sender's time, unless the link is narrow, or it stalled.
    fn burst(&mut self, burst: &Burst, sender: On) {
        let left = burst.first + self.session.path.serialisation(burst.bytes);
        for hold in self.stalls.iter().map(|stall| stall.hold).filter(|it| burst.holds.contains(it))
        {
            self.until(left.min(hold.from), On::Link);
            self.until(hold.from, sender);
            self.until(hold.to, On::Nothing);
        }
        self.until(left.min(burst.last), On::Link);
        self.until(burst.last, sender);
    }

    /// A wait for the server. Over a distance it is the server's turn only while it has something to
    /// answer.
    fn wait(&mut self, to: Instant, far: &[Burst]) {
        for (flight, answer) in far.iter().zip(far.iter().skip(1)) {
            if answer.direction == Direction::In && flight.last < to && answer.first > self.at {
                self.until(flight.last, On::Link);
                self.until(answer.first.min(to), On::Server);
            }
        }
        self.until(to, if far.is_empty() { On::Server } else { On::Link });
    }

    fn until(&mut self, to: Instant, on: On) {
        if to > self.at {
            self.marked.push(Stretch { from: self.at, to, on });
            self.at = to;
        }
    }

    fn shares(&self, start: Instant, end: Instant) -> Shares {
        let mut shares = Shares::default();
        for &Stretch { from, to, on } in &self.marked {
            let common = to.min(end).saturating_duration_since(from.max(start));
            match on {
                On::Link => shares.link += common,
                On::Server => shares.server += common,
                On::Client => shares.own += common,
                On::Nothing => shares.stalled += common,
            }
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use mailer::Phase;

    use super::*;
    use crate::session::made_up;

    fn shares(session: &Session, phase: Phase) -> Shares {
        session.spans().iter().filter(|s| s.phase == phase).filter_map(|s| s.shares).sum()
    }

    fn micros(shares: Shares) -> [u128; 4] {
        [shares.link, shares.server, shares.own, shares.stalled].map(|time| time.as_micros())
    }

    #[test]
    fn each_span_is_divided_without_a_rest() {
        let sessions =
            [made_up::session("a"), made_up::stalled("b", 41_000), made_up::pipelined("c")];
        for session in sessions {
            for span in session.spans() {
                let Shares { link, server, own, stalled } = span.shares.unwrap();
                assert_eq!(link + server + own + stalled, span.length(), "{span:?}");
            }
            let Shares { link, server, own, stalled } = session.shares().unwrap();
            assert_eq!(link + server + own + stalled, session.total());
        }
    }

    #[test]
    fn a_stall_is_neither_the_servers_time_nor_the_clients() {
        let quick = shares(&made_up::session("raw"), Phase::FinalReply);
        let slow = shares(&made_up::stalled("lettre", 41_000), Phase::FinalReply);
        assert_eq!((quick.stalled, slow.stalled.as_micros()), (Duration::ZERO, 41_010));
        assert_eq!(slow.server, quick.server);
    }

    #[test]
    fn what_a_client_does_in_the_middle_of_a_flight_is_its_own_work() {
        let slow = shares(&made_up::hesitating("slow", 41_000), Phase::FinalReply);
        assert_eq!(slow.stalled, Duration::ZERO);
        assert!(slow.own >= Duration::from_millis(41), "{slow:?}");
    }

    #[test]
    fn over_a_distance_the_server_has_what_lies_between_question_and_answer() {
        let mut session = made_up::session("raw");
        assert_eq!(micros(shares(&session, Phase::Auth)), [0, 160, 40, 0]);
        // An answer came 160 µs after each command; 60 µs of them it was the server's turn.
        let way = Duration::from_micros(50);
        for connection in session.connections.iter_mut().flatten() {
            for Burst { direction, first, last, bytes, .. } in connection.bursts.clone() {
                let at = match direction {
                    Direction::Out => last + way,
                    Direction::In => first - way,
                };
                connection.record_at_server(at, direction, bytes);
            }
        }
        assert_eq!(micros(shares(&session, Phase::Auth)), [100, 60, 40, 0]);
    }

    #[test]
    fn a_narrow_link_takes_the_time_that_bytes_need_to_leave() {
        let mut session = made_up::session("raw");
        let content = micros(shares(&session, Phase::Content));
        session.path.bandwidth = std::num::NonZeroU64::new(1_000_000);
        let narrow = micros(shares(&session, Phase::Content));
        assert_eq!((content[0], narrow[0] > 0), (0, true));
        assert_eq!(content.iter().sum::<u128>(), narrow.iter().sum::<u128>());
    }

    #[test]
    fn without_a_link_nobody_knows() {
        let mut session = made_up::session("raw");
        session.connections = None;
        assert!(session.spans().iter().all(|span| span.shares.is_none()));
        assert_eq!(session.shares(), None);
    }
}
