//! The record of what passed one connection.

use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use crate::{Direction, LinkCounts};

/// How long a delayed acknowledgement takes. Linux delays it for 40 ms; its timer and a busy machine add
/// to that. RFC 1122 §4.2.3.2 allows half a second, but with such a range every slow sender would look
/// held back.
const DELAYED_ACK: RangeInclusive<Duration> = Duration::from_millis(35)..=Duration::from_millis(75);

/// Nagle's algorithm (RFC 896) holds back only what does not fill a packet: fewer bytes than these.
const PACKET: u64 = 1448;

/// Bytes that travelled in one direction without bytes in the other direction in between.
///
/// A burst from the client is a **flight**: however many writes it consists of, the client waited for no
/// reply within it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Burst {
    /// The direction of the bytes.
    pub direction: Direction,
    /// When its first bytes came.
    pub first: Instant,
    /// When its last bytes came.
    pub last: Instant,
    /// The number of bytes.
    pub bytes: u64,
    /// The times at which its sender seems to have held bytes back, in order.
    pub holds: Vec<Hold>,
}

/// A pause within a burst that is as long as a delayed acknowledgement, followed by less than a full
/// packet.
///
/// Such a pause appears when one small write follows another with Nagle's algorithm (RFC 896) on: the
/// second write is sent only when the first has been acknowledged. No other sign of this is visible from
/// outside, and a sender that merely had nothing to send for the same time looks the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hold {
    /// When the bytes before the pause came.
    pub from: Instant,
    /// When the bytes after the pause came.
    pub to: Instant,
    /// The number of bytes that came after the pause, in one read.
    pub bytes_after: u64,
}

impl Hold {
    /// The length of the pause. Over a path with delay it includes the round trip that the
    /// acknowledgement takes (see [the model](crate#the-model)).
    #[must_use]
    pub fn length(&self) -> Duration {
        self.to.saturating_duration_since(self.from)
    }
}

/// Bytes that the link read at once, kept if [`Builder::keep_packets`](crate::Builder::keep_packets) asks
/// for it.
///
/// The system may have received them in several TCP segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When they left the client or arrived at it.
    pub at: Instant,
    /// The direction of the bytes.
    pub direction: Direction,
    /// The bytes of one read, or as many of them as passed.
    pub bytes: Vec<u8>,
}

/// The record of one connection through the link.
///
/// The link records bytes before it forwards them, so a cause always comes before its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Connection {
    /// When the link accepted the client's connection.
    pub accepted: Instant,
    /// The address at which the link reached the server, and when.
    pub reached: Option<(SocketAddr, Instant)>,
    /// Why the link could not reach the server.
    pub failure: Option<String>,
    /// When the link cut the connection. The record then ends there. Over a path with delay, it includes
    /// bytes of the client that had left and did not arrive.
    pub cut: Option<Instant>,
    /// The bursts as the client sees them. Two neighbours never have the same direction.
    pub bursts: Vec<Burst>,
    /// The bursts as the server sees them. Empty over a path without delay, where both see the same.
    pub bursts_at_server: Vec<Burst>,
    /// The bytes themselves as the client sees them, in order; empty unless the link keeps them.
    pub packets: Vec<Packet>,
}

impl Connection {
    /// Returns the record of a connection that was accepted at this time and that nothing has passed.
    #[must_use]
    pub fn new(accepted: Instant) -> Self {
        Self {
            accepted,
            reached: None,
            failure: None,
            cut: None,
            bursts: Vec::new(),
            bursts_at_server: Vec::new(),
            packets: Vec::new(),
        }
    }

    /// Records bytes at the client, which are about to be forwarded.
    pub fn record(&mut self, at: Instant, direction: Direction, bytes: u64) {
        self.record_since(self.accepted, at, direction, bytes);
    }

    /// Records bytes at the client, which the link has waited for since `since`.
    pub(crate) fn record_since(
        &mut self,
        since: Instant,
        at: Instant,
        direction: Direction,
        bytes: u64,
    ) {
        match hold(&self.bursts, since, at, direction, bytes) {
            Some(hold) => self.record_held(hold, direction),
            None => add(&mut self.bursts, at, direction, bytes),
        }
    }

    /// Records bytes that arrive at the server or leave it.
    pub fn record_at_server(&mut self, at: Instant, direction: Direction, bytes: u64) {
        add(&mut self.bursts_at_server, at, direction, bytes);
    }

    /// Records bytes that are held back and forwarded at the end of the hold.
    pub(crate) fn record_held(&mut self, hold: Hold, direction: Direction) {
        add(&mut self.bursts, hold.to, direction, hold.bytes_after);
        self.bursts.last_mut().into_iter().for_each(|burst| burst.holds.push(hold));
    }

    /// Returns the bursts as the sender of this direction sees them, on a path with delay.
    pub(crate) fn bursts_at_sender(&self, direction: Direction) -> &[Burst] {
        match direction {
            Direction::Out => &self.bursts,
            Direction::In => &self.bursts_at_server,
        }
    }

    /// Returns the hold before these bytes, which leave their sender on a path with delay, if they look held
    /// back. The link has waited for them since `since`.
    pub(crate) fn hold_at_sender(
        &self,
        since: Instant,
        at: Instant,
        direction: Direction,
        bytes: u64,
    ) -> Option<Hold> {
        hold(self.bursts_at_sender(direction), since, at, direction, bytes)
    }

    /// Forgets what has passed, but for the latest bursts, which decide how the next bytes are forwarded.
    pub(crate) fn forget(&mut self) {
        const KEPT: usize = 2;
        for bursts in [&mut self.bursts, &mut self.bursts_at_server] {
            bursts.drain(..bursts.len().saturating_sub(KEPT));
            bursts.iter_mut().for_each(|burst| burst.holds.clear());
        }
        self.packets.clear();
    }

    /// Returns the bursts from the client.
    pub fn flights(&self) -> impl Iterator<Item = &Burst> {
        self.bursts.iter().filter(|burst| burst.direction == Direction::Out)
    }

    /// Returns the bursts from the server that follow a flight. The greeting is not an answer.
    pub fn answers(&self) -> impl Iterator<Item = &Burst> {
        let first_flight = self.bursts.iter().position(|burst| burst.direction == Direction::Out);
        let after = first_flight.unwrap_or(self.bursts.len());
        self.bursts.iter().skip(after).filter(|burst| burst.direction == Direction::In)
    }

    /// The number of bytes in this direction.
    #[must_use]
    pub fn bytes(&self, direction: Direction) -> u64 {
        self.bursts.iter().filter(|burst| burst.direction == direction).map(|b| b.bytes).sum()
    }

    /// The burst that the server sends before the client sends anything: the greeting, unless TLS starts
    /// with the first byte.
    #[must_use]
    pub fn greeting(&self) -> Option<&Burst> {
        self.bursts.first().filter(|burst| burst.direction == Direction::In)
    }

    /// The number of round trips before the client can send its first bytes: one for TCP, and one for a
    /// greeting, which the server sends only when the last packet of TCP's handshake has reached it.
    #[must_use]
    pub fn opening(&self) -> u64 {
        u64::from(self.reached.is_some()) + u64::from(self.greeting().is_some())
    }

    /// The totals of this connection.
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

/// Returns the hold before the bytes that follow these bursts, if they look held back.
fn hold(
    bursts: &[Burst],
    since: Instant,
    at: Instant,
    direction: Direction,
    bytes: u64,
) -> Option<Hold> {
    let burst = bursts.last().filter(|burst| burst.direction == direction)?;
    let hold = Hold { from: burst.last.max(since), to: at, bytes_after: bytes };
    (bytes < PACKET && DELAYED_ACK.contains(&hold.length())).then_some(hold)
}

/// Adds bytes to the last burst, or begins a burst when the direction changes.
fn add(bursts: &mut Vec<Burst>, at: Instant, direction: Direction, bytes: u64) {
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

    /// A connection with these writes, given as (direction, milliseconds, bytes).
    fn connection(writes: &[(Direction, u64, u64)]) -> Connection {
        let start = Instant::now();
        let mut connection = Connection::new(start);
        connection.reached = Some((SocketAddr::from(([127, 0, 0, 1], 25)), start));
        for &(direction, at_ms, bytes) in writes {
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
        let expected =
            LinkCounts { connections: 1, flights: 2, round_trips: 3, bytes_out: 36, bytes_in: 55 };
        assert_eq!(counts, expected);
    }

    #[test]
    fn a_greeting_costs_a_round_trip_and_is_no_answer() {
        let greeted = connection(&[(Direction::In, 1, 50)]);
        assert_eq!((greeted.answers().count(), greeted.counts().round_trips), (0, 2));
        let implicit = connection(&[(Direction::Out, 1, 300), (Direction::In, 2, 50)]);
        assert_eq!((implicit.greeting(), implicit.counts().round_trips), (None, 2));
    }

    #[test]
    fn a_small_write_as_late_as_a_delayed_acknowledgement_was_held_back() {
        use Direction::{In, Out};
        let held = |writes: &[(Direction, u64, u64)]| -> Vec<u128> {
            let holds = |burst: &Burst| burst.holds.clone();
            let connection = connection(writes);
            connection.bursts.iter().flat_map(holds).map(|hold| hold.length().as_millis()).collect()
        };
        assert_eq!(held(&[(Out, 0, 500), (Out, 1, 500), (Out, 42, 5), (Out, 43, 1)]), [41]);
        assert_eq!(held(&[(Out, 0, 500), (Out, 41, 5), (Out, 82, 5)]), [41, 41]);
        // Too early, too late, a full packet, and an answer in between.
        let others = [
            [(Out, 0, 500), (Out, 20, 5), (Out, 21, 5)],
            [(Out, 0, 500), (Out, 100, 5), (Out, 101, 5)],
            [(Out, 0, 500), (Out, 41, 1448), (Out, 42, 5)],
            [(Out, 0, 500), (In, 40, 5), (Out, 41, 5)],
        ];
        for writes in others {
            assert_eq!(held(&writes), [], "{writes:?}");
        }
    }
}
