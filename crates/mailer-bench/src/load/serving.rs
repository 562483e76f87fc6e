//! The server of a run: the embedded one in its process, or somebody's.

use std::{
    net::{SocketAddr, ToSocketAddrs, UdpSocket},
    process::Command,
    time::Duration,
};

use mailer::{Error, Server};

use super::{
    Against,
    messages::{ServerAnswer, ServerOrder, Stored, broken},
    process::Process,
};

/// The embedded server starts, and tells what it has stored, within this time.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Serving {
    /// How it is reached: the address is resolved already.
    pub(super) server: Server,
    embedded: Option<Process<ServerAnswer>>,
}

impl Serving {
    pub(super) fn start(
        against: Against<'_>,
        command: impl FnOnce() -> Command,
        cores: &[usize],
    ) -> Result<Self, Error> {
        match against {
            Against::Server(server) => {
                let mut server = server.clone();
                server.connect_to = Some(resolve(&server)?);
                Ok(Self { server, embedded: None })
            }
            Against::Embedded(security, adjust) => {
                let mut process = Process::start(command())?;
                let security = security.name().to_owned();
                process.order(&ServerOrder::Serve { security, cores: cores.to_vec() })?;
                let target = match process.answer_within(PATIENCE)? {
                    Some(ServerAnswer::Serving(target)) => target,
                    Some(ServerAnswer::Failed(problem)) => return Err(problem.into()),
                    _ => return Err(broken("the server does not start")),
                };
                let mut server = target.server()?;
                adjust(&mut server)?;
                Ok(Self { server, embedded: Some(process) })
            }
        }
    }

    /// Where it is reached; without a name that somebody would have to resolve.
    pub(super) fn addr(&self) -> Result<SocketAddr, Error> {
        self.server.connect_to.ok_or_else(|| Error::not_resolved(&self.server))
    }

    /// Whether it tells what it has stored.
    pub(super) fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// What it has stored since it started, if it tells.
    pub(super) fn stored(&mut self) -> Result<Option<Stored>, Error> {
        let Some(process) = &mut self.embedded else { return Ok(None) };
        process.order(&ServerOrder::Tell)?;
        match process.answer_within(PATIENCE)? {
            Some(ServerAnswer::Stored(stored)) => Ok(Some(stored)),
            _ => Err(broken("the server does not tell what it has stored")),
        }
    }
}

/// The first address of the server that there is a way to. Asked for once, so that no contender's time
/// has the resolver in it.
fn resolve(server: &Server) -> Result<SocketAddr, Error> {
    if let Some(addr) = server.connect_to {
        return Ok(addr);
    }
    let unknown = |cause| Error::not_resolved(server).because(cause);
    let found = (server.host.as_str(), server.port).to_socket_addrs().map_err(unknown)?;
    let found: Vec<SocketAddr> = found.collect();
    let reached = found.iter().find(|addr| has_route(**addr)).or(found.first());
    reached.copied().ok_or_else(|| Error::not_resolved(server))
}

/// Asks the system's table of routes: to connect UDP sends nothing.
fn has_route(addr: SocketAddr) -> bool {
    let any: SocketAddr = match addr {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    UdpSocket::bind(any).and_then(|socket| socket.connect(addr)).is_ok()
}
