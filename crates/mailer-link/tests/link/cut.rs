//! A link that is cut: what was passed on before can be read and nothing else, and both ends see
//! what they are to see.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

use mailer_link::{Cut, Direction, How, Link};

use crate::relay::{accept, connect, listener};

/// How long an end waits that is to get nothing: something would have come.
const A_WHILE: Duration = Duration::from_millis(100);

const DISTANCES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(4)];

const FROM_CLIENT: &str = "said by the client";
const FROM_SERVER: &str = "said by the server";

/// What one end got until its connection ended, and how it ended.
type Got = (String, Option<ErrorKind>);

/// Says something and reads until there is no more.
fn talk(socket: &mut TcpStream, words: &str, how: How) -> Got {
    if how == How::Silence {
        socket.set_read_timeout(Some(A_WHILE)).unwrap();
    }
    let write = socket.write_all(words.as_bytes());
    let mut all = Vec::new();
    let read = socket.read_to_end(&mut all);
    // Whoever writes first is told first.
    let end = write.err().or(read.err()).map(|cause| cause.kind());
    (String::from_utf8(all).unwrap(), end)
}

/// What client and server get of each other over a link that is cut, and how many octets the link
/// says that it passed before, in the direction of the cut.
fn exchange(cut: Cut, round_trip: Duration) -> (Got, Got, u64) {
    let (listener, addr) = listener();
    let link = Link::to([addr]).round_trip(round_trip).cut(cut).start().unwrap();
    let server = thread::spawn(move || {
        let mut socket = accept(&listener);
        (talk(&mut socket, FROM_SERVER, cut.how), socket)
    });
    let mut client = connect(link.addr());
    let of_client = talk(&mut client, FROM_CLIENT, cut.how);
    let (of_server, socket) = server.join().unwrap();
    drop((client, socket));
    let connections = link.finish();
    assert!(connections[0].cut.is_some());
    (of_client, of_server, connections[0].bytes(cut.direction))
}

#[test]
fn exactly_so_many_octets_arrive() {
    for how in [How::Close, How::Reset, How::Silence] {
        for (direction, after) in
            [(Direction::Out, 0), (Direction::Out, 7), (Direction::In, 0), (Direction::In, 7)]
        {
            let cut = Cut::after(after, direction, how);
            for distance in DISTANCES {
                let (of_client, of_server, passed) = exchange(cut, distance);
                let octets = usize::try_from(after).unwrap();
                let (cut_one, words, other, other_words) = match direction {
                    Direction::Out => (&of_server, FROM_CLIENT, &of_client, FROM_SERVER),
                    Direction::In => (&of_client, FROM_SERVER, &of_server, FROM_CLIENT),
                };
                assert_eq!(cut_one.0, words[..octets], "{cut:?} {distance:?}");
                assert!(other_words.starts_with(&other.0), "{cut:?} {distance:?}: {other:?}");
                // Over a distance, what the client said has left it all the same.
                if distance.is_zero() || direction == Direction::In {
                    assert_eq!(passed, after, "{cut:?} {distance:?}");
                }
            }
        }
    }
}

#[test]
fn both_ends_see_how() {
    for (how, wanted) in [
        (How::Close, None),
        (How::Reset, Some(ErrorKind::ConnectionReset)),
        (How::Silence, Some(ErrorKind::WouldBlock)),
    ] {
        for distance in DISTANCES {
            let (of_client, of_server, _) = exchange(Cut::after(7, Direction::Out, how), distance);
            assert_eq!((of_client.1, of_server.1), (wanted, wanted), "{how:?} {distance:?}");
        }
    }
}

#[test]
fn another_connection_passes_untouched() {
    let (listener, addr) = listener();
    let cut = Cut { connection: 1, ..Cut::after(0, Direction::In, How::Close) };
    let link = Link::to([addr]).cut(cut).start().unwrap();
    let server = thread::spawn(move || {
        for _ in 0..3 {
            let _ = accept(&listener).write_all(FROM_SERVER.as_bytes());
        }
    });
    let got = [0; 3].map(|_| talk(&mut connect(link.addr()), "", How::Close).0);
    assert_eq!(got, [FROM_SERVER, "", FROM_SERVER]);
    server.join().unwrap();
}

/// The other direction is stuck, because nobody reads there.
#[test]
fn a_receiver_that_does_not_read_keeps_no_cut_from_being_made() {
    const MUCH: usize = 32 << 20;
    let (listener, addr) = listener();
    let cut = Cut::after(7, Direction::In, How::Reset);
    let link = Link::to([addr]).cut(cut).start().unwrap();
    let mut client = connect(link.addr());
    let server = accept(&listener);
    let mut stuck = client.try_clone().unwrap();
    let sender = thread::spawn(move || stuck.write_all(&vec![7; MUCH]).is_err());
    (&server).write_all(FROM_SERVER.as_bytes()).unwrap();
    let mut all = Vec::new();
    let _ = client.read_to_end(&mut all);
    assert_eq!(all, FROM_SERVER.as_bytes()[..7]);
    assert!(sender.join().unwrap(), "its connection was reset");
}

#[test]
fn a_restart_ends_what_is_open_and_counts_anew() {
    let (listener, addr) = listener();
    let cut = |octets| Cut::after(octets, Direction::In, How::Silence);
    let link = Link::to([addr]).cut(cut(7)).start().unwrap();
    for (octets, next) in [(7, cut(3)), (3, cut(0))] {
        let mut client = connect(link.addr());
        let server = accept(&listener);
        (&server).write_all(FROM_SERVER.as_bytes()).unwrap();
        let (got, _) = talk(&mut client, "", How::Silence);
        assert_eq!(got, FROM_SERVER[..octets]);
        let connections = link.restart(next);
        assert_eq!((connections.len(), connections[0].counts().bytes_in), (1, octets as u64));
        assert!(link.connections().is_empty());
        assert_eq!(client.read(&mut [0]).unwrap(), 0, "its end comes now");
    }
}
