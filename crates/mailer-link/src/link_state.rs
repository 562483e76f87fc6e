//! The state that all threads of a link share: its settings, its connections, and how they end.

use std::{
    collections::BTreeMap,
    io, mem,
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{AnswerLimit, Builder, Connection, Cut, Direction, Path};

/// The settings of a running link, and its connections.
pub(crate) struct LinkState {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) path: Path,
    /// Acknowledge the client's bytes at once on a path without delay.
    pub(crate) acknowledge_at_once: bool,
    /// Whether the client's system may delay acknowledgements.
    pub(crate) client_delays_acks: bool,
    pub(crate) limit: AnswerLimit,
    pub(crate) keeps_packets: bool,
    keeps_records: bool,
    connections: Mutex<Connections>,
    /// Notified when a connection has ended, and when all connections have to end.
    ended: Condvar,
    /// Notified when bytes are recorded on a path with delay, and when all connections have to end.
    recorded: Condvar,
}

#[derive(Default)]
struct Connections {
    /// The link accepts no more connections.
    is_stopping: bool,
    /// All connections have to end.
    are_ending: bool,
    cut: Option<Cut>,
    /// The records by the connection's index.
    records: BTreeMap<usize, Connection>,
    /// The index of the next connection.
    next: usize,
    /// The number of connections that have not ended, including silent ones.
    active: usize,
    /// The sockets of the connections that may end by themselves, with the connection's index.
    open: Vec<(usize, TcpStream)>,
}

impl LinkState {
    /// Resolves the server's name.
    pub(crate) fn new(settings: Builder) -> io::Result<Self> {
        let Builder { target, path, cut, acknowledge_at_once, client_delays_acks, .. } = settings;
        let Builder { limit, keeps_packets, keeps_records, .. } = settings;
        Ok(Self {
            addresses: target.resolve()?,
            path,
            acknowledge_at_once,
            client_delays_acks,
            limit,
            keeps_packets,
            keeps_records,
            connections: Mutex::new(Connections { cut, ..Connections::default() }),
            ended: Condvar::new(),
            recorded: Condvar::new(),
        })
    }

    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.lock().records.values().cloned().collect()
    }

    /// Waits until every connection has ended, up to this time.
    pub(crate) fn wait_until_closed(&self, limit: Duration) {
        let guard = self.lock();
        let waited = self.ended.wait_timeout_while(guard, limit, |state| !state.open.is_empty());
        drop(waited);
    }

    /// Ends every connection and accepts no more.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopping = true;
        self.end_all(&mut state);
    }

    /// Ends every connection, waits for that, and returns and forgets their records.
    pub(crate) fn restart(&self, cut: Option<Cut>) -> Vec<Connection> {
        let mut state = self.lock();
        self.end_all(&mut state);
        let ended = self.ended.wait_while(state, |state| state.active > 0);
        let mut state = ended.unwrap_or_else(PoisonError::into_inner);
        state.are_ending = state.is_stopping;
        state.cut = cut;
        state.next = 0;
        mem::take(&mut state.records).into_values().collect()
    }

    fn end_all(&self, state: &mut Connections) {
        state.are_ending = true;
        for (_, socket) in &state.open {
            // The socket may be closed already.
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.ended.notify_all();
        self.recorded.notify_all();
    }

    /// Keeps a silent connection until all connections have to end. [`LinkState::wait_until_closed`]
    /// does not wait for it.
    pub(crate) fn stay_silent(&self, index: usize) {
        let mut state = self.lock();
        state.open.retain(|(of, _)| *of != index);
        self.ended.notify_all();
        drop(self.ended.wait_while(state, |state| !state.are_ending));
    }

    /// The cut of this connection, if it is the one to cut.
    pub(crate) fn cut_of(&self, index: usize) -> Option<Cut> {
        self.lock().cut.filter(|cut| cut.connection == index)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.lock().is_stopping
    }

    /// Adds the record of a new connection and returns its index.
    pub(crate) fn begin(&self) -> usize {
        let mut state = self.lock();
        state.active += 1;
        let index = state.next;
        state.next += 1;
        state.records.insert(index, Connection::new(Instant::now()));
        index
    }

    /// Registers a socket of a connection, so that another thread can shut it down.
    pub(crate) fn register(&self, index: usize, socket: &TcpStream) -> io::Result<()> {
        let socket = socket.try_clone()?;
        let mut state = self.lock();
        if state.are_ending {
            socket.shutdown(Shutdown::Both)?;
        }
        state.open.push((index, socket));
        Ok(())
    }

    /// Notes that a connection has ended.
    pub(crate) fn end(&self, index: usize) {
        let mut state = self.lock();
        state.open.retain(|(of, _)| *of != index);
        state.active -= 1;
        if !self.keeps_records {
            state.records.remove(&index);
        }
        self.ended.notify_all();
    }

    /// Changes the record of a connection.
    pub(crate) fn record(&self, index: usize, change: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.lock().records.get_mut(&index) {
            change(connection);
            if !self.keeps_records {
                connection.forget();
            }
        }
        if !self.path.is_direct() {
            self.recorded.notify_all();
        }
    }

    /// Reads the record of a connection.
    pub(crate) fn read<T>(&self, index: usize, read: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.lock().records.get(&index).map(read)
    }

    /// Waits until the sender of this direction has received bytes after `since`, and returns true; or
    /// until `until`, or until all connections have to end, and returns false.
    pub(crate) fn wait_for_answer(
        &self,
        index: usize,
        direction: Direction,
        since: Instant,
        until: Instant,
    ) -> bool {
        let mut state = self.lock();
        loop {
            let record = state.records.get(&index);
            let last = record.and_then(|connection| connection.bursts_at_sender(direction).last());
            if last.is_some_and(|last| last.direction != direction && last.last >= since) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.are_ending {
                return false;
            }
            let waited = self.recorded.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Every change is one step, so the state is consistent even after a thread panicked.
    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
