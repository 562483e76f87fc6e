//! The TCP segment in a packet.

use etherparse::{Ipv4Slice, TcpSlice};

/// The position of the two addresses in an IPv4 packet (RFC 791 §3.1).
const ADDRESSES: std::ops::Range<usize> = 12..20;

/// The parts of a TCP segment that matter for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The sender's port.
    pub(super) from: u16,
    /// The receiver's port.
    pub(super) to: u16,
    /// The sequence number of its first byte.
    pub(super) sequence: u32,
    /// The number of bytes of its content.
    pub(super) bytes: u32,
    pub(super) syn: bool,
    pub(super) ack: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
}

impl Segment {
    /// Returns the segment in this packet; `None` if it is not TCP over IPv4.
    pub(super) fn parse(packet: &[u8]) -> Option<Self> {
        let ip = Ipv4Slice::from_slice(packet).ok()?;
        let tcp = TcpSlice::from_slice(ip.payload().payload).ok()?;
        Some(Self {
            from: tcp.source_port(),
            to: tcp.destination_port(),
            sequence: tcp.sequence_number(),
            bytes: u32::try_from(tcp.payload().len()).ok()?,
            syn: tcp.syn(),
            ack: tcp.ack(),
            fin: tcp.fin(),
            rst: tcp.rst(),
        })
    }
}

/// Swaps the addresses of sender and receiver.
pub(super) fn swap_addresses(packet: &mut [u8]) {
    if let Some(addresses) = packet.get_mut(ADDRESSES) {
        let length = addresses.len() / 2;
        addresses.rotate_left(length);
    }
}

#[cfg(test)]
mod tests {
    use etherparse::PacketBuilder;

    use super::*;

    fn packet(from: [u8; 4], to: [u8; 4]) -> Vec<u8> {
        let builder = PacketBuilder::ipv4(from, to, 64).tcp(4000, 25, 7, 1024).syn();
        let mut packet = Vec::new();
        builder.write(&mut packet, b"EHLO").unwrap();
        packet
    }

    #[test]
    fn a_segment_is_parsed() {
        let segment = Segment::parse(&packet([192, 0, 2, 1], [192, 0, 2, 2])).unwrap();
        let expected = Segment {
            from: 4000,
            to: 25,
            sequence: 7,
            bytes: 4,
            syn: true,
            ack: false,
            fin: false,
            rst: false,
        };
        assert_eq!(segment, expected);
        assert_eq!(Segment::parse(&[0x60; 40]), None, "IPv6");
        assert_eq!(Segment::parse(&[]), None);
    }

    #[test]
    fn with_swapped_addresses_it_is_a_valid_packet_of_the_other_host() {
        let (here, there) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        let mut swapped = packet(here, there);
        swap_addresses(&mut swapped);
        // Including its checksums.
        assert_eq!(swapped, packet(there, here));
    }
}
