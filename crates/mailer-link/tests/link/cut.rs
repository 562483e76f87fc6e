//! A cut link: the receiver can read what was forwarded before and nothing else, and both ends see the
//! kind of the cut.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use mailer_link::{Cut, CutKind, Direction, Link};

use crate::relay::{accept, connect, listener};

/// How long an end waits before it concludes that nothing arrives.
const SILENCE: Duration = Duration::from_millis(100);

const ROUND_TRIPS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(4)];

const FROM_CLIENT: &str = "bytes of the client";
const FROM_SERVER: &str = "bytes of the server";

/// What one end received until its connection ended, and the error with which it ended.
type Received = (String, Option<ErrorKind>);

/// Writes some bytes and reads until the connection ends.
fn talk(socket: &mut TcpStream, words: &str, kind: CutKind) -> Received {
    if kind == CutKind::Silence {
        socket.set_read_timeout(Some(SILENCE)).unwrap();
    }
    let write = socket.write_all(words.as_bytes());
    let mut all = Vec::new();
    let read = socket.read_to_end(&mut all);
    // A failed write comes first, since the write came first.
    let end = write.err().or(read.err()).map(|cause| cause.kind());
    (String::from_utf8(all).unwrap(), end)
}

/// What client and server receive from each other over a cut link, and the number of bytes that the
/// link recorded before the cut, in its direction.
fn exchange(cut: Cut, round_trip: Duration) -> (Received, Received, u64) {
    let (listener, addr) = listener();
    let link = Link::to([addr]).round_trip(round_trip).cut(cut).start().unwrap();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        (talk(&mut socket, FROM_SERVER, cut.kind), socket)
    });
    let mut client = connect(link.addr());
    let of_client = talk(&mut client, FROM_CLIENT, cut.kind);
    let (of_server, socket) = server.join().unwrap();
    drop((client, socket));
    let connections = link.finish();
    assert!(connections[0].cut.is_some());
    (of_client, of_server, connections[0].bytes(cut.direction))
}

#[test]
fn exactly_the_bytes_before_the_cut_arrive() {
    for kind in [CutKind::Close, CutKind::Reset, CutKind::Silence] {
        for (direction, after) in
            [(Direction::Out, 0), (Direction::Out, 7), (Direction::In, 0), (Direction::In, 7)]
        {
            let cut = Cut::after(after, direction, kind);
            for round_trip in ROUND_TRIPS {
                let (of_client, of_server, passed) = exchange(cut, round_trip);
                let bytes = usize::try_from(after).unwrap();
                let (cut_one, words, other, other_words) = match direction {
                    Direction::Out => (&of_server, FROM_CLIENT, &of_client, FROM_SERVER),
                    Direction::In => (&of_client, FROM_SERVER, &of_server, FROM_CLIENT),
                };
                assert_eq!(cut_one.0, words[..bytes], "{cut:?} {round_trip:?}");
                assert!(other_words.starts_with(&other.0), "{cut:?} {round_trip:?}: {other:?}");
                // On a path with delay the client's bytes had left it by the time of the cut.
                if round_trip.is_zero() || direction == Direction::In {
                    assert_eq!(passed, after, "{cut:?} {round_trip:?}");
                }
            }
        }
    }
}

#[test]
fn both_ends_see_the_kind_of_the_cut() {
    for (kind, expected) in [
        (CutKind::Close, None),
        (CutKind::Reset, Some(ErrorKind::ConnectionReset)),
        (CutKind::Silence, Some(ErrorKind::WouldBlock)),
    ] {
        for round_trip in ROUND_TRIPS {
            let (of_client, of_server, _) =
                exchange(Cut::after(7, Direction::Out, kind), round_trip);
            assert_eq!((of_client.1, of_server.1), (expected, expected), "{kind:?} {round_trip:?}");
        }
    }
}

#[test]
fn other_connections_are_not_cut() {
    let (listener, addr) = listener();
    let cut = Cut { connection: 1, ..Cut::after(0, Direction::In, CutKind::Close) };
    let link = Link::to([addr]).cut(cut).start().unwrap();
    let server = thread::spawn(move || {
        for _ in 0..3 {
            let _ = accept(&listener).write_all(FROM_SERVER.as_bytes());
        }
    });
    let received = [0; 3].map(|_| talk(&mut connect(link.addr()), "", CutKind::Close).0);
    assert_eq!(received, [FROM_SERVER, "", FROM_SERVER]);
    server.join().unwrap();
}

/// The other direction is blocked, because its receiver does not read.
#[test]
fn a_receiver_that_does_not_read_does_not_delay_a_cut() {
    const MUCH: usize = 32 << 20;
    let (listener, addr) = listener();
    let cut = Cut::after(7, Direction::In, CutKind::Reset);
    let link = Link::to([addr]).cut(cut).start().unwrap();
    let mut client = connect(link.addr());
    let server = accept(&listener);
    let mut blocked = client.try_clone().unwrap();
    let sender = thread::spawn(move || blocked.write_all(&vec![7; MUCH]).is_err());
    (&server).write_all(FROM_SERVER.as_bytes()).unwrap();
    let mut all = Vec::new();
    let _ = client.read_to_end(&mut all);
    assert_eq!(all, FROM_SERVER.as_bytes()[..7]);
    assert!(sender.join().unwrap(), "the client's connection is reset");
}

#[test]
fn a_restart_ends_open_connections_and_counts_from_zero() {
    let (listener, addr) = listener();
    let cut = |bytes| Cut::after(bytes, Direction::In, CutKind::Silence);
    let link = Link::to([addr]).cut(cut(7)).start().unwrap();
    for (bytes, next) in [(7, cut(3)), (3, cut(0))] {
        let mut client = connect(link.addr());
        let server = accept(&listener);
        (&server).write_all(FROM_SERVER.as_bytes()).unwrap();
        let (received, _) = talk(&mut client, "", CutKind::Silence);
        assert_eq!(received, FROM_SERVER[..bytes]);
        let connections = link.restart(next);
        assert_eq!((connections.len(), connections[0].counts().bytes_in), (1, bytes as u64));
        assert!(link.connections().is_empty());
        assert_eq!(client.read(&mut [0]).unwrap(), 0, "the silent connection ends now");
    }
}
