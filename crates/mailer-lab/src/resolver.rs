//! The addresses of a server, resolved before any clock starts.

use std::net::{SocketAddr, ToSocketAddrs};

use mailer::{Error, Server};

/// Returns the addresses of the server, at least one, in the order of the system's resolver.
///
/// # Errors
/// [`Kind::Unreachable`](mailer::Kind::Unreachable) if the name cannot be resolved or has no address.
pub fn resolve(server: &Server) -> Result<Vec<SocketAddr>, Error> {
    if let Some(addr) = server.connect_to {
        return Ok(vec![addr]);
    }
    let unknown = |cause| Error::not_resolved(server).with_cause(cause);
    let found = (server.host.as_str(), server.port).to_socket_addrs().map_err(unknown)?;
    let found: Vec<SocketAddr> = found.collect();
    if found.is_empty() { Err(Error::not_resolved(server)) } else { Ok(found) }
}
