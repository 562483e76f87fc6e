//! From a host name to a TCP connection.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use mailer::{Error, Server};

/// Connects to the first address of the server that answers, before the deadline.
pub(crate) fn connect(server: &Server, deadline: Instant) -> Result<TcpStream, Error> {
    let addresses = resolve(server, deadline)?;
    let mut failure = None;
    for (index, address) in addresses.iter().enumerate() {
        // An address that never answers must not use up the time of the others.
        let share = remaining(deadline) / u32::try_from(addresses.len() - index).unwrap_or(1);
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(socket) => return Ok(socket),
            Err(error) => failure = Some(error),
        }
    }
    let cause = failure.unwrap_or_else(|| io::ErrorKind::TimedOut.into());
    Err(Error::not_connected(server, &cause).with_cause(cause))
}

fn resolve(server: &Server, deadline: Instant) -> Result<Vec<SocketAddr>, Error> {
    if let Some(address) = server.connect_to {
        return Ok(vec![address]);
    }
    if let Ok(ip) = server.host.as_str().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, server.port)]);
    }
    // The resolver takes no deadline, so it works on a thread that is given up if it is late.
    let (sender, receiver) = mpsc::channel();
    let target = (server.host.to_string(), server.port);
    let resolve = move || {
        let found = target.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // If it is late, the receiver is gone.
        let _ = sender.send(found);
    };
    thread::Builder::new()
        .name("resolver".into())
        .spawn(resolve)
        .map_err(|cause| Error::no_thread("to resolve the server's name", cause))?;
    match receiver.recv_timeout(remaining(deadline)) {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        Ok(Ok(_)) => Err(Error::not_resolved(server)),
        Ok(Err(cause)) => Err(Error::not_resolved(server).with_cause(cause)),
        Err(_) => {
            Err(Error::not_resolved(server).with_cause(io::Error::from(io::ErrorKind::TimedOut)))
        }
    }
}

fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
