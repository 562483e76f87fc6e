//! What passed one connection, as data.

use std::{
    iter::Sum,
    net::SocketAddr,
    ops::Add,
    time::{Duration, Instant},
};

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
    /// The longest time that it stood still in its middle.
    pub pause: Option<Pause>,
}

/// A time in the middle of a burst in which nothing came either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When the bytes before it came.
    pub from: Instant,
    /// When the bytes after it came.
    pub to: Instant,
    /// How many bytes came at its end, in one piece.
    pub bytes_after: u64,
}

impl Pause {
    /// How long it was.
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
    /// What passed, in turns: no two neighbours go the same way.
    pub bursts: Vec<Burst>,
}

impl Connection {
    /// A connection that was taken then, through which nothing has passed yet.
    #[must_use]
    pub fn new(accepted: Instant) -> Self {
        Self { accepted, reached: None, failure: None, cut: None, bursts: Vec::new() }
    }

    /// Notes bytes that are about to be passed on.
    pub fn record(&mut self, at: Instant, direction: Direction, bytes: u64) {
        match self.bursts.last_mut() {
            Some(burst) if burst.direction == direction => burst.extend(at, bytes),
            _ => {
                let burst = Burst { direction, first: at, last: at, bytes, pause: None };
                self.bursts.push(burst);
            }
        }
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

impl Burst {
    fn extend(&mut self, at: Instant, bytes: u64) {
        let pause = Pause { from: self.last, to: at, bytes_after: bytes };
        if self.pause.is_none_or(|longest| longest.length() < pause.length()) {
            self.pause = Some(pause);
        }
        self.last = at;
        self.bytes += bytes;
    }
}

/// What passed the link, in figures that hardly depend on the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// Connections.
    pub connections: u64,
    /// Maximal runs of bytes from the client without bytes from the server in between. What a
    /// client still says after the last reply, such as the end of TLS, is one more.
    pub flights: u64,
    /// Flights that were followed by bytes from the server, one for each TCP connect, and one for each
    /// greeting that nothing of the client's asked for.
    ///
    /// A server may also send what nobody waits for (session tickets of TLS 1.3, its end of TLS).
    /// Where this falls between two flights that would have been one, it counts as an answer: the
    /// link cannot look into TLS. On a short way that may be one more in some runs than in others.
    pub round_trips: u64,
    /// Bytes from the client, TLS included, TCP and IP not.
    pub bytes_out: u64,
    /// Bytes from the server, TLS included, TCP and IP not.
    pub bytes_in: u64,
}

impl Add for LinkCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            connections: self.connections + other.connections,
            flights: self.flights + other.flights,
            round_trips: self.round_trips + other.round_trips,
            bytes_out: self.bytes_out + other.bytes_out,
            bytes_in: self.bytes_in + other.bytes_in,
        }
    }
}

impl Sum for LinkCounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
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
    fn the_longest_pause_of_a_flight_is_kept() {
        use Direction::Out;
        let paused = connection(&[(Out, 0, 500), (Out, 1, 500), (Out, 42, 5), (Out, 43, 1)]);
        let pause = paused.bursts.first().and_then(|burst| burst.pause).unwrap();
        assert_eq!((pause.length(), pause.bytes_after), (Duration::from_millis(41), 5));
    }
}
