//! The threads of the link.
//!
//! One takes connections. Each connection has one per direction: a loop that reads, notes and
//! writes. Over a distance each direction has two, with a queue between them: many octets can be on
//! their way at once, and each is delayed by as much.

use std::{
    io, mem,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{AnswerLimit, Builder, Connection, Cut, Direction, Path, line::Line, way};

/// How long the server's TCP may take, for each of its addresses.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What all threads of a link share.
pub(super) struct Shared {
    targets: Vec<SocketAddr>,
    pub(super) path: Path,
    /// What the client sends is acknowledged at once, over no distance.
    pub(super) acknowledge_at_once: bool,
    pub(super) limit: AnswerLimit,
    state: Mutex<State>,
    /// Told when a connection has ended, and when all are to end.
    changed: Condvar,
    /// Told when something has passed over a distance, and when all are to end.
    noted: Condvar,
}

#[derive(Default)]
struct State {
    /// No connection may begin any more.
    stopping: bool,
    /// All connections are to end.
    ending: bool,
    cut: Option<Cut>,
    connections: Vec<Connection>,
    /// How many have not ended, those that are kept in silence among them.
    active: usize,
    /// The sockets of those that may end by themselves, by the connection's index.
    open: Vec<(usize, TcpStream)>,
}

impl Shared {
    pub(super) fn new(link: Builder) -> Self {
        let Builder { targets, path, cut, acknowledge_at_once, limit } = link;
        let state = Mutex::new(State { cut, ..State::default() });
        let (changed, noted) = (Condvar::new(), Condvar::new());
        Self { targets, path, acknowledge_at_once, limit, state, changed, noted }
    }

    pub(super) fn connections(&self) -> Vec<Connection> {
        self.lock().connections.clone()
    }

    /// Waits until every connection has ended, or the time is over.
    pub(super) fn wait_for_the_end(&self, limit: Duration) {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, limit, |state| !state.open.is_empty());
        drop(waited);
    }

    /// Ends every connection, and lets no other begin.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.stopping = true;
        self.end_all(&mut state);
    }

    /// Ends every connection, and forgets them once they are over.
    pub(super) fn restart(&self, cut: Option<Cut>) -> Vec<Connection> {
        let mut state = self.lock();
        self.end_all(&mut state);
        let ended = self.changed.wait_while(state, |state| state.active > 0);
        let mut state = ended.unwrap_or_else(PoisonError::into_inner);
        state.ending = state.stopping;
        state.cut = cut;
        mem::take(&mut state.connections)
    }

    fn end_all(&self, state: &mut State) {
        state.ending = true;
        for (_, socket) in &state.open {
            // It may have been closed already.
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
        self.noted.notify_all();
    }

    /// Waits until all are to end. Nobody who waits for connections to end by themselves waits for
    /// this one.
    pub(super) fn hold(&self, index: usize) {
        let mut state = self.lock();
        state.open.retain(|(of, _)| *of != index);
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| !state.ending));
    }

    /// How this connection is to be cut, if it is.
    pub(super) fn cut_of(&self, index: usize) -> Option<Cut> {
        self.lock().cut.filter(|cut| cut.connection == index)
    }

    fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Notes a new connection and gives its index.
    fn begin(&self) -> usize {
        let mut state = self.lock();
        state.active += 1;
        state.connections.push(Connection::new(Instant::now()));
        state.connections.len() - 1
    }

    /// Remembers a socket, so that it can be ended from outside.
    fn keep(&self, index: usize, socket: &TcpStream) -> io::Result<()> {
        let socket = socket.try_clone()?;
        let mut state = self.lock();
        if state.ending {
            socket.shutdown(Shutdown::Both)?;
        }
        state.open.push((index, socket));
        Ok(())
    }

    fn end(&self, index: usize) {
        let mut state = self.lock();
        state.open.retain(|(of, _)| *of != index);
        state.active -= 1;
        self.changed.notify_all();
    }

    pub(super) fn note(&self, index: usize, note: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.lock().connections.get_mut(index) {
            note(connection);
        }
        if !self.path.is_direct() {
            self.noted.notify_all();
        }
    }

    pub(super) fn look<T>(&self, index: usize, look: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.lock().connections.get(index).map(look)
    }

    /// Waits until then, or until the client of this connection has heard something after `since`, or
    /// nothing more is to be heard: whether it has heard something.
    pub(super) fn wait_for_answer(&self, index: usize, since: Instant, until: Instant) -> bool {
        let mut state = self.lock();
        loop {
            let last = state.connections.get(index).and_then(|connection| connection.bursts.last());
            if last.is_some_and(|last| last.direction == Direction::In && last.last >= since) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ending {
                return false;
            }
            let waited = self.noted.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
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
        let theirs = Arc::clone(shared);
        // Kept before its thread starts, so that who waits for the end cannot come too early.
        let started = shared.keep(index, &client).and_then(|()| {
            thread::Builder::new().spawn(move || connection(&client, index, &theirs))
        });
        match started {
            Ok(thread) => threads.push(thread),
            Err(_) => shared.end(index),
        }
        threads.retain(|thread| !thread.is_finished());
    }
    for thread in threads {
        // A panic in it has been reported already, by the panic itself.
        let _ = thread.join();
    }
}

/// Reaches the server and passes octets both ways, until both have ended.
fn connection(client: &TcpStream, index: usize, shared: &Shared) {
    let accepted = Instant::now();
    match reach(index, accepted, shared) {
        Ok(server) => {
            let line = Line::new(shared, index, client, &server);
            // The client's TCP was there at once; the greeting makes up for it.
            let open = accepted + shared.path.round_trip * 3 / 2;
            thread::scope(|scope| {
                let back = || way::pass(&line, Direction::In, open);
                if thread::Builder::new().spawn_scoped(scope, back).is_ok() {
                    way::pass(&line, Direction::Out, accepted);
                }
            });
            line.rest();
        }
        Err(cause) => {
            shared.note(index, |connection| connection.failure = Some(cause.to_string()));
            // What is kept for stopping would hold the connection open.
            let _ = client.shutdown(Shutdown::Both);
        }
    }
    shared.end(index);
}

fn reach(index: usize, accepted: Instant, shared: &Shared) -> io::Result<TcpStream> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for target in &shared.targets {
        match TcpStream::connect_timeout(target, CONNECT_TIMEOUT) {
            Ok(server) => {
                shared.keep(index, &server)?;
                // Over a distance TCP takes a round trip.
                let at = Instant::now().max(accepted + shared.path.round_trip);
                let reached = Some((*target, at));
                shared.note(index, |connection| connection.reached = reached);
                return Ok(server);
            }
            Err(cause) => failure = cause,
        }
    }
    Err(failure)
}
