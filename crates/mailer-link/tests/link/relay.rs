//! The link forwards every byte, counts exactly, and leaves no connection open.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    num::NonZeroU64,
    thread,
    time::{Duration, Instant},
};

use mailer_link::{AnswerLimit, Link, LinkCounts};

/// Longer than any test here takes.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

pub(crate) fn connect(addr: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(addr).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

pub(crate) fn accept(listener: &TcpListener) -> TcpStream {
    let (socket, _) = listener.accept().unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

fn read_exactly(socket: &mut TcpStream, wanted: &str) {
    let mut found = vec![0; wanted.len()];
    socket.read_exact(&mut found).unwrap();
    assert_eq!(String::from_utf8_lossy(&found), wanted);
}

#[test]
fn a_lockstep_exchange_is_counted_exactly() {
    const SCRIPT: [(&str, &str); 4] = [
        ("EHLO client.example\r\n", "250-mail.example\r\n250 SIZE 1000\r\n"),
        ("DATA\r\n", "354 go\r\n"),
        ("Subject: x\r\n\r\ny\r\n.\r\n", "250 accepted\r\n"),
        ("QUIT\r\n", "221 bye\r\n"),
    ];
    let (listener, addr) = listener();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        socket.write_all(b"220 ready\r\n").unwrap();
        for (command, reply) in SCRIPT {
            read_exactly(&mut socket, command);
            socket.write_all(reply.as_bytes()).unwrap();
        }
    });
    let link = Link::to([addr]).start().unwrap();
    let mut client = connect(link.addr());
    read_exactly(&mut client, "220 ready\r\n");
    for (command, reply) in SCRIPT {
        // In two writes: they are one flight, since nothing is received in between.
        let (first, second) = command.split_at(command.len() / 2);
        client.write_all(first.as_bytes()).unwrap();
        client.write_all(second.as_bytes()).unwrap();
        read_exactly(&mut client, reply);
    }
    drop(client);
    server.join().unwrap();
    let connections = link.finish();
    let sum = |part: fn(&(&str, &str)) -> usize| SCRIPT.iter().map(part).sum::<usize>() as u64;
    let expected = LinkCounts {
        connections: 1,
        flights: 4,
        round_trips: 6,
        bytes_out: sum(|(command, _)| command.len()),
        bytes_in: sum(|(_, reply)| reply.len()) + "220 ready\r\n".len() as u64,
    };
    assert_eq!(
        connections.iter().map(mailer_link::Connection::counts).sum::<LinkCounts>(),
        expected
    );
}

#[test]
fn the_end_of_one_direction_is_forwarded_and_the_other_stays_open() {
    let (listener, addr) = listener();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        let mut all = String::new();
        socket.read_to_string(&mut all).unwrap();
        socket.write_all(format!("got {all}").as_bytes()).unwrap();
    });
    let link = Link::to([addr]).start().unwrap();
    let mut client = connect(link.addr());
    client.write_all(b"everything").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "got everything");
    server.join().unwrap();
}

#[test]
fn more_than_any_buffer_passes_in_both_directions_at_once() {
    const BYTES: usize = 8 << 20;
    let (listener, addr) = listener();
    let echo = thread::spawn(move || {
        let mut socket = accept(&listener);
        std::io::copy(&mut socket.try_clone().unwrap(), &mut socket).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
    });
    let link = Link::to([addr]).start().unwrap();
    let mut client = connect(link.addr());
    let mut sending = client.try_clone().unwrap();
    let sender = thread::spawn(move || {
        sending.write_all(&vec![7; BYTES]).unwrap();
        sending.shutdown(Shutdown::Write).unwrap();
    });
    let mut all = Vec::new();
    client.read_to_end(&mut all).unwrap();
    assert!(all.len() == BYTES && all.iter().all(|byte| *byte == 7));
    sender.join().unwrap();
    echo.join().unwrap();
    let counts = link.counts();
    assert_eq!((counts.bytes_out, counts.bytes_in), (BYTES as u64, BYTES as u64));
}

#[test]
fn dropping_the_link_ends_open_connections() {
    let (listener, addr) = listener();
    let link = Link::to([addr]).start().unwrap();
    let link_addr = link.addr();
    let mut client = connect(link_addr);
    client.write_all(b"x").unwrap();
    let mut server = accept(&listener);
    read_exactly(&mut server, "x");
    drop(link);
    assert!(matches!(client.read(&mut [0]), Ok(0) | Err(_)));
    assert!(matches!(server.read(&mut [0]), Ok(0) | Err(_)));
    assert!(TcpStream::connect(link_addr).is_err());
}

#[test]
fn without_records_nothing_is_kept_and_all_bytes_pass() {
    let (server, addr) = listener();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for round_trip in [0, 2] {
        let link = Link::to(addr).listen(free).keep_records(false);
        let link = link.round_trip(Duration::from_millis(round_trip)).start().unwrap();
        assert_eq!(link.addr(), free);
        for _ in 0..2 {
            let mut client = connect(link.addr());
            let mut server = accept(&server);
            for _ in 0..5 {
                client.write_all(b"ping").unwrap();
                read_exactly(&mut server, "ping");
                server.write_all(b"pong").unwrap();
                read_exactly(&mut client, "pong");
            }
            let connections = link.connections();
            assert!(!connections.is_empty());
            assert!(connections.iter().all(|it| it.bursts.len() <= 2), "{connections:?}");
        }
        assert_eq!(link.finish(), []);
    }
}

#[test]
fn an_unreachable_address_is_recorded_and_the_next_one_is_tried() {
    let (gone, gone_addr) = listener();
    drop(gone);
    let link = Link::to([gone_addr]).start().unwrap();
    assert!(matches!(connect(link.addr()).read(&mut [0]), Ok(0) | Err(_)));
    let connections = link.finish();
    assert!(connections[0].failure.is_some() && connections[0].counts().round_trips == 0);

    let (listener, addr) = listener();
    let link = Link::to([gone_addr, addr]).start().unwrap();
    let mut client = connect(link.addr());
    accept(&listener).write_all(b"220").unwrap();
    read_exactly(&mut client, "220");
    drop(client);
    assert_eq!(link.finish()[0].reached.map(|(addr, _)| addr), Some(addr));
}

/// Only lower bounds, so that a slow machine passes: bytes never arrive too early.
#[test]
fn each_byte_takes_half_a_round_trip() {
    const ROUND_TRIP: Duration = Duration::from_millis(60);
    let (listener, addr) = listener();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        socket.write_all(b"220 ready\r\n").unwrap();
        // Written one after another, they are in flight together.
        for _ in 0..10 {
            read_exactly(&mut socket, "NOOP\r\n");
        }
        socket.write_all(b"250 done\r\n").unwrap();
    });
    let link = Link::to([addr]).round_trip(ROUND_TRIP).start().unwrap();
    let began = Instant::now();
    let mut client = connect(link.addr());
    read_exactly(&mut client, "220 ready\r\n");
    assert!(began.elapsed() >= ROUND_TRIP * 2, "TCP and the greeting take one each");
    let began = Instant::now();
    for _ in 0..10 {
        client.write_all(b"NOOP\r\n").unwrap();
    }
    read_exactly(&mut client, "250 done\r\n");
    let took = began.elapsed();
    assert!(took >= ROUND_TRIP, "{took:?}");
    assert!(took < ROUND_TRIP * 10, "ten in a row take one round trip, not ten: {took:?}");
    server.join().unwrap();
    drop(client);
    let counts: LinkCounts = link.finish().iter().map(mailer_link::Connection::counts).sum();
    assert_eq!((counts.flights, counts.round_trips), (1, 3));
}

#[test]
fn the_bandwidth_is_not_exceeded() {
    const BYTES: usize = 100_000;
    const PER_SECOND: NonZeroU64 = NonZeroU64::new(1_000_000).unwrap();
    let (listener, addr) = listener();
    let sender = thread::spawn(move || accept(&listener).write_all(&vec![7; BYTES]).unwrap());
    let link = Link::to([addr]).bandwidth(PER_SECOND).start().unwrap();
    let began = Instant::now();
    let mut all = Vec::new();
    connect(link.addr()).read_to_end(&mut all).unwrap();
    let took = began.elapsed();
    assert_eq!(all.len(), BYTES);
    // Never too early. How late it may be depends on the machine.
    assert!(took >= Duration::from_millis(100), "{took:?}");
    sender.join().unwrap();
}

#[test]
fn an_endless_answer_is_cut_off() {
    let (listener, addr) = listener();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        // Until the link has closed the connection.
        while socket.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let limit = AnswerLimit { bytes: 100_000, time: Duration::MAX };
    let link = Link::to([addr]).limit_answers(limit).start().unwrap();
    let mut received = Vec::new();
    connect(link.addr()).read_to_end(&mut received).unwrap();
    server.join().unwrap();
    // At most one read of the link more than the limit.
    assert!((100_001..300_000).contains(&received.len()), "{} bytes", received.len());
    assert!(link.finish()[0].cut.is_some());
}
