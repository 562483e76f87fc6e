//! Configures network interfaces by netlink(7), because no safe crate brings up `lo`.

use std::io::{self, Read, Write};

use nix::libc;
use socket2::{Domain, Protocol, Socket, Type};

/// The index of `lo` in every network namespace of Linux.
pub(super) const LOOPBACK: u32 = 1;

/// The length of a header, and of the `ifinfomsg` (rtnetlink(7)) that follows it in a request.
const HEADER: usize = 16;

/// A change of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Brings it up.
    Up,
    /// Sets the number of packets that it queues before it drops one.
    QueueLength(u32),
}

/// Changes the interface with this index.
pub(super) fn change(index: u32, change: Change) -> io::Result<()> {
    let (netlink, route) = (Domain::from(libc::AF_NETLINK), Protocol::from(libc::NETLINK_ROUTE));
    let mut socket = Socket::new(netlink, Type::DGRAM, Some(route))?;
    socket.write_all(&request(index, change))?;
    let mut answer = [0; 1024];
    let count = socket.read(&mut answer)?;
    match error_number(answer.get(..count).unwrap_or_default()) {
        Some(0) => Ok(()),
        Some(number) => Err(io::Error::from_raw_os_error(number)),
        None => Err(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

fn request(index: u32, change: Change) -> Vec<u8> {
    let flags_of_request = (libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
    let (flags, attribute) = match change {
        Change::Up => (libc::IFF_UP as u32, Vec::new()),
        Change::QueueLength(packets) => {
            let head = [8, libc::IFLA_TXQLEN].map(u16::to_ne_bytes).concat();
            (0, [head.as_slice(), &packets.to_ne_bytes()].concat())
        }
    };
    // Family and type are left out. The second flags are the mask of those to change.
    let interface = [0, index, flags, flags].map(u32::to_ne_bytes).concat();
    let length = (HEADER + interface.len() + attribute.len()) as u32;
    let kind = [libc::RTM_NEWLINK, flags_of_request].map(u16::to_ne_bytes).concat();
    let number_and_sender = [1u32, 0].map(u32::to_ne_bytes).concat();
    [&length.to_ne_bytes(), kind.as_slice(), &number_and_sender, &interface, &attribute].concat()
}

/// Returns the error number in a reply; 0 means success.
fn error_number(answer: &[u8]) -> Option<i32> {
    let number = answer.get(HEADER..HEADER + 4)?.try_into().ok()?;
    Some(-i32::from_ne_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_length_of_its_header() {
        let number = |bytes: &[u8]| u32::from_ne_bytes(bytes.try_into().unwrap());
        for (change, length) in [(Change::Up, 32), (Change::QueueLength(10), 40)] {
            let request = request(7, change);
            assert_eq!((number(&request[..4]), request.len()), (length, length as usize));
            assert_eq!(number(&request[20..24]), 7, "the index");
            assert_eq!(request[24..28], request[28..32], "flags and mask are the same");
        }
        assert_eq!(number(&request(7, Change::QueueLength(10))[36..]), 10);
    }

    #[test]
    fn a_reply_has_an_error_number() {
        let answer = |number: i32| [vec![0; HEADER], number.to_ne_bytes().to_vec()].concat();
        assert_eq!(error_number(&answer(0)), Some(0));
        assert_eq!(error_number(&answer(-libc::EPERM)), Some(libc::EPERM));
        assert_eq!(error_number(&[0; 18]), None);
    }
}
