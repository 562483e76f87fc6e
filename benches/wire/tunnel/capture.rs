//! What passed, connection by connection, as the link notes it: where the client is.

use std::{
    net::SocketAddr,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use mailer_link::{Connection, Direction};

use super::{FAR, segment::Segment};

/// How long connections may take to end by themselves.
const GRACE: Duration = Duration::from_secs(5);

/// Where a packet is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where it leaves who sent it.
    Departure,
    /// Where it comes to whom it is for.
    Arrival,
}

/// All connections that were seen.
#[derive(Default)]
pub(super) struct Capture {
    /// Segments whose content had passed before.
    again: AtomicU64,
    seen: Mutex<Vec<Session>>,
    /// Told when one has ended.
    changed: Condvar,
}

struct Session {
    client: u16,
    server: u16,
    connection: Connection,
    out: Stream,
    back: Stream,
}

/// One direction of a connection.
#[derive(Default)]
struct Stream {
    /// The number of the first octet that has not been seen yet: what is sent again counts once.
    next: u32,
    has_ended: bool,
}

impl Capture {
    /// Notes a segment.
    pub(super) fn see(&self, at: Instant, segment: &Segment, place: Place) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if place == Place::Departure && segment.syn && !segment.ack {
            let new = Session::begin(at, segment, &seen);
            seen.extend(new);
            return;
        }
        // Ports may be used again: the last that had them is meant.
        let found = seen.iter_mut().rev().find_map(|s| Some((s.direction(segment)?, s)));
        let Some((direction, session)) = found else { return };
        // What the client sends is noted when it leaves, what comes to it when it comes.
        if (direction == Direction::Out) == (place == Place::Departure) {
            let octets = session.note(at, segment, direction);
            let is_again = segment.octets > 0 && octets == 0;
            self.again.fetch_add(u64::from(is_again), Ordering::Relaxed);
        }
        if session.has_ended() {
            self.changed.notify_all();
        }
    }

    /// How many segments had content that had passed before.
    pub(super) fn sent_again(&self) -> u64 {
        self.again.load(Ordering::Relaxed)
    }

    /// Waits until the connections to this port have ended, and gives and forgets them.
    pub(super) fn finish(&self, port: u16) -> Vec<Connection> {
        let is_open = |seen: &mut Vec<Session>| {
            seen.iter().any(|session| session.server == port && !session.has_ended())
        };
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(seen, GRACE, is_open);
        let mut seen = waited.unwrap_or_else(PoisonError::into_inner).0;
        let ended = seen.extract_if(.., |session| session.server == port);
        ended.map(|session| session.connection).collect()
    }
}

impl Session {
    /// The connection that this segment asks for, unless it was asked for already.
    fn begin(at: Instant, syn: &Segment, seen: &[Self]) -> Option<Self> {
        let is_again = |session: &Self| session.direction(syn).is_some() && !session.has_ended();
        if seen.iter().any(is_again) {
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

    /// Notes a segment, and gives how many octets are new in it.
    fn note(&mut self, at: Instant, segment: &Segment, direction: Direction) -> u32 {
        let stream = match direction {
            Direction::Out => &mut self.out,
            Direction::In => &mut self.back,
        };
        if segment.syn {
            stream.next = segment.sequence.wrapping_add(1);
            let server = SocketAddr::from((FAR, self.server));
            self.connection.reached.get_or_insert((server, at));
        }
        let octets = stream.take(segment);
        if octets > 0 {
            self.connection.record(at, direction, octets.into());
        }
        stream.has_ended |= segment.fin || segment.rst;
        if segment.rst {
            (self.out.has_ended, self.back.has_ended) = (true, true);
        }
        octets
    }
}

impl Stream {
    /// How many octets are new in it.
    fn take(&mut self, segment: &Segment) -> u32 {
        let end = segment.sequence.wrapping_add(segment.octets);
        let ahead = end.wrapping_sub(self.next);
        // Numbers go round (RFC 9293 §3.4): what is more than half of them ahead is behind.
        if segment.octets == 0 || ahead > u32::MAX / 2 {
            return 0;
        }
        // Those that were lost before they came here, and will be sent again, among them.
        self.next = end;
        ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: u16 = 4000;
    const SERVER: u16 = 25;

    fn segment(from: u16, to: u16, sequence: u32, octets: u32) -> Segment {
        Segment { from, to, sequence, octets, syn: false, ack: true, fin: false, rst: false }
    }

    fn out(sequence: u32, octets: u32) -> Segment {
        segment(CLIENT, SERVER, sequence, octets)
    }

    fn back(sequence: u32, octets: u32) -> Segment {
        segment(SERVER, CLIENT, sequence, octets)
    }

    /// What is seen of these at both places, half a round trip apart.
    fn captured(segments: &[Segment]) -> Vec<Connection> {
        let capture = Capture::default();
        for segment in segments {
            for place in [Place::Departure, Place::Arrival] {
                capture.see(Instant::now(), segment, place);
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
    fn a_dialogue_is_counted_as_the_link_counts_it() {
        let said = [back(101, 30), out(8, 6), back(131, 20), out(14, 9), out(23, 1)];
        let all = [opened(7).as_slice(), &said, &ended(24, 151)].concat();
        let captured = captured(&all);
        let [connection] = captured.as_slice() else { panic!("one connection") };
        let counts = connection.counts();
        assert_eq!((counts.bytes_out, counts.bytes_in, counts.flights), (16, 50, 2));
        // TCP, the greeting and one answer.
        assert_eq!(counts.round_trips, 3);
    }

    #[test]
    fn what_is_sent_again_counts_once_also_where_numbers_go_round() {
        let first = u32::MAX - 2;
        let said = [out(first.wrapping_add(1), 5), out(first.wrapping_add(1), 5), out(3, 10)];
        let again = [Segment { syn: true, ack: false, ..out(first, 0) }];
        let all = [opened(first).as_slice(), &again, &said, &ended(13, 101)].concat();
        let captured = captured(&all);
        assert_eq!(captured.len(), 1);
        assert_eq!(captured[0].bytes(Direction::Out), 15);
    }

    #[test]
    fn what_was_lost_before_it_was_seen_counts_all_the_same() {
        let said = [out(8, 10), out(28, 10), out(18, 10)];
        let captured = captured(&[opened(7).as_slice(), &said, &ended(38, 101)].concat());
        assert_eq!(captured[0].bytes(Direction::Out), 30);
    }

    #[test]
    fn ports_that_are_used_again_are_another_connection() {
        let reset = [Segment { rst: true, ..out(8, 0) }];
        let again = [out(51, 2)];
        let all = [opened(7).as_slice(), &reset, &opened(50), &again, &ended(53, 101)].concat();
        let octets = captured(&all).iter().map(|c| c.bytes(Direction::Out)).collect::<Vec<_>>();
        assert_eq!(octets, [0, 2]);
    }
}
