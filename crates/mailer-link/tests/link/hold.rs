//! On a path with delay, a client with Nagle's algorithm on waits for the far end, as it would without
//! the relay. Linux only: no other system lets a program choose when to acknowledge.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use mailer_link::{Connection, Direction, Link};

use crate::relay::{accept, connect, listener};

/// Longer than a delayed acknowledgement, so that the tests notice a client that waited only for the
/// relay's.
const ROUND_TRIP: Duration = Duration::from_millis(80);
/// The shortest delay of an acknowledgement on Linux (TCP_DELACK_MIN).
const DELAYED_ACK: Duration = Duration::from_millis(40);
/// On a busy machine a pause may be too long to be recognised, but not in every try.
const TRIES: usize = 40;

/// The server sends nothing between the two writes.
const NOTHING: &[u8] = b"";

/// What the link recorded, and the time between the arrivals of the two writes at the server.
struct Exchange {
    connection: Connection,
    interval: Duration,
}

/// A client that reads the greeting and then writes two single bytes. The server sends `between` after
/// the first.
fn two_writes(nodelay: bool, between: &'static [u8]) -> Exchange {
    let (listener, addr) = listener();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        socket.set_nodelay(true).unwrap();
        socket.write_all(b"220 ready\r\n").unwrap();
        let first = read_one(&mut socket);
        socket.write_all(between).unwrap();
        let second = read_one(&mut socket);
        socket.write_all(b"250 done\r\n").unwrap();
        second - first
    });
    let link = Link::to([addr]).round_trip(ROUND_TRIP).start().unwrap();
    let mut client = connect(link.addr());
    client.set_nodelay(nodelay).unwrap();
    client.read_exact(&mut [0; 11]).unwrap();
    client.write_all(b"1").unwrap();
    client.write_all(b"2").unwrap();
    client.read_exact(&mut vec![0; between.len() + 10]).unwrap();
    drop(client);
    let interval = server.join().unwrap();
    let connection = link.finish().into_iter().next().unwrap();
    Exchange { connection, interval }
}

fn read_one(socket: &mut TcpStream) -> Instant {
    socket.read_exact(&mut [0]).unwrap();
    Instant::now()
}

fn holds(connection: &Connection) -> Vec<Duration> {
    let flights = connection.flights().flat_map(|flight| &flight.holds);
    flights.map(mailer_link::Hold::length).collect()
}

#[test]
fn a_second_small_write_waits_for_the_acknowledgement_of_the_far_end() {
    let held = (0..TRIES).map(|_| two_writes(false, NOTHING)).find_map(|exchange| {
        match holds(&exchange.connection).as_slice() {
            [hold] => Some((*hold, exchange.interval)),
            _ => None,
        }
    });
    let (hold, interval) = held.expect("the second write is held back in one of the tries");
    // Never too early: a round trip and the delay of the acknowledgement.
    assert!(hold >= ROUND_TRIP + DELAYED_ACK - Duration::from_millis(5), "{hold:?}");
    assert!(interval >= ROUND_TRIP, "{interval:?}");
}

#[test]
fn a_reply_of_the_far_end_acknowledges_as_well() {
    let exchanges = (0..TRIES).map(|_| two_writes(false, b"100 go on\r\n"));
    let mut exchanges = exchanges.filter(|exchange| exchange.connection.flights().count() == 2);
    // A busy machine may pause for exactly as long as a hold lasts, but not in every try.
    let without_hold = exchanges.find(|exchange| holds(&exchange.connection).is_empty());
    let Exchange { connection, interval } =
        without_hold.expect("the second write after the answer");
    let answer = connection.bursts.iter().filter(|burst| burst.direction == Direction::In).nth(1);
    let second = connection.flights().nth(1);
    assert!(answer.unwrap().first <= second.unwrap().first);
    assert!(interval >= ROUND_TRIP - Duration::from_millis(1), "{interval:?}");
}

#[test]
fn without_nagle_the_second_write_is_not_held_back() {
    let at_once =
        (0..TRIES).map(|_| two_writes(true, NOTHING)).any(|Exchange { connection, .. }| {
            holds(&connection).is_empty() && connection.flights().count() == 1
        });
    assert!(at_once, "the second write is held back in every try");
}
