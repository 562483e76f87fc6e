//! The threads of the link: one accepts connections, and each connection has one per direction.
//!
//! The thread of a direction reads, records and writes. On a path with delay a direction has two
//! threads with a queue between them, so that many bytes can be in flight at once and each is delayed
//! by the same time.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{Direction, forward::forward, link_state::LinkState, socket_pair::SocketPair};

/// How long the link tries to connect to each address of the server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts connections until the link stops, and then waits until all of them have ended.
pub(crate) fn accept(listener: &TcpListener, state: &Arc<LinkState>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for client in listener.incoming() {
        if state.is_stopping() {
            break;
        }
        let Ok(client) = client else { continue };
        let index = state.begin();
        let of_connection = Arc::clone(state);
        // Registered before its thread starts, so that a thread that waits for all connections to end
        // cannot miss this one.
        let started = state.register(index, &client).and_then(|()| {
            thread::Builder::new().spawn(move || relay(&client, index, &of_connection))
        });
        match started {
            Ok(thread) => threads.push(thread),
            Err(_) => state.end(index),
        }
        threads.retain(|thread| !thread.is_finished());
    }
    for thread in threads {
        // A panic in the thread has already been reported.
        let _ = thread.join();
    }
}

/// Connects to the server and forwards bytes in both directions until both have ended.
fn relay(client: &TcpStream, index: usize, state: &LinkState) {
    let accepted = Instant::now();
    match connect(index, accepted, state) {
        Ok(server) => relay_between(client, &server, index, accepted, state),
        Err(cause) => {
            state.record(index, |connection| connection.failure = Some(cause.to_string()));
            // The registered clone of the socket would keep the connection open.
            let _ = client.shutdown(Shutdown::Both);
        }
    }
    state.end(index);
}

fn relay_between(
    client: &TcpStream,
    server: &TcpStream,
    index: usize,
    accepted: Instant,
    state: &LinkState,
) {
    let pair = SocketPair::new(state, index, client, server);
    // The client's connect succeeded at once, so the greeting is delayed by what TCP would have taken.
    let server_opens = accepted + state.path.round_trip * 3 / 2;
    thread::scope(|scope| {
        let from_server = || forward(&pair, Direction::In, server_opens);
        if thread::Builder::new().spawn_scoped(scope, from_server).is_ok() {
            forward(&pair, Direction::Out, accepted);
        }
    });
    pair.close();
}

/// Connects to the first address of the server that accepts.
fn connect(index: usize, accepted: Instant, state: &LinkState) -> io::Result<TcpStream> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in &state.addresses {
        match TcpStream::connect_timeout(address, CONNECT_TIMEOUT) {
            Ok(server) => {
                state.register(index, &server)?;
                // On a path with delay TCP's handshake takes a round trip.
                let at = Instant::now().max(accepted + state.path.round_trip);
                state.record(index, |connection| connection.reached = Some((*address, at)));
                return Ok(server);
            }
            Err(cause) => failure = cause,
        }
    }
    Err(failure)
}
