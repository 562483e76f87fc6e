//! The link keeps the bytes that pass only if it is asked to, and then all of them.

use std::{
    io::{Read as _, Write as _},
    thread,
    time::Duration,
};

use mailer_link::{Connection, Direction, Link};

use super::relay::{accept, connect, listener};

const QUESTION: &[u8] = b"EHLO client.example\r\n";
const ANSWER: &[u8] = b"250 mail.example\r\n";

/// One question and its answer through a link with this RTT.
fn exchange(round_trip: Duration, keep: bool) -> Connection {
    let (listener, addr) = listener();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        socket.read_exact(&mut [0; QUESTION.len()]).unwrap();
        socket.write_all(ANSWER).unwrap();
    });
    let link = Link::to(addr).round_trip(round_trip).keep_packets(keep).start().unwrap();
    let mut client = connect(link.addr());
    client.write_all(QUESTION).unwrap();
    client.read_exact(&mut [0; ANSWER.len()]).unwrap();
    drop(client);
    server.join().unwrap();
    link.finish().remove(0)
}

fn passed(connection: &Connection, direction: Direction) -> Vec<u8> {
    let packets = connection.packets.iter().filter(|packet| packet.direction == direction);
    packets.flat_map(|packet| packet.bytes.clone()).collect()
}

#[test]
fn keeps_every_byte_in_order_with_and_without_delay() {
    for round_trip in [Duration::ZERO, Duration::from_millis(4)] {
        let connection = exchange(round_trip, true);
        assert_eq!(passed(&connection, Direction::Out), QUESTION);
        assert_eq!(passed(&connection, Direction::In), ANSWER);
        assert!(connection.packets.is_sorted_by_key(|packet| packet.at));
        assert_eq!(connection.packets[0].direction, Direction::Out);
    }
}

#[test]
fn keeps_no_byte_unless_asked() {
    assert_eq!(exchange(Duration::ZERO, false).packets, []);
}
