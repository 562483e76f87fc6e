//! Connections on the way in: one thread that accepts, one for each session.

use std::{
    io,
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

/// Listens, and tells where.
pub(crate) fn listen(addr: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |e: io::Error| StartError::Listen(addr, e);
    let listener = TcpListener::bind(addr).map_err(refused)?;
    let addr = listener.local_addr().map_err(refused)?;
    Ok((listener, addr))
}

/// Accepts until the stop, then waits for all sessions, which the scope joins.
pub(crate) fn accept(
    listener: &TcpListener,
    stop: &Stop,
    sessions: &Sessions,
    serve: impl Fn(u64, Arc<TcpStream>) + Sync,
) {
    let serve = &serve;
    thread::scope(|scope| {
        for id in 1.. {
            let accepted = listener.accept();
            if stop.is_set() {
                return;
            }
            let Ok((socket, _)) = accepted else {
                stop.sleep(REST);
                continue;
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
            if spawned.is_err() {
                sessions.remove(id);
                stop.sleep(REST);
            }
        }
    });
}

/// Ends the accept thread's waiting by a connection of its own.
pub(crate) fn wake(addr: SocketAddr) {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    // It fails only if the listener is no longer waiting, or its queue is full and it wakes anyway.
    let _ = TcpStream::connect_timeout(&SocketAddr::new(ip, addr.port()), WAKE);
}
