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

/// Returns whether the server is beyond loopback. A client may use any of its addresses, so one beyond loopback is
/// enough.
///
/// # Errors
/// [`Kind::Unreachable`](mailer::Kind::Unreachable) if its name cannot be resolved, so its location is unknown.
pub fn is_remote(server: &Server) -> Result<bool, Error> {
    resolve(server).map(|addresses| is_beyond_loopback(&addresses))
}

fn is_beyond_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().any(|addr| !addr.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_beyond(addresses: &[&str]) -> bool {
        let parse = |text: &&str| text.parse().expect("an address");
        is_beyond_loopback(&addresses.iter().map(parse).collect::<Vec<_>>())
    }

    #[test]
    fn every_address_must_be_on_loopback() {
        assert!(!is_beyond(&["127.0.0.1:25", "[::1]:25", "127.1.2.3:25", "[::ffff:127.0.0.1]:25"]));
        for addr in ["192.0.2.1:25", "[2001:db8::1]:25", "0.0.0.0:25", "[::ffff:192.0.2.1]:25"] {
            assert!(is_beyond(&[addr]), "{addr}");
            assert!(is_beyond(&["127.0.0.1:25", addr]), "{addr} as the second address");
        }
    }
}
