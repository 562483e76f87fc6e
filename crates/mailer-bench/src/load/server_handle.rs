//! The server of a run: the embedded one in a process of its own, or a named one.

use std::{
    net::{SocketAddr, UdpSocket},
    process::Command,
};

use mailer::{Error, Server};

use super::Against;
use crate::{counting_server::StoredTotals, server_process::ServerKind, test_server::TestServer};

/// The server of a run.
pub(super) struct ServerHandle {
    /// How it is reached, with its name resolved.
    pub(super) server: Server,
    embedded: Option<TestServer>,
}

impl ServerHandle {
    /// Resolves the named server, or starts the embedded one by `command` on `cores`.
    pub(super) fn start(
        against: Against<'_>,
        command: impl FnOnce() -> Command,
        cores: &[usize],
    ) -> Result<Self, Error> {
        match against {
            Against::Server(server) => {
                let mut server = server.clone();
                server.connect_to = Some(reachable(&server)?);
                Ok(Self { server, embedded: None })
            }
            Against::Embedded(security, adjust) => {
                let embedded =
                    TestServer::subprocess(ServerKind::Embedded, command(), security, cores)?;
                let mut server = embedded.server.clone();
                adjust(&mut server)?;
                Ok(Self { server, embedded: Some(embedded) })
            }
        }
    }

    /// Returns the resolved address.
    pub(super) fn addr(&self) -> Result<SocketAddr, Error> {
        self.server.connect_to.ok_or_else(|| Error::not_resolved(&self.server))
    }

    /// Returns whether it is the embedded server, which reports what it has stored.
    pub(super) fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Returns what the embedded server has stored since it started; `None` for a named server.
    pub(super) fn totals(&mut self) -> Result<Option<StoredTotals>, Error> {
        self.embedded.as_mut().map(TestServer::totals).transpose()
    }
}

/// Returns the first address of the server that has a route. Resolving once keeps the resolver out of
/// every contender's time.
fn reachable(server: &Server) -> Result<SocketAddr, Error> {
    let found = mailer_lab::resolve(server)?;
    let reached = found.iter().find(|addr| has_route(**addr)).or(found.first());
    reached.copied().ok_or_else(|| Error::not_resolved(server))
}

/// Looks up the system's routing table: connecting a UDP socket sends nothing.
fn has_route(addr: SocketAddr) -> bool {
    let any: SocketAddr = match addr {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    UdpSocket::bind(any).and_then(|socket| socket.connect(addr)).is_ok()
}
