//! The open sessions, so that they can be ended from outside.

use std::{
    collections::HashMap,
    net::{Shutdown, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

/// How long sessions have to come to an end, and to say 421, when the server is stopped.
const GRACE: Duration = Duration::from_millis(500);

/// The connections that are open. Each session owns its socket, so that it closes when it ends.
#[derive(Default)]
pub(crate) struct Sessions {
    sockets: Mutex<HashMap<u64, Weak<TcpStream>>>,
    one_ended: Condvar,
}

impl Sessions {
    pub(crate) fn add(&self, id: u64, socket: &Arc<TcpStream>) {
        self.lock().insert(id, Arc::downgrade(socket));
    }

    /// Takes a session off the list once the guard is dropped.
    pub(crate) fn listed(&self, id: u64) -> Listed<'_> {
        Listed { sessions: self, id }
    }

    pub(crate) fn remove(&self, id: u64) {
        self.lock().remove(&id);
        self.one_ended.notify_all();
    }

    /// Whether all have ended before `timeout` is over.
    pub(crate) fn wait_for_none(&self, timeout: Duration) -> bool {
        let waited = self.one_ended.wait_timeout_while(self.lock(), timeout, |s| !s.is_empty());
        let (sockets, _) = waited.unwrap_or_else(PoisonError::into_inner);
        sockets.is_empty()
    }

    /// Ends all reading, so that sessions can say 421, and after a while everything.
    pub(crate) fn stop(&self) {
        shut(&self.lock(), Shutdown::Read);
        self.wait();
        self.cut();
    }

    /// Waits for a while until all sessions have come to an end by themselves.
    pub(crate) fn wait(&self) {
        // The guard holds nothing that is needed any more, or that a panic could have spoilt.
        let _ = self.one_ended.wait_timeout_while(self.lock(), GRACE, |s| !s.is_empty());
    }

    /// Ends everything.
    pub(crate) fn cut(&self) {
        shut(&self.lock(), Shutdown::Both);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Weak<TcpStream>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shut(sockets: &HashMap<u64, Weak<TcpStream>>, how: Shutdown) {
    for socket in sockets.values().filter_map(Weak::upgrade) {
        // It fails only if the connection is gone already.
        let _ = socket.shutdown(how);
    }
}

/// A session in the list, taken off however it ends.
pub(crate) struct Listed<'s> {
    sessions: &'s Sessions,
    id: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.sessions.remove(self.id);
    }
}
