//! The two ways to a server that are compared.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use mailer::{Error, Kind, Security};
use mailer_bench::site::{Keep, Site};
use mailer_link::{Connection, Link, LinkCounts};

use crate::tunnel::{FAR, NEAR, Tunnel};

/// A way that somebody uses, to a server of their own.
pub(crate) enum Route<'a> {
    /// The kernel's, to the server at this port.
    Kernel(&'a Tunnel, u16),
    /// The lab's.
    Link(Link),
}

impl<'a> Route<'a> {
    /// The kernel's path, as long as it is by now, with a server at its end.
    pub(crate) fn kernel(
        tunnel: &'a Tunnel,
        security: Security,
        keep: Keep,
    ) -> Result<(Site, Self), Error> {
        let mut site = Site::here_on((NEAR, 0).into(), security, keep)?;
        let port = site.server.port;
        site.server.connect_to = Some((FAR, port).into());
        Ok((site, Self::Kernel(tunnel, port)))
    }

    /// The lab's link of this length, with a server at its end.
    pub(crate) fn link(
        round_trip: Duration,
        security: Security,
        keep: Keep,
    ) -> Result<(Site, Self), Error> {
        let mut site = Site::here(security, keep)?;
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, site.server.port));
        let link = Link::to([server]).round_trip(round_trip).start();
        let no_link = |cause| Error::new(Kind::Internal, "no link could be started").because(cause);
        let link = link.map_err(no_link)?;
        site.server.connect_to = Some(link.addr());
        Ok((site, Self::Link(link)))
    }

    /// What has passed in all. Everybody has to have closed what they opened.
    pub(crate) fn finish(self) -> LinkCounts {
        let passed = match self {
            Self::Kernel(tunnel, port) => tunnel.finish(port),
            Self::Link(link) => link.finish(),
        };
        passed.iter().map(Connection::counts).sum()
    }
}
