//! What a packet says to TCP.

use etherparse::{Ipv4Slice, TcpSlice};

/// Where the two addresses of an IPv4 packet are (RFC 791 §3.1).
const ADDRESSES: std::ops::Range<usize> = 12..20;

/// A segment of TCP, as far as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The port it comes from.
    pub(super) from: u16,
    /// The port it goes to.
    pub(super) to: u16,
    /// The number of its first octet.
    pub(super) sequence: u32,
    /// The octets of its content.
    pub(super) octets: u32,
    pub(super) syn: bool,
    pub(super) ack: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
}

impl Segment {
    /// The segment in this packet, if it is IPv4 with TCP in it.
    pub(super) fn of(packet: &[u8]) -> Option<Self> {
        let ip = Ipv4Slice::from_slice(packet).ok()?;
        let tcp = TcpSlice::from_slice(ip.payload().payload).ok()?;
        Some(Self {
            from: tcp.source_port(),
            to: tcp.destination_port(),
            sequence: tcp.sequence_number(),
            octets: u32::try_from(tcp.payload().len()).ok()?,
            syn: tcp.syn(),
            ack: tcp.ack(),
            fin: tcp.fin(),
            rst: tcp.rst(),
        })
    }
}

/// Swaps whom it is from and whom it is for.
pub(super) fn turn_round(packet: &mut [u8]) {
    if let Some(addresses) = packet.get_mut(ADDRESSES) {
        let one = addresses.len() / 2;
        addresses.rotate_left(one);
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
    fn a_segment_is_read() {
        let segment = Segment::of(&packet([192, 0, 2, 1], [192, 0, 2, 2])).unwrap();
        let wanted = Segment {
            from: 4000,
            to: 25,
            sequence: 7,
            octets: 4,
            syn: true,
            ack: false,
            fin: false,
            rst: false,
        };
        assert_eq!(segment, wanted);
        assert_eq!(Segment::of(&[0x60; 40]), None, "IPv6");
        assert_eq!(Segment::of(&[]), None);
    }

    #[test]
    fn turned_round_it_is_what_the_other_would_have_sent() {
        let (here, there) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        let mut turned = packet(here, there);
        turn_round(&mut turned);
        // Checksums and all.
        assert_eq!(turned, packet(there, here));
    }
}
