//! Accepts connections: one thread listens, and each session has a thread of its own.

use std::{
    cell::Cell,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use crate::{error::StartError, sessions::Sessions, stop::Stop, url};

/// How long [`wake`] waits for its connection.
const WAKE: Duration = Duration::from_millis(500);

/// How long the accept thread pauses after an error, for instance when no file descriptor is left.
const PAUSE: Duration = Duration::from_millis(50);

/// Listens on an address, and returns the listener with its real address.
///
/// In a sandbox without network the loopback interface may be down. A socket can listen there, but
/// no client ever reaches it, so the address is tried first.
///
/// # Errors
/// If the address is in use or not available, or no client can reach it.
pub(crate) fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |e: io::Error| StartError::Listen(addr, e);
    let listener = TcpListener::bind(addr).map_err(refused)?;
    let addr = listener.local_addr().map_err(refused)?;
    if addr.ip().is_loopback() {
        reach(addr.ip()).map_err(|e| StartError::Unreachable(addr, e))?;
    }
    Ok((listener, addr))
}

/// Checks that a client on this machine can connect to this address. The check uses a listener of
/// its own, so that the server's listener does not count a client.
fn reach(ip: IpAddr) -> io::Result<()> {
    let listener = TcpListener::bind((ip, 0))?;
    TcpStream::connect_timeout(&listener.local_addr()?, WAKE).map(drop)
}

/// Accepts connections until the server is stopped, then waits for all sessions: the scope joins
/// their threads.
///
/// Calls `failed` when a connection cannot be accepted or served, once until one can be again.
pub(crate) fn accept(
    listener: &TcpListener,
    stop: &Stop,
    sessions: &Sessions,
    failed: impl Fn(&io::Error),
    serve: impl Fn(u64, Arc<TcpStream>) + Sync,
) {
    let serve = &serve;
    let failing = Cell::new(false);
    let fail = |cause: &io::Error| {
        if !failing.replace(true) {
            failed(cause);
        }
        stop.sleep(PAUSE);
    };
    thread::scope(|scope| {
        loop {
            let accepted = listener.accept();
            if stop.is_set() {
                return;
            }
            let socket = match accepted {
                Ok((socket, _)) => socket,
                Err(cause) => {
                    fail(&cause);
                    continue;
                }
            };
            let socket = Arc::new(socket);
            let id = sessions.add(&socket);
            let spawned = thread::Builder::new().name(format!("smtp session {id}")).spawn_scoped(
                scope,
                move || {
                    let _listed = sessions.listed(id);
                    serve(id, socket);
                },
            );
            match spawned {
                Ok(_) => failing.set(false),
                Err(cause) => {
                    sessions.remove(id);
                    fail(&cause);
                }
            }
        }
    });
}

/// Wakes the accept thread with a connection. Returns whether the thread can be joined.
pub(crate) fn wake(addr: SocketAddr) -> bool {
    match TcpStream::connect_timeout(&url::reachable(addr), WAKE) {
        Ok(_) => true,
        // The listener is closed, or its queue is full and the thread wakes anyway. After any other
        // error (no network, no file descriptor) the thread might wait forever.
        Err(cause) => matches!(cause.kind(), ErrorKind::ConnectionRefused | ErrorKind::TimedOut),
    }
}
