//! The server that a link connects to: a host name with a port, or addresses.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs as _},
};

/// The server of a link, made from `"host:port"`, a [`SocketAddr`] or a list of them.
///
/// ```
/// use mailer_link::Target;
/// use std::net::SocketAddr;
/// let _by_name = Target::from("mail.example.test:25");
/// let _by_address = Target::from(SocketAddr::from(([127, 0, 0, 1], 25)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    HostAndPort(String),
    Addresses(Vec<SocketAddr>),
}

impl Target {
    /// Returns the addresses to try, in order. A name is resolved by the system.
    pub(crate) fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        match &self.0 {
            Form::HostAndPort(name) => Ok(name.to_socket_addrs()?.collect()),
            Form::Addresses(addresses) => Ok(addresses.clone()),
        }
    }
}

impl From<&str> for Target {
    fn from(host_and_port: &str) -> Self {
        Self::from(host_and_port.to_owned())
    }
}

impl From<String> for Target {
    fn from(host_and_port: String) -> Self {
        Self(Form::HostAndPort(host_and_port))
    }
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self::from(vec![address])
    }
}

impl From<&[SocketAddr]> for Target {
    fn from(addresses: &[SocketAddr]) -> Self {
        Self::from(addresses.to_vec())
    }
}

impl<const N: usize> From<[SocketAddr; N]> for Target {
    fn from(addresses: [SocketAddr; N]) -> Self {
        Self::from(addresses.to_vec())
    }
}

impl From<Vec<SocketAddr>> for Target {
    fn from(addresses: Vec<SocketAddr>) -> Self {
        Self(Form::Addresses(addresses))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_text_needs_no_resolver() {
        let address = SocketAddr::from(([127, 0, 0, 1], 2525));
        assert_eq!(Target::from("127.0.0.1:2525").resolve().ok(), Some(vec![address]));
        assert_eq!(Target::from(address).resolve().ok(), Some(vec![address]));
    }

    #[test]
    fn a_host_without_a_port_is_an_error() {
        let resolved = Target::from("localhost").resolve();
        assert_eq!(resolved.map_err(|cause| cause.kind()), Err(io::ErrorKind::InvalidInput));
    }
}
