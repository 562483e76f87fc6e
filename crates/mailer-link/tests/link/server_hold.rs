//! A server with Nagle's algorithm on waits for the client's acknowledgement, as it would without the relay.
//! Linux only: no other system lets a program choose when to acknowledge.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use mailer_link::{Connection, Direction, Link};

use crate::relay::{accept, connect, listener};

/// The shortest delay of an acknowledgement on Linux (TCP_DELACK_MIN).
const DELAYED_ACK: Duration = Duration::from_millis(40);
/// On a busy machine a pause may be too long to be recognised, but not in every try.
const TRIES: usize = 40;
/// A machine's clock and the kernel's timers differ by less.
const SLACK: Duration = Duration::from_millis(5);

/// What the link recorded, and the time between the arrivals of the two replies at the client.
struct Exchange {
    connection: Connection,
    interval: Duration,
}

/// A server that answers a command with two replies of a single byte each.
fn two_replies(nodelay: bool, delays_acks: bool, round_trip: Duration) -> Exchange {
    let (listener, addr) = listener();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        socket.set_nodelay(nodelay).unwrap();
        socket.write_all(b"220 ready\r\n").unwrap();
        // The reply to the first command brings the system to delay acknowledgements.
        for _ in 0..2 {
            socket.read_exact(&mut [0]).unwrap();
            socket.write_all(b"1").unwrap();
        }
        socket.write_all(b"2").unwrap();
        socket.read_exact(&mut [0]).unwrap();
    });
    let link = Link::to([addr]).round_trip(round_trip).client_delays_acks(delays_acks);
    let link = link.start().unwrap();
    let mut client = connect(link.addr());
    client.set_nodelay(true).unwrap();
    client.read_exact(&mut [0; 11]).unwrap();
    client.write_all(b"c").unwrap();
    read_one(&mut client);
    client.write_all(b"c").unwrap();
    let first = read_one(&mut client);
    let interval = read_one(&mut client) - first;
    client.write_all(b"q").unwrap();
    drop(client);
    server.join().unwrap();
    let connection = link.finish().into_iter().next().unwrap();
    Exchange { connection, interval }
}

fn read_one(socket: &mut TcpStream) -> Instant {
    socket.read_exact(&mut [0]).unwrap();
    Instant::now()
}

/// Returns the length of the hold that the link recorded, and the interval, of a try with exactly one hold.
fn held(delays_acks: bool, round_trip: Duration) -> Option<(Duration, Duration)> {
    let exchanges = (0..TRIES).map(|_| two_replies(false, delays_acks, round_trip));
    exchanges.into_iter().find_map(|exchange| match holds(&exchange.connection).as_slice() {
        [hold] => Some((*hold, exchange.interval)),
        _ => None,
    })
}

fn holds(connection: &Connection) -> Vec<Duration> {
    let answers = connection.bursts.iter().filter(|burst| burst.direction == Direction::In);
    answers.flat_map(|burst| &burst.holds).map(mailer_link::Hold::length).collect()
}

#[test]
fn a_second_reply_waits_for_a_client_that_delays_acknowledgements() {
    for round_trip in [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(100)] {
        let (hold, interval) = held(true, round_trip).expect("it is held back in one of the tries");
        // Never too early: a round trip and the delay of the acknowledgement.
        assert!(hold >= round_trip + DELAYED_ACK - SLACK, "{round_trip:?}: {hold:?}");
        assert!(interval >= round_trip + DELAYED_ACK - SLACK, "{round_trip:?}: {interval:?}");
    }
}

#[test]
fn it_takes_a_round_trip_if_the_client_acknowledges_at_once() {
    for round_trip in [Duration::from_millis(10), Duration::from_millis(100)] {
        let quick = (0..TRIES)
            .map(|_| two_replies(false, false, round_trip))
            .find(|exchange| exchange.interval < round_trip + DELAYED_ACK - SLACK);
        let interval = quick.expect("no delay in one of the tries").interval;
        assert!(interval >= round_trip - SLACK, "{round_trip:?}: {interval:?}");
    }
}

#[test]
fn without_a_path_a_client_that_acknowledges_at_once_costs_nothing() {
    let is_quick = |exchange: Exchange| exchange.interval < DELAYED_ACK - SLACK;
    assert!((0..TRIES).map(|_| two_replies(false, false, Duration::ZERO)).any(is_quick));
}

#[test]
fn without_nagle_the_second_reply_is_not_held_back() {
    for round_trip in [Duration::ZERO, Duration::from_millis(20)] {
        let at_once = (0..TRIES).map(|_| two_replies(true, true, round_trip));
        let mut at_once = at_once.filter(|exchange| exchange.interval < DELAYED_ACK - SLACK);
        assert!(at_once.any(|exchange| holds(&exchange.connection).is_empty()), "{round_trip:?}");
    }
}
