//! The two paths to a server that are compared.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use mailer::{Error, Kind, Security};
use mailer_bench::test_server::TestServer;
use mailer_link::{Connection, Link, LinkCounts};
use mailer_reports::tunnel::{FAR, NEAR, Tunnel};

/// A path to a server of its own.
pub(crate) enum Route<'a> {
    /// The kernel's path, to the server at this port.
    Kernel(&'a Tunnel, u16),
    /// The simulated link.
    Link(Link),
}

impl<'a> Route<'a> {
    /// Starts a server at the end of the kernel's path, with the RTT that is set at the moment.
    pub(crate) fn kernel(
        tunnel: &'a Tunnel,
        security: Security,
    ) -> Result<(TestServer, Self), Error> {
        let mut server = TestServer::in_process_at((NEAR, 0).into(), security)?;
        let port = server.server.port;
        server.server.connect_to = Some((FAR, port).into());
        Ok((server, Self::Kernel(tunnel, port)))
    }

    /// Starts a server at the end of a link with this RTT.
    pub(crate) fn link(
        round_trip: Duration,
        security: Security,
    ) -> Result<(TestServer, Self), Error> {
        let mut server = TestServer::in_process(security)?;
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, server.server.port));
        let link = Link::to([addr]).round_trip(round_trip).start();
        let no_link =
            |cause| Error::new(Kind::Internal, "the link cannot be started").with_cause(cause);
        let link = link.map_err(no_link)?;
        server.server.connect_to = Some(link.addr());
        Ok((server, Self::Link(link)))
    }

    /// Returns what has passed in all. All connections have to be closed.
    pub(crate) fn finish(self) -> LinkCounts {
        let passed = match self {
            Self::Kernel(tunnel, port) => tunnel.finish(port),
            Self::Link(link) => link.finish(),
        };
        passed.iter().map(Connection::counts).sum()
    }
}
