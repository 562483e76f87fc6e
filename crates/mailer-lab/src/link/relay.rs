//! The threads of the link.
//!
//! One takes connections. Each connection has one per direction: a loop that reads, notes and
//! writes. Over a distance each direction has two, with a queue between them: many bytes can be on
//! their way at once, and each is delayed by as much.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{Connection, Direction};

/// How long the server's TCP may take, for each of its addresses.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes read at once: enough for any single write that SMTP clients make.
const BLOCK: usize = 64 * 1024;

/// Blocks that may be on their way in one direction: beyond that their sender is held up, as by a
/// window that is full.
const QUEUE: usize = 1024;

/// What all threads of a link share.
pub(super) struct Shared {
    targets: Vec<SocketAddr>,
    /// The time that a byte takes there and another one back.
    round_trip: Duration,
    state: Mutex<State>,
    /// Told when a connection has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    stopping: bool,
    connections: Vec<Connection>,
    /// The sockets of the connections that have not ended, by the connection's index.
    open: Vec<(usize, TcpStream)>,
}

impl Shared {
    pub(super) fn new(targets: Vec<SocketAddr>, round_trip: Duration) -> Self {
        Self { targets, round_trip, state: Mutex::default(), ended: Condvar::new() }
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        self.lock().connections.clone()
    }

    /// Waits until every connection has ended, or the time is over.
    pub(super) fn wait_for_the_end(&self, limit: Duration) {
        let state = self.lock();
        let waited = self.ended.wait_timeout_while(state, limit, |state| !state.open.is_empty());
        drop(waited);
    }

    /// Ends every connection, and lets no other begin.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        for (_, socket) in &state.open {
            // It may have been closed already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Notes a new connection and gives its index.
    fn begin(&self) -> usize {
        let mut state = self.lock();
        state.connections.push(Connection::new(Instant::now()));
        state.connections.len() - 1
    }

    /// Remembers a socket, so that [`Shared::stop`] finds it.
    fn keep(&self, index: usize, socket: &TcpStream) -> io::Result<()> {
        let socket = socket.try_clone()?;
        let mut state = self.lock();
        if state.stopping {
            socket.shutdown(Shutdown::Both)?;
        }
        state.open.push((index, socket));
        Ok(())
    }

    fn end(&self, index: usize) {
        self.lock().open.retain(|(of, _)| *of != index);
        self.ended.notify_all();
    }

    fn note(&self, index: usize, note: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.lock().connections.get_mut(index) {
            note(connection);
        }
    }

    /// Each change is made in one step, so what a thread that panicked left behind is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes connections until the link stops, and then waits for all of them to end.
pub(super) fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for client in listener.incoming() {
        if shared.is_stopping() {
            break;
        }
        let Ok(client) = client else { continue };
        let index = shared.begin();
        // Kept before its thread starts, so that who waits for the end cannot come too early.
        if shared.keep(index, &client).is_ok() {
            let theirs = Arc::clone(shared);
            match thread::Builder::new().spawn(move || connection(&client, index, &theirs)) {
                Ok(thread) => threads.push(thread),
                Err(_) => shared.end(index),
            }
        }
        threads.retain(|thread| !thread.is_finished());
    }
    for thread in threads {
        // A panic in it has been reported already, by the panic itself.
        let _ = thread.join();
    }
}

/// Reaches the server and passes bytes both ways, until both have ended.
fn connection(client: &TcpStream, index: usize, shared: &Shared) {
    let accepted = Instant::now();
    match reach(index, accepted, shared) {
        Ok(server) => {
            // Small writes are passed on as they come; what a client's own Nagle holds back is held
            // back before it gets here, and so stays visible.
            let _ = client.set_nodelay(true);
            let _ = server.set_nodelay(true);
            // The client's TCP was there at once; the greeting makes up for it.
            let earliest = accepted + shared.round_trip * 2;
            let inward = Way { direction: Direction::In, index, earliest, shared };
            let outward = Way { direction: Direction::Out, earliest: accepted, ..inward };
            thread::scope(|scope| {
                let back = || inward.pass(&server, client);
                if thread::Builder::new().spawn_scoped(scope, back).is_ok() {
                    outward.pass(client, &server);
                }
            });
        }
        Err(cause) => shared.note(index, |connection| connection.failure = Some(cause.to_string())),
    }
    // What is kept for stopping would hold the connection open.
    let _ = client.shutdown(Shutdown::Both);
    shared.end(index);
}

fn reach(index: usize, accepted: Instant, shared: &Shared) -> io::Result<TcpStream> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for target in &shared.targets {
        match TcpStream::connect_timeout(target, CONNECT_TIMEOUT) {
            Ok(server) => {
                shared.keep(index, &server)?;
                // Over a distance TCP takes a round trip.
                let at = Instant::now().max(accepted + shared.round_trip);
                let reached = Some((*target, at));
                shared.note(index, |connection| connection.reached = reached);
                return Ok(server);
            }
            Err(cause) => failure = cause,
        }
    }
    Err(failure)
}

/// One direction of a connection.
#[derive(Clone, Copy)]
struct Way<'a> {
    direction: Direction,
    index: usize,
    /// Nothing arrives before.
    earliest: Instant,
    shared: &'a Shared,
}

/// Bytes on their way: when they arrive, and what they are. None at the end.
type Late = (Instant, Vec<u8>);

impl Way<'_> {
    /// Passes bytes one way until their sender ends, and then passes on that it has.
    fn pass(self, from: &TcpStream, to: &TcpStream) {
        if self.shared.round_trip.is_zero() {
            self.read(from, |bytes| {
                self.note(bytes);
                self.write(bytes, to)
            });
        } else {
            let (sender, receiver) = mpsc::sync_channel(QUEUE);
            thread::scope(|scope| {
                let far_end = || self.arrive(receiver, to);
                if thread::Builder::new().spawn_scoped(scope, far_end).is_ok() {
                    self.depart(from, &sender);
                }
            });
        }
        let _ = to.shutdown(Shutdown::Write);
    }

    /// Sends what is read on its way, its end too.
    fn depart(self, from: &TcpStream, sender: &mpsc::SyncSender<Late>) {
        let send = |bytes: &[u8]| {
            let due = (Instant::now() + self.shared.round_trip / 2).max(self.earliest);
            sender.send((due, bytes.to_vec())).is_ok()
        };
        self.read(from, |bytes| {
            if self.direction == Direction::Out {
                self.note(bytes);
            }
            send(bytes)
        });
        send(&[]);
    }

    /// Writes what arrives, when it does.
    fn arrive(self, receiver: mpsc::Receiver<Late>, to: &TcpStream) {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if bytes.is_empty() {
                break;
            }
            if self.direction == Direction::In {
                self.note(&bytes);
            }
            if !self.write(&bytes, to) {
                break;
            }
        }
    }

    /// Gives every block that is read to `take`, until it wants no more or there is none.
    fn read(self, mut from: &TcpStream, take: impl Fn(&[u8]) -> bool) {
        let mut block = vec![0; BLOCK];
        loop {
            if self.direction == Direction::In {
                acknowledge_at_once(from);
            }
            let bytes = match from.read(&mut block) {
                Ok(0) | Err(_) => break,
                Ok(count) => block.get(..count).unwrap_or_default(),
            };
            if !take(bytes) {
                break;
            }
        }
    }

    /// Notes bytes where the client is: when they leave it, and when they come to it.
    fn note(self, bytes: &[u8]) {
        let at = Instant::now();
        let octets = bytes.len() as u64;
        self.shared.note(self.index, |connection| connection.record(at, self.direction, octets));
    }

    /// Whoever is not there to read this may still have said something: the other direction ends by
    /// itself.
    fn write(self, bytes: &[u8], mut to: &TcpStream) -> bool {
        to.write_all(bytes).is_ok()
    }
}

/// A server that writes twice with Nagle's algorithm on waits for the acknowledgement of its first
/// write. When that comes is the client's doing, which a relay that ends TCP cannot pass on: it
/// acknowledges at once, so that no client is charged for the relay's own delay.
#[cfg(target_os = "linux")]
fn acknowledge_at_once(socket: &TcpStream) {
    use std::os::linux::net::TcpStreamExt as _;
    // If it cannot be had, the delay is what it would have been.
    let _ = socket.set_quickack(true);
}

/// Other systems have no such option.
#[cfg(not(target_os = "linux"))]
fn acknowledge_at_once(_: &TcpStream) {}
