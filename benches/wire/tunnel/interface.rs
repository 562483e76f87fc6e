//! Settings of interfaces, said to the kernel by netlink(7): of safe crates none brings up `lo`.

use std::io::{self, Read, Write};

use nix::libc;
use socket2::{Domain, Protocol, Socket, Type};

/// The index of `lo` in every network of Linux.
pub(super) const LOOPBACK: u32 = 1;

/// The length of a header, and of the `ifinfomsg` (rtnetlink(7)) that follows it in an order.
const HEADER: usize = 16;

/// What is to become of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is brought up.
    Up,
    /// It holds so many packets that nobody has fetched yet before it drops one.
    Queue(u32),
}

/// Changes the interface of this index.
pub(super) fn change(index: u32, change: Change) -> io::Result<()> {
    let (netlink, route) = (Domain::from(libc::AF_NETLINK), Protocol::from(libc::NETLINK_ROUTE));
    let mut socket = Socket::new(netlink, Type::DGRAM, Some(route))?;
    socket.write_all(&order(index, change))?;
    let mut answer = [0; 1024];
    let count = socket.read(&mut answer)?;
    match refusal(answer.get(..count).unwrap_or_default()) {
        Some(0) => Ok(()),
        Some(number) => Err(io::Error::from_raw_os_error(number)),
        None => Err(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

fn order(index: u32, change: Change) -> Vec<u8> {
    let ask = (libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
    let (flags, attribute) = match change {
        Change::Up => (libc::IFF_UP as u32, Vec::new()),
        Change::Queue(packets) => {
            let head = [8, libc::IFLA_TXQLEN].map(u16::to_ne_bytes).concat();
            (0, [head.as_slice(), &packets.to_ne_bytes()].concat())
        }
    };
    // Family and kind of the interface are not said; the flags that are set are those to change.
    let interface = [0, index, flags, flags].map(u32::to_ne_bytes).concat();
    let length = (HEADER + interface.len() + attribute.len()) as u32;
    let kind = [libc::RTM_NEWLINK, ask].map(u16::to_ne_bytes).concat();
    let number_and_sender = [1u32, 0].map(u32::to_ne_bytes).concat();
    [&length.to_ne_bytes(), kind.as_slice(), &number_and_sender, &interface, &attribute].concat()
}

/// The number of the error in an answer, 0 if there is none.
fn refusal(answer: &[u8]) -> Option<i32> {
    let number = answer.get(HEADER..HEADER + 4)?.try_into().ok()?;
    Some(-i32::from_ne_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_the_length_it_says() {
        let number = |octets: &[u8]| u32::from_ne_bytes(octets.try_into().unwrap());
        for (change, length) in [(Change::Up, 32), (Change::Queue(10), 40)] {
            let order = order(7, change);
            assert_eq!((number(&order[..4]), order.len()), (length, length as usize));
            assert_eq!(number(&order[20..24]), 7, "the index");
            assert_eq!(order[24..28], order[28..32], "what is set is what is changed");
        }
        assert_eq!(number(&order(7, Change::Queue(10))[36..]), 10);
    }

    #[test]
    fn an_answer_is_an_error_number() {
        let answer = |number: i32| [vec![0; HEADER], number.to_ne_bytes().to_vec()].concat();
        assert_eq!(refusal(&answer(0)), Some(0));
        assert_eq!(refusal(&answer(-libc::EPERM)), Some(libc::EPERM));
        assert_eq!(refusal(&[0; 18]), None);
    }
}
