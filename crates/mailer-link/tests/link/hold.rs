//! Over a distance a client with Nagle's algorithm on waits for the far end, as it would without the
//! relay in between. Linux only: nothing else lets a program say when to acknowledge.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use mailer_link::{Connection, Direction, Link};

use crate::relay::{accept, connect, listener};

/// Longer than an acknowledgement is delayed, so that a client that waited for the relay's alone would
/// be seen.
const ROUND_TRIP: Duration = Duration::from_millis(80);
/// The least that Linux delays it (TCP_DELACK_MIN).
const DELAYED: Duration = Duration::from_millis(40);
/// A machine that is busy may see a pause that is too long to be taken for what it is: not each time.
const TRIES: usize = 40;

/// What a server says when the first of the two writes has come.
const NOTHING: &[u8] = b"";

/// What passed, and how long the server waited from one write to the next.
struct Passed {
    connection: Connection,
    apart: Duration,
}

/// A client that writes twice, an octet each time, after the greeting.
fn two_writes(nodelay: bool, between: &'static [u8]) -> Passed {
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
    let apart = server.join().unwrap();
    let connection = link.finish().into_iter().next().unwrap();
    Passed { connection, apart }
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
fn a_second_small_write_waits_for_the_far_end_s_acknowledgement() {
    let passed = (0..TRIES).map(|_| two_writes(false, NOTHING));
    let held = passed.map(|passed| (holds(&passed.connection), passed.apart)).find_map(
        |(holds, apart)| match holds.as_slice() {
            [hold] => Some((*hold, apart)),
            _ => None,
        },
    );
    let (hold, apart) = held.expect("the second write to be held back in one of the tries");
    // Never too early: a round trip, and what the acknowledgement is delayed.
    assert!(hold >= ROUND_TRIP + DELAYED - Duration::from_millis(5), "{hold:?}");
    assert!(apart >= ROUND_TRIP, "{apart:?}");
}

#[test]
fn what_the_far_end_says_acknowledges_as_well() {
    let passed = (0..TRIES).map(|_| two_writes(false, b"100 go on\r\n"));
    let mut passed = passed.filter(|passed| passed.connection.flights().count() == 2);
    // A busy machine may pause for just as long as a held back write waits: not each time.
    let parted = passed.find(|passed| holds(&passed.connection).is_empty());
    let Passed { connection, apart } = parted.expect("the second write after the answer");
    let answer = connection.bursts.iter().filter(|burst| burst.direction == Direction::In).nth(1);
    let second = connection.flights().nth(1);
    assert!(answer.unwrap().first <= second.unwrap().first);
    assert!(apart >= ROUND_TRIP - Duration::from_millis(1), "{apart:?}");
}

#[test]
fn who_sends_at_once_waits_for_nobody() {
    let at_once =
        (0..TRIES).map(|_| two_writes(true, NOTHING)).any(|Passed { connection, .. }| {
            holds(&connection).is_empty() && connection.flights().count() == 1
        });
    assert!(at_once, "the second write is held back each time");
}
