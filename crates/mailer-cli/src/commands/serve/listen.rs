//! The values of `--listen`.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs as _},
    str::FromStr,
};

/// An address to listen on, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listen {
    host: Host,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

impl FromStr for Listen {
    type Err = String;

    /// Parses `2525`, `localhost:2525`, `192.0.2.1:2525` or `[::1]:2525`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: Host::Address(address.ip()), port: address.port() });
        }
        let (host, port) = text.rsplit_once(':').unwrap_or(("localhost", text));
        let port = port.parse().map_err(|_| match text.contains(':') {
            true => format!("\"{port}\" is not a port from 0 to 65535"),
            false => {
                "neither a port nor a host with a port, such as 2525 or localhost:2525".to_owned()
            }
        })?;
        if host.contains(':') {
            return Err("an IPv6 address must be in brackets, such as [::1]:2525".to_owned());
        }
        let is_valid = |c: char| c.is_alphanumeric() || "-._".contains(c);
        if host.is_empty() || !host.chars().all(is_valid) {
            return Err(format!("\"{host}\" is not a host"));
        }
        Ok(Self { host: Host::Name(host.to_owned()), port })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Address(ip) => SocketAddr::new(*ip, self.port).fmt(f),
            Host::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

impl Listen {
    /// Returns the loopback address with a port that the system chooses.
    pub(super) fn any_port() -> Self {
        Self { host: Host::Address(Ipv4Addr::LOCALHOST.into()), port: 0 }
    }

    /// Returns the name of the host, unless it is an address.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) => Some(name),
            Host::Address(_) => None,
        }
    }

    /// Returns the addresses of the host. Those of a name that this machine does not have, such as ::1 for
    /// localhost where there is no IPv6, are left out unless they are all.
    pub(super) fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        let name = match &self.host {
            Host::Address(ip) => return Ok(vec![SocketAddr::new(*ip, self.port)]),
            Host::Name(name) => name,
        };
        let mut found: Vec<SocketAddr> = (name.as_str(), self.port).to_socket_addrs()?.collect();
        // IPv4 first, because clients without IPv6 are more common than those without IPv4.
        found.sort_by_key(SocketAddr::is_ipv6);
        found.dedup();
        let here: Vec<SocketAddr> = found.iter().copied().filter(|it| is_here(it.ip())).collect();
        Ok(if here.is_empty() { found } else { here })
    }
}

/// Returns whether this machine has the address.
fn is_here(ip: IpAddr) -> bool {
    TcpListener::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_a_host_or_an_address_is_accepted() {
        for (text, shown) in [
            ("2525", "localhost:2525"),
            ("0", "localhost:0"),
            ("localhost:2525", "localhost:2525"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("[::1]:2525", "[::1]:2525"),
            ("mail.example.test:25", "mail.example.test:25"),
        ] {
            assert_eq!(text.parse::<Listen>().map(|it| it.to_string()), Ok(shown.to_owned()));
        }
        for (text, problem) in [
            ("", "neither"),
            ("nowhere", "neither"),
            ("65536", "neither"),
            ("localhost:", "\"\" is not a port"),
            ("localhost:70000", "\"70000\" is not a port"),
            (":2525", "\"\" is not a host"),
            ("::1:2525", "brackets"),
            ("a b:2525", "\"a b\" is not a host"),
        ] {
            let error = text.parse::<Listen>().expect_err(text);
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn localhost_has_its_ipv4_address_first() {
        let addresses =
            "0".parse::<Listen>().and_then(|it| it.addresses().map_err(|it| it.to_string()));
        let addresses = addresses.expect("localhost has addresses");
        assert!(addresses.iter().all(|address| address.ip().is_loopback()), "{addresses:?}");
        assert_eq!(addresses.first().map(SocketAddr::is_ipv4), Some(true), "{addresses:?}");
    }
}
