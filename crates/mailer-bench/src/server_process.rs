//! The process of the embedded server.
//!
//! The process that started it sends requests to its stdin and reads responses from its stdout, in
//! JSON lines. When its stdin ends, it ends too, whatever became of its parent.

use std::{
    io::{BufRead, Write},
    net::Ipv4Addr,
};

use mailer::{Error, Mechanism, Security};
use serde::{Deserialize, Serialize};

use crate::{
    cores,
    counting_server::{CountingServer, StoredTotals},
    json_lines::{self, broken},
    problem::Problem,
    serialized_server::SerializedServer,
};

/// A request to the server's process.
#[derive(Serialize, Deserialize)]
pub(crate) enum ServerRequest {
    /// Starts the server; the response is [`ServerResponse::Started`].
    Start {
        /// The name of a [`Security`].
        security: String,
        /// The cores to run on; any if empty.
        cores: Vec<usize>,
    },
    /// Asks what the server has stored; the response is [`ServerResponse::Totals`].
    ReportTotals,
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
    let mut running: Option<CountingServer> = None;
    while let Some(request) = json_lines::read(&mut requests).map_err(broken)? {
        let response = match request {
            ServerRequest::Start { security, cores } => {
                // A process that cannot be pinned is measured where the scheduler puts it.
                let _ = cores::pin(&cores);
                start(&security, mechanism).map(|(server, reached)| {
                    running = Some(server);
                    ServerResponse::Started(Box::new(reached))
                })
            }
            ServerRequest::ReportTotals => {
                let totals = running.as_ref().map(CountingServer::totals);
                Ok(ServerResponse::Totals(totals.unwrap_or_default()))
            }
        };
        let response = response.unwrap_or_else(|error| ServerResponse::Failed((&error).into()));
        json_lines::write(&mut responses, &response).map_err(broken)?;
    }
    Ok(())
}

fn start(
    security: &str,
    mechanism: Option<Mechanism>,
) -> Result<(CountingServer, SerializedServer), Error> {
    let (security, anywhere): (Security, _) = (security.parse()?, (Ipv4Addr::LOCALHOST, 0).into());
    let (server, reached) = CountingServer::start(anywhere, security, mechanism)?;
    Ok((server, SerializedServer::new(&reached)))
}
