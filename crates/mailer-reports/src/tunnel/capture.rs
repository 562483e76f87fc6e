//! Records what passed on each connection, as the link does: as seen from the client.

use std::{
    net::SocketAddr,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use mailer_link::{Connection, Direction};

use super::{addresses::FAR, segment::Segment};

/// How long connections may take to end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// Where a packet is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At its sender.
    Departure,
    /// At its receiver.
    Arrival,
}

/// All connections of the capture.
#[derive(Default)]
pub(super) struct Capture {
    /// The number of retransmitted segments.
    retransmitted: AtomicU64,
    connections: Mutex<Vec<Captured>>,
    /// Notified when a connection has ended.
    changed: Condvar,
}

struct Captured {
    client: u16,
    server: u16,
    connection: Connection,
    out: Stream,
    back: Stream,
}

/// One direction of a connection.
#[derive(Default)]
struct Stream {
    /// The sequence number after the last byte seen, so that retransmitted bytes count once.
    next: u32,
    has_ended: bool,
}

impl Capture {
    /// Records a segment.
    pub(super) fn record(&self, at: Instant, segment: &Segment, place: Place) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if place == Place::Departure && segment.syn && !segment.ack {
            let new = Captured::open(at, segment, &connections);
            connections.extend(new);
            return;
        }
        // Ports may be reused, so the latest connection counts.
        let found = connections.iter_mut().rev().find_map(|s| Some((s.direction(segment)?, s)));
        let Some((direction, session)) = found else { return };
        // As seen from the client: what it sends counts at its departure, and what it receives at its arrival.
        if (direction == Direction::Out) == (place == Place::Departure) {
            let bytes = session.add(at, segment, direction);
            let is_retransmitted = segment.bytes > 0 && bytes == 0;
            self.retransmitted.fetch_add(u64::from(is_retransmitted), Ordering::Relaxed);
        }
        if session.has_ended() {
            self.changed.notify_all();
        }
    }

    /// Returns the number of retransmitted segments.
    pub(super) fn retransmitted(&self) -> u64 {
        self.retransmitted.load(Ordering::Relaxed)
    }

    /// Waits until the connections to this port have ended, removes them, and returns them.
    pub(super) fn finish(&self, port: u16) -> Vec<Connection> {
        let is_open = |connections: &mut Vec<Captured>| {
            connections.iter().any(|session| session.server == port && !session.has_ended())
        };
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(connections, END_LIMIT, is_open);
        let mut connections = waited.unwrap_or_else(PoisonError::into_inner).0;
        let ended = connections.extract_if(.., |session| session.server == port);
        ended.map(|session| session.connection).collect()
    }
}

impl Captured {
    /// Returns the connection that this SYN opens; `None` for a retransmitted SYN.
    fn open(at: Instant, syn: &Segment, known: &[Self]) -> Option<Self> {
        let is_open = |session: &Self| session.direction(syn).is_some() && !session.has_ended();
        if known.iter().any(is_open) {
            return None;
        }
        Some(Self {
            client: syn.from,
            server: syn.to,
            connection: Connection::new(at),
            out: Stream { next: syn.sequence.wrapping_add(1), has_ended: false },
            back: Stream::default(),
        })
    }

    fn direction(&self, segment: &Segment) -> Option<Direction> {
        match (segment.from, segment.to) {
            (from, to) if (from, to) == (self.client, self.server) => Some(Direction::Out),
            (from, to) if (from, to) == (self.server, self.client) => Some(Direction::In),
            _ => None,
        }
    }

    fn has_ended(&self) -> bool {
        self.out.has_ended && self.back.has_ended
    }

    /// Adds a segment, and returns the number of its bytes that were not seen before.
    fn add(&mut self, at: Instant, segment: &Segment, direction: Direction) -> u32 {
        let stream = match direction {
            Direction::Out => &mut self.out,
            Direction::In => &mut self.back,
        };
        if segment.syn {
            stream.next = segment.sequence.wrapping_add(1);
            let server = SocketAddr::from((FAR, self.server));
            self.connection.reached.get_or_insert((server, at));
        }
        let bytes = stream.advance(segment);
        if bytes > 0 {
            self.connection.record(at, direction, bytes.into());
        }
        stream.has_ended |= segment.fin || segment.rst;
        if segment.rst {
            (self.out.has_ended, self.back.has_ended) = (true, true);
        }
        bytes
    }
}

impl Stream {
    /// Moves past the segment, and returns the number of its bytes that were not seen before.
    fn advance(&mut self, segment: &Segment) -> u32 {
        let end = segment.sequence.wrapping_add(segment.bytes);
        let ahead = end.wrapping_sub(self.next);
        // Sequence numbers wrap around (RFC 9293 §3.4): more than half of them ahead means earlier.
        if segment.bytes == 0 || ahead > u32::MAX / 2 {
            return 0;
        }
        // This includes bytes that were lost before they came here. Their retransmission does not count.
        self.next = end;
        ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: u16 = 4000;
    const SERVER: u16 = 25;

    fn segment(from: u16, to: u16, sequence: u32, bytes: u32) -> Segment {
        Segment { from, to, sequence, bytes, syn: false, ack: true, fin: false, rst: false }
    }

    fn out(sequence: u32, bytes: u32) -> Segment {
        segment(CLIENT, SERVER, sequence, bytes)
    }

    fn back(sequence: u32, bytes: u32) -> Segment {
        segment(SERVER, CLIENT, sequence, bytes)
    }

    /// The connections of these segments, each captured at both places.
    fn captured(segments: &[Segment]) -> Vec<Connection> {
        let capture = Capture::default();
        for segment in segments {
            for place in [Place::Departure, Place::Arrival] {
                capture.record(Instant::now(), segment, place);
            }
        }
        capture.finish(SERVER)
    }

    fn opened(number: u32) -> [Segment; 2] {
        let syn = Segment { syn: true, ack: false, ..out(number, 0) };
        [syn, Segment { syn: true, ..back(100, 0) }]
    }

    fn ended(out_at: u32, back_at: u32) -> [Segment; 2] {
        [Segment { fin: true, ..out(out_at, 0) }, Segment { fin: true, ..back(back_at, 0) }]
    }

    #[test]
    fn a_dialogue_is_counted_as_on_the_link() {
        let segments = [back(101, 30), out(8, 6), back(131, 20), out(14, 9), out(23, 1)];
        let all = [opened(7).as_slice(), &segments, &ended(24, 151)].concat();
        let captured = captured(&all);
        let [connection] = captured.as_slice() else { panic!("one connection") };
        let counts = connection.counts();
        assert_eq!((counts.bytes_out, counts.bytes_in, counts.flights), (16, 50, 2));
        // TCP, the greeting and one answer.
        assert_eq!(counts.round_trips, 3);
    }

    #[test]
    fn retransmissions_count_once_also_where_sequence_numbers_wrap() {
        let first = u32::MAX - 2;
        let segments = [out(first.wrapping_add(1), 5), out(first.wrapping_add(1), 5), out(3, 10)];
        let again = [Segment { syn: true, ack: false, ..out(first, 0) }];
        let all = [opened(first).as_slice(), &again, &segments, &ended(13, 101)].concat();
        let captured = captured(&all);
        assert_eq!(captured.len(), 1);
        assert_eq!(captured[0].bytes(Direction::Out), 15);
    }

    #[test]
    fn bytes_lost_before_the_capture_count_once() {
        let segments = [out(8, 10), out(28, 10), out(18, 10)];
        let captured = captured(&[opened(7).as_slice(), &segments, &ended(38, 101)].concat());
        assert_eq!(captured[0].bytes(Direction::Out), 30);
    }

    #[test]
    fn reused_ports_are_another_connection() {
        let reset = [Segment { rst: true, ..out(8, 0) }];
        let again = [out(51, 2)];
        let all = [opened(7).as_slice(), &reset, &opened(50), &again, &ended(53, 101)].concat();
        let bytes = captured(&all).iter().map(|c| c.bytes(Direction::Out)).collect::<Vec<_>>();
        assert_eq!(bytes, [0, 2]);
    }
}
