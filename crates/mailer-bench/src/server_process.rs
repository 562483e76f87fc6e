//! The process of the embedded server, or of a sink.
//!
//! The process that started it sends requests to its stdin and reads responses from its stdout, in
//! JSON lines. When its stdin ends, it ends too, whatever became of its parent.

use std::{
    io::{BufRead, Write},
    net::Ipv4Addr,
};

use mailer::{Error, Mechanism};
use mailer_lab::embedded;
use mailer_server::Sink;
use serde::{Deserialize, Serialize};

use crate::{
    cores,
    counting_server::{CountingServer, StoredTotals},
    json_lines::{self, broken},
    problem::Problem,
    serialized_server::SerializedServer,
    usage,
    workload::Workload,
};

/// A request to the server's process.
#[derive(Serialize, Deserialize)]
pub(crate) enum ServerRequest {
    /// Starts the server; the response is [`ServerResponse::Started`].
    Start {
        kind: ServerKind,
        /// The name of a [`Security`].
        security: String,
        /// The cores to run on; any if empty.
        cores: Vec<usize>,
    },
    /// Asks what the server has stored; the response is [`ServerResponse::Totals`].
    ReportTotals,
}

/// The server of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerKind {
    /// The embedded server, which checks commands and contents, and requires AUTH.
    Embedded,
    /// A [`Sink`], which needs as little time as possible, without AUTH. Its totals have messages and bytes only.
    Sink,
}

impl ServerKind {
    /// Whether the server's totals can show that a run of this workload was valid. Those of a handshake need AUTH and
    /// the numbers of connections.
    #[must_use]
    pub fn can_check(self, workload: Workload) -> bool {
        self == Self::Embedded || workload == Workload::Throughput
    }
}

/// A response of the server's process.
#[derive(Serialize, Deserialize)]
pub(crate) enum ServerResponse {
    /// The server listens; this is how to reach it.
    Started(Box<SerializedServer>),
    Totals(StoredTotals),
    /// The request could not be carried out.
    Failed(Problem),
}

/// Serves the process that started this one until `requests` end.
///
/// # Errors
/// If the other process sends something unexpected, or cannot be written to.
pub fn serve(requests: impl BufRead, responses: impl Write) -> Result<(), Error> {
    serve_offering(None, requests, responses)
}

/// Like [`serve`], but the server offers this mechanism as well.
///
/// # Errors
/// If the other process sends something unexpected, or cannot be written to.
pub fn serve_offering(
    mechanism: Option<Mechanism>,
    mut requests: impl BufRead,
    mut responses: impl Write,
) -> Result<(), Error> {
    let mut running: Option<Running> = None;
    while let Some(request) = json_lines::read(&mut requests).map_err(broken)? {
        let response = match request {
            ServerRequest::Start { kind, security, cores } => {
                // A process that cannot be pinned is measured where the scheduler puts it.
                let _ = cores::pin(&cores);
                Running::start(kind, &security, mechanism).map(|(server, reached)| {
                    running = Some(server);
                    ServerResponse::Started(Box::new(reached))
                })
            }
            ServerRequest::ReportTotals => {
                let totals = running.as_ref().map(Running::totals);
                Ok(ServerResponse::Totals(totals.unwrap_or_default()))
            }
        };
        let response = response.unwrap_or_else(|error| ServerResponse::Failed((&error).into()));
        json_lines::write(&mut responses, &response).map_err(broken)?;
    }
    Ok(())
}

/// The server of this process.
enum Running {
    Embedded(CountingServer),
    Sink(Sink),
}

impl Running {
    fn start(
        kind: ServerKind,
        security: &str,
        mechanism: Option<Mechanism>,
    ) -> Result<(Self, SerializedServer), Error> {
        let (security, anywhere) = (security.parse()?, (Ipv4Addr::LOCALHOST, 0).into());
        let (running, reached) = match kind {
            ServerKind::Embedded => {
                let (server, reached) = CountingServer::start(anywhere, security, mechanism)?;
                (Self::Embedded(server), reached)
            }
            ServerKind::Sink => {
                let (sink, reached) = embedded::start_sink(security)?;
                (Self::Sink(sink), reached)
            }
        };
        Ok((running, SerializedServer::new(&reached)))
    }

    fn totals(&self) -> StoredTotals {
        match self {
            Self::Embedded(server) => server.totals(),
            Self::Sink(sink) => StoredTotals {
                messages: sink.messages(),
                bytes: sink.bytes(),
                cpu: usage::cpu(),
                peak_memory: usage::peak_memory(),
                ..StoredTotals::default()
            },
        }
    }
}
