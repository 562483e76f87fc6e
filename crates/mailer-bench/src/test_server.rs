//! The server of a measurement, in this process or in one of its own.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    time::Duration,
};

use mailer::{Error, Security, Server};

use crate::{
    counting_server::{CountingServer, StoredTotals},
    json_lines::broken,
    server_process::{ServerKind, ServerRequest, ServerResponse},
    subprocess::Subprocess,
};

/// How long the server's process may take to start, and to report its totals.
const RESPONSE_LIMIT: Duration = Duration::from_secs(30);

/// An embedded server, or a sink, that reports what it has stored.
pub struct TestServer {
    /// How clients reach it.
    pub server: Server,
    /// The kind of the server.
    pub kind: ServerKind,
    host: Host,
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Where the server runs.
enum Host {
    ThisProcess(CountingServer),
    Subprocess(Subprocess<ServerResponse>),
}

impl TestServer {
    /// Starts a server in this process, on a loopback port that the system chooses.
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if it cannot be started.
    pub fn in_process(security: Security) -> Result<Self, Error> {
        Self::in_process_at((Ipv4Addr::LOCALHOST, 0).into(), security)
    }

    /// Starts a server in this process that listens at `listen`.
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if it cannot be started.
    pub fn in_process_at(listen: SocketAddr, security: Security) -> Result<Self, Error> {
        let (counting, server) = CountingServer::start(listen, security, None)?;
        Ok(Self { server, kind: ServerKind::Embedded, host: Host::ThisProcess(counting) })
    }

    /// Starts a server in a process of its own on these cores (any if empty), so that its CPU time
    /// and memory are not the client's. The command's program must call
    /// [`serve`](crate::server_process::serve).
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if it cannot be started.
    pub fn subprocess(
        kind: ServerKind,
        command: Command,
        security: Security,
        cores: &[usize],
    ) -> Result<Self, Error> {
        let mut process = Subprocess::start(command)?;
        let security = security.name().to_owned();
        process.request(&ServerRequest::Start { kind, security, cores: cores.to_vec() })?;
        let reached = match process.response_within(RESPONSE_LIMIT)? {
            Some(ServerResponse::Started(reached)) => reached,
            Some(ServerResponse::Failed(problem)) => return Err(problem.into()),
            _ => return Err(broken("the server does not start")),
        };
        Ok(Self { server: reached.server()?, kind, host: Host::Subprocess(process) })
    }

    /// Returns what it has stored since it started.
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if its process does not answer.
    pub fn totals(&mut self) -> Result<StoredTotals, Error> {
        let process = match &mut self.host {
            Host::ThisProcess(counting) => return Ok(counting.totals()),
            Host::Subprocess(process) => process,
        };
        process.request(&ServerRequest::ReportTotals)?;
        match process.response_within(RESPONSE_LIMIT)? {
            Some(ServerResponse::Totals(totals)) => Ok(totals),
            _ => Err(broken("the server does not report what it has stored")),
        }
    }
}
