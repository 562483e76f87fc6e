//! Connections on the way in: one thread that accepts, one for each session.

use std::{
    cell::Cell,
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use crate::{error::StartError, sessions::Sessions, stop::Stop};

/// How long the accept thread may take to be woken.
const WAKE: Duration = Duration::from_millis(500);

/// How long the accept thread rests after an error (no file descriptor left, for instance).
const REST: Duration = Duration::from_millis(50);

/// Listens, and returns where.
///
/// In a sandbox without network the loopback may be down: a socket can listen there, and no client
/// ever reaches it.
pub(crate) fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |e: io::Error| StartError::Listen(addr, e);
    let listener = TcpListener::bind(addr).map_err(refused)?;
    let addr = listener.local_addr().map_err(refused)?;
    if addr.ip().is_loopback() {
        reach(addr.ip()).map_err(|e| StartError::Unreachable(addr, e))?;
    }
    Ok((listener, addr))
}

/// Whether a client on this machine can connect to this address. This is tried with a listener of
/// its own, so that no client is counted at the server's.
fn reach(ip: IpAddr) -> io::Result<()> {
    let listener = TcpListener::bind((ip, 0))?;
    TcpStream::connect_timeout(&listener.local_addr()?, WAKE).map(drop)
}

/// Accepts until the stop, then waits for all sessions, which the scope joins.
///
/// `failed` is called when connections cannot be accepted or served any more, once until one can be.
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
        stop.sleep(REST);
    };
    thread::scope(|scope| {
        for id in 1.. {
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
            sessions.add(id, &socket);
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

/// Ends the accept thread's waiting by a connection of its own. Returns whether the thread can be
/// waited for.
pub(crate) fn wake(addr: SocketAddr) -> bool {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    match TcpStream::connect_timeout(&SocketAddr::new(ip, addr.port()), WAKE) {
        Ok(_) => true,
        // The listener is no longer waiting, or its queue is full and it wakes anyway. With any other
        // error (no network, no file descriptor) it might wait for ever.
        Err(cause) => matches!(cause.kind(), ErrorKind::ConnectionRefused | ErrorKind::TimedOut),
    }
}
