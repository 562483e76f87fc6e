//! How long a protocol takes over a slow path: the link between a client and a server of this process.
//!
//! `cargo run -p mailer-link --example slow_path` runs it. The link knows no SMTP: any client and server do.

use std::{
    error::Error,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use mailer_link::Link;

/// Answers each line of one client, after a greeting.
fn serve(listener: &TcpListener) -> io::Result<()> {
    let (mut client, _) = listener.accept()?;
    client.write_all(b"hello\n")?;
    let mut byte = [0];
    while client.read(&mut byte)? > 0 {
        if byte == *b"\n" {
            client.write_all(b"ok\n")?;
        }
    }
    Ok(())
}

/// Sends this many lines, and waits for the answer to each.
fn talk(mut server: TcpStream, lines: usize) -> io::Result<()> {
    server.read_exact(&mut [0; 6])?;
    for _ in 0..lines {
        server.write_all(b"line\n")?;
        server.read_exact(&mut [0; 3])?;
    }
    Ok(())
}

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || serve(&listener));

    let link = Link::to(address).round_trip(Duration::from_millis(20)).start()?;
    let started = Instant::now();
    talk(TcpStream::connect(link.addr())?, 3)?;
    let time = started.elapsed();

    // TCP's handshake and the greeting take a round trip each, and so does each line.
    let counts =
        link.finish().iter().map(mailer_link::Connection::counts).sum::<mailer_link::LinkCounts>();
    assert_eq!((counts.round_trips, counts.flights, counts.bytes_out), (5, 3, 15));
    assert!(time >= Duration::from_millis(20) * 5, "{time:?}");
    server.join().map_err(|_| "the server panicked")??;
    Ok(())
}
