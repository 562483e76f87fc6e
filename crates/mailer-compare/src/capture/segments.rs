//! One connection of the link as TCP segments in IPv4 packets: handshake, data, end.

use std::time::Instant;

use etherparse::PacketBuilder;
use mailer_link::{Connection, Direction, Packet};

/// Both ends are on loopback.
const LOOPBACK: [u8; 4] = [127, 0, 0, 1];
const TIME_TO_LIVE: u8 = 64;
const WINDOW: u16 = u16::MAX;
/// The most bytes of data in one segment: what Ethernet's MTU of 1,500 leaves with 12 bytes of TCP options.
const SEGMENT: usize = 1448;

/// A segment as an IPv4 packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) at: Instant,
    pub(super) bytes: Vec<u8>,
    /// Whether it opens the connection.
    pub(super) opens: bool,
}

/// The two ends of a connection, and the sequence number that each sends next (RFC 9293 §3.4).
pub(super) struct Conversation {
    client_port: u16,
    server_port: u16,
    client_next: u32,
    server_next: u32,
    segments: Vec<Segment>,
}

/// The flags of a segment that matter here (RFC 9293 §3.1).
#[derive(Clone, Copy, Default)]
struct Flags {
    syn: bool,
    ack: bool,
    psh: bool,
    fin: bool,
}

const SYN: Flags = Flags { syn: true, ack: false, psh: false, fin: false };
const SYN_ACK: Flags = Flags { syn: true, ack: true, psh: false, fin: false };
const ACK: Flags = Flags { syn: false, ack: true, psh: false, fin: false };
const DATA: Flags = Flags { syn: false, ack: true, psh: true, fin: false };
const FIN: Flags = Flags { syn: false, ack: true, psh: false, fin: true };

impl Conversation {
    pub(super) fn new(client_port: u16, server_port: u16) -> Self {
        Self { client_port, server_port, client_next: 0, server_next: 0, segments: Vec::new() }
    }

    /// Returns the segments of a connection, in the order of its packets.
    pub(super) fn segments(mut self, connection: &Connection) -> Vec<Segment> {
        let opened = connection.reached.map_or(connection.accepted, |(_, at)| at);
        let first = connection.packets.first().map_or(opened, |packet| packet.at);
        let opened = opened.min(first);
        self.push(connection.accepted, Direction::Out, SYN, &[]);
        self.push(opened, Direction::In, SYN_ACK, &[]);
        self.push(opened, Direction::Out, ACK, &[]);
        for Packet { at, direction, bytes } in &connection.packets {
            for part in bytes.chunks(SEGMENT) {
                self.push(*at, *direction, DATA, part);
            }
        }
        let last = connection.packets.last().map_or(opened, |packet| packet.at);
        self.push(last, Direction::Out, FIN, &[]);
        self.push(last, Direction::In, FIN, &[]);
        self.push(last, Direction::Out, ACK, &[]);
        self.segments
    }

    fn push(&mut self, at: Instant, direction: Direction, flags: Flags, data: &[u8]) {
        let opens = flags.syn && !flags.ack;
        let bytes = self.packet(direction, flags, data);
        self.segments.push(Segment { at, bytes, opens });
        let next = match direction {
            Direction::Out => &mut self.client_next,
            Direction::In => &mut self.server_next,
        };
        // SYN and FIN take a sequence number each (RFC 9293 §3.4). The numbers wrap at 2^32.
        let taken = u32::from(flags.syn) + u32::from(flags.fin);
        *next = next.wrapping_add(u32::try_from(data.len()).unwrap_or(0)).wrapping_add(taken);
    }

    fn packet(&self, direction: Direction, flags: Flags, data: &[u8]) -> Vec<u8> {
        let (client, server) = (self.client_port, self.server_port);
        let (from, to, sequence, acknowledged) = match direction {
            Direction::Out => (client, server, self.client_next, self.server_next),
            Direction::In => (server, client, self.server_next, self.client_next),
        };
        let ip = PacketBuilder::ipv4(LOOPBACK, LOOPBACK, TIME_TO_LIVE);
        let mut tcp = ip.tcp(from, to, sequence, WINDOW);
        if flags.syn {
            tcp = tcp.syn();
        }
        if flags.ack {
            tcp = tcp.ack(acknowledged);
        }
        if flags.psh {
            tcp = tcp.psh();
        }
        if flags.fin {
            tcp = tcp.fin();
        }
        let mut bytes = Vec::with_capacity(tcp.size(data.len()));
        tcp.write(&mut bytes, data).expect("a segment is shorter than IPv4's limit");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use etherparse::{SlicedPacket, TransportSlice};

    use super::*;

    fn connection(packets: &[(Direction, usize)]) -> Connection {
        let start = Instant::now();
        let mut connection = Connection::new(start);
        let packet = |(number, &(direction, bytes)): (u64, &(Direction, usize))| Packet {
            at: start + Duration::from_millis(number),
            direction,
            bytes: vec![b'x'; bytes],
        };
        connection.packets = (1..).zip(packets).map(packet).collect();
        connection
    }

    /// Source port, sequence number, acknowledged number and length of each segment.
    fn numbers(segments: &[Segment]) -> Vec<(u16, u32, u32, usize)> {
        let numbers = |segment: &Segment| {
            let packet = SlicedPacket::from_ip(&segment.bytes).unwrap();
            let Some(TransportSlice::Tcp(tcp)) = packet.transport else { panic!("no TCP") };
            let (sequence, acknowledged) = (tcp.sequence_number(), tcp.acknowledgment_number());
            (tcp.source_port(), sequence, acknowledged, tcp.payload().len())
        };
        segments.iter().map(numbers).collect()
    }

    #[test]
    fn sequence_numbers_count_every_byte_and_both_ends_of_the_connection() {
        let connection = connection(&[(Direction::In, 30), (Direction::Out, 20)]);
        let segments = Conversation::new(50_001, 25).segments(&connection);
        let expected = [
            (50_001, 0, 0, 0),
            (25, 0, 1, 0),
            (50_001, 1, 1, 0),
            (25, 1, 1, 30),
            (50_001, 1, 31, 20),
            (50_001, 21, 31, 0),
            (25, 31, 22, 0),
            (50_001, 22, 32, 0),
        ];
        assert_eq!(numbers(&segments), expected);
        assert!(segments.is_sorted_by_key(|segment| segment.at));
        assert_eq!(segments.iter().filter(|segment| segment.opens).count(), 1);
    }

    #[test]
    fn a_long_write_is_several_segments() {
        let connection = connection(&[(Direction::Out, 3000)]);
        let segments = Conversation::new(50_001, 25).segments(&connection);
        let lengths: Vec<usize> = numbers(&segments).iter().map(|segment| segment.3).collect();
        assert_eq!(lengths, [0, 0, 0, 1448, 1448, 104, 0, 0, 0]);
    }
}
