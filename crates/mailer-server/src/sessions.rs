//! The open sessions, so that a stopping server can end them.

use std::{
    collections::HashMap,
    net::{Shutdown, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long a stopping server waits for sessions to send 421 and end.
const GRACE: Duration = Duration::from_millis(500);

/// The open connections. Each session owns its socket, which closes when the session ends.
#[derive(Default)]
pub(crate) struct Sessions {
    /// The number of the latest session.
    latest: AtomicU64,
    sockets: Mutex<HashMap<u64, Weak<TcpStream>>>,
    one_ended: Condvar,
}

impl Sessions {
    /// Adds a session and returns its number, from 1 in order of connection.
    pub(crate) fn add(&self, socket: &Arc<TcpStream>) -> u64 {
        let id = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        self.lock().insert(id, Arc::downgrade(socket));
        id
    }

    /// Returns a guard that removes the session when it is dropped.
    pub(crate) fn listed(&self, id: u64) -> Listed<'_> {
        Listed { sessions: self, id }
    }

    pub(crate) fn remove(&self, id: u64) {
        self.lock().remove(&id);
        self.one_ended.notify_all();
    }

    /// Waits until all sessions have ended. Returns false after `timeout`.
    pub(crate) fn wait_for_none(&self, timeout: Duration) -> bool {
        let waited = self.one_ended.wait_timeout_while(self.lock(), timeout, |s| !s.is_empty());
        let (sockets, _) = waited.unwrap_or_else(PoisonError::into_inner);
        sockets.is_empty()
    }

    /// Ends all reads, so that sessions send 421, and cuts those that have not ended soon after.
    pub(crate) fn stop(&self) {
        shut(&self.lock(), Shutdown::Read);
        self.wait();
        self.cut();
    }

    /// Waits for a short time until all sessions have ended by themselves.
    pub(crate) fn wait(&self) {
        // The returned guard is not needed, and a panic cannot have corrupted the map.
        let _ = self.one_ended.wait_timeout_while(self.lock(), GRACE, |s| !s.is_empty());
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        shut(&self.lock(), Shutdown::Both);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Weak<TcpStream>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shut(sockets: &HashMap<u64, Weak<TcpStream>>, how: Shutdown) {
    for socket in sockets.values().filter_map(Weak::upgrade) {
        // This fails only if the connection is gone already.
        let _ = socket.shutdown(how);
    }
}

/// A listed session, which is removed however it ends.
pub(crate) struct Listed<'s> {
    sessions: &'s Sessions,
    id: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.sessions.remove(self.id);
    }
}
