//! What passed one connection, as data.

use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use super::LinkCounts;

/// How long an acknowledgement is delayed where nothing else is to be said: Linux does it for 40 ms,
/// from which its timer and a busy machine take more. RFC 1122 §4.2.3.2 allows half a second, which
/// would take whatever is slow for held back.
const DELAYED_ACK: RangeInclusive<Duration> = Duration::from_millis(35)..=Duration::from_millis(75);

/// Nagle's algorithm (RFC 896) holds back what does not fill a packet, and nothing else.
const PACKET: u64 = 1448;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the server.
    Out,
    /// From the server to the client.
    In,
}

/// Bytes that went one way without any going the other way in between.
///
/// One that goes out is a **flight**: however many writes it was made of, nothing in it was an
/// answer to anything the server said while it was under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Which way it went.
    pub direction: Direction,
    /// When its first bytes came.
    pub first: Instant,
    /// When its last bytes came.
    pub last: Instant,
    /// How many bytes it has.
    pub bytes: u64,
    /// When its sender held something back, in order.
    pub holds: Vec<Hold>,
}

/// A time in the middle of a burst in which nothing came either way: as long as an acknowledgement is
/// delayed, and with less than a packet at its end.
///
/// So it looks when a small write follows another and Nagle's algorithm (RFC 896) is on: the second is
/// not sent before the first has been acknowledged. It is the one sign that can be seen from outside;
/// a sender that had nothing to say for just as long looks the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When the bytes before it came.
    pub from: Instant,
    /// When the bytes after it came.
    pub to: Instant,
    /// How many bytes came at its end, in one piece.
    pub bytes_after: u64,
}

impl Hold {
    /// How long it was, with the way that its end has to come (see [the model](super#the-model)).
    #[must_use]
    pub fn length(&self) -> Duration {
        self.to.saturating_duration_since(self.from)
    }
}

/// One connection through the link.
///
/// Everything is noted before it is passed on, so that what caused something always stands before
/// what it caused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// When the client's connection was taken.
    pub accepted: Instant,
    /// Whom the link then reached, and when.
    pub reached: Option<(SocketAddr, Instant)>,
    /// Why the server could not be reached.
    pub failure: Option<String>,
    /// When the link cut it. What passed is then what passed until then; over a distance, of what
    /// the client sent, what had left it.
    pub cut: Option<Instant>,
    /// What passed, in turns, as it is seen from the client: no two neighbours go the same way.
    pub bursts: Vec<Burst>,
    /// The same as it is seen from the server, where there is a distance between the two.
    pub far: Vec<Burst>,
}

impl Connection {
    /// A connection that was taken then, through which nothing has passed yet.
    #[must_use]
    pub fn new(accepted: Instant) -> Self {
        Self {
            accepted,
            reached: None,
            failure: None,
            cut: None,
            bursts: Vec::new(),
            far: Vec::new(),
        }
    }

    /// Notes bytes that are about to be passed on.
    pub fn record(&mut self, at: Instant, direction: Direction, bytes: u64) {
        self.record_since(self.accepted, at, direction, bytes);
    }

    /// Notes bytes that were waited for since then, and are about to be passed on.
    pub(super) fn record_since(
        &mut self,
        since: Instant,
        at: Instant,
        direction: Direction,
        bytes: u64,
    ) {
        match self.hold(since, at, direction, bytes) {
            Some(hold) => self.record_held(hold, direction),
            None => pass(&mut self.bursts, at, direction, bytes),
        }
    }

    /// Notes bytes that reach the server, or leave it.
    pub fn record_far(&mut self, at: Instant, direction: Direction, bytes: u64) {
        pass(&mut self.far, at, direction, bytes);
    }

    /// Notes bytes that were held back, and are passed on when the hold is over.
    pub(super) fn record_held(&mut self, hold: Hold, direction: Direction) {
        pass(&mut self.bursts, hold.to, direction, hold.bytes_after);
        self.bursts.last_mut().into_iter().for_each(|burst| burst.holds.push(hold));
    }

    /// Whether these bytes, which have been waited for since then, look as if they had been held back.
    pub(super) fn hold(
        &self,
        since: Instant,
        at: Instant,
        direction: Direction,
        bytes: u64,
    ) -> Option<Hold> {
        let burst = self.bursts.last().filter(|burst| burst.direction == direction)?;
        let hold = Hold { from: burst.last.max(since), to: at, bytes_after: bytes };
        (bytes < PACKET && DELAYED_ACK.contains(&hold.length())).then_some(hold)
    }

    /// The flights.
    pub fn flights(&self) -> impl Iterator<Item = &Burst> {
        self.bursts.iter().filter(|burst| burst.direction == Direction::Out)
    }

    /// The answers: what the server sent after a flight. Its greeting is none.
    pub fn answers(&self) -> impl Iterator<Item = &Burst> {
        let first_flight = self.bursts.iter().position(|burst| burst.direction == Direction::Out);
        let after = first_flight.unwrap_or(self.bursts.len());
        self.bursts.iter().skip(after).filter(|burst| burst.direction == Direction::In)
    }

    /// How many bytes went this way.
    #[must_use]
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.bursts.iter().filter(|burst| burst.direction == direction).map(|b| b.bytes).sum()
    }

    /// What the server says before the client has said anything: its greeting, unless TLS begins
    /// with the first byte.
    #[must_use]
    pub fn greeting(&self) -> Option<&Burst> {
        self.bursts.first().filter(|burst| burst.direction == Direction::In)
    }

    /// The round trips that the client needs before it can say its first word: TCP takes one, and a
    /// greeting, which cannot leave before the last packet of that has come to the server, is there
    /// another one later.
    #[must_use]
    pub fn opening(&self) -> u64 {
        u64::from(self.reached.is_some()) + u64::from(self.greeting().is_some())
    }

    /// The sums.
    #[must_use]
    pub fn counts(&self) -> LinkCounts {
        LinkCounts {
            connections: 1,
            flights: self.flights().count() as u64,
            round_trips: self.opening() + self.answers().count() as u64,
            bytes_out: self.bytes(Direction::Out),
            bytes_in: self.bytes(Direction::In),
        }
    }
}

fn pass(bursts: &mut Vec<Burst>, at: Instant, direction: Direction, bytes: u64) {
    match bursts.last_mut() {
        Some(burst) if burst.direction == direction => {
            burst.last = at;
            burst.bytes += bytes;
        }
        _ => bursts.push(Burst { direction, first: at, last: at, bytes, holds: Vec::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(passed: &[(Direction, u64, u64)]) -> Connection {
        let start = Instant::now();
        let mut connection = Connection::new(start);
        connection.reached = Some((SocketAddr::from(([127, 0, 0, 1], 25)), start));
        for &(direction, at_ms, bytes) in passed {
            connection.record(start + Duration::from_millis(at_ms), direction, bytes);
        }
        connection
    }

    #[test]
    fn writes_without_an_answer_in_between_are_one_flight() {
        use Direction::{In, Out};
        let counts =
            connection(&[(In, 1, 50), (Out, 2, 10), (Out, 3, 20), (In, 4, 5), (Out, 5, 6)])
                .counts();
        let wanted =
            LinkCounts { connections: 1, flights: 2, round_trips: 3, bytes_out: 36, bytes_in: 55 };
        assert_eq!(counts, wanted);
    }

    #[test]
    fn a_greeting_is_no_answer_and_a_round_trip_all_the_same() {
        let greeted = connection(&[(Direction::In, 1, 50)]);
        assert_eq!((greeted.answers().count(), greeted.counts().round_trips), (0, 2));
        let implicit = connection(&[(Direction::Out, 1, 300), (Direction::In, 2, 50)]);
        assert_eq!((implicit.greeting(), implicit.counts().round_trips), (None, 2));
    }

    #[test]
    fn what_comes_as_late_as_a_delayed_acknowledgement_was_held_back() {
        use Direction::{In, Out};
        let held = |passed: &[(Direction, u64, u64)]| -> Vec<u128> {
            let holds = |burst: &Burst| burst.holds.clone();
            let connection = connection(passed);
            connection.bursts.iter().flat_map(holds).map(|hold| hold.length().as_millis()).collect()
        };
        assert_eq!(held(&[(Out, 0, 500), (Out, 1, 500), (Out, 42, 5), (Out, 43, 1)]), [41]);
        assert_eq!(held(&[(Out, 0, 500), (Out, 41, 5), (Out, 82, 5)]), [41, 41]);
        // Too early, too late, a whole packet, and something in between.
        let other = [
            [(Out, 0, 500), (Out, 20, 5), (Out, 21, 5)],
            [(Out, 0, 500), (Out, 100, 5), (Out, 101, 5)],
            [(Out, 0, 500), (Out, 41, 1448), (Out, 42, 5)],
            [(Out, 0, 500), (In, 40, 5), (Out, 41, 5)],
        ];
        for passed in other {
            assert_eq!(held(&passed), [], "{passed:?}");
        }
    }
}
