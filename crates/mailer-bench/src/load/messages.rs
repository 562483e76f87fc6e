//! The messages between a run and a contender's process.

use std::{net::SocketAddr, num::NonZeroUsize, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Limit, SliceResult};
use crate::{Problem, serialized_server::SerializedServer, workload::Workload};

/// A request to a contender's process.
#[derive(Serialize, Deserialize)]
pub(super) enum WorkerRequest {
    /// Prepares this job; the response is [`WorkerResponse::Ready`].
    Prepare(Box<Job>),
    /// Opens connections on a route, and abandons those that take longer than `limit`; the response is
    /// [`WorkerResponse::Opened`].
    Open { route: usize, connections: usize, limit: Option<Duration> },
    /// Works one slice; the responses are [`WorkerResponse::Progress`], if requested, and
    /// [`WorkerResponse::Done`].
    Run(Slice),
    /// Closes all connections; the response is [`WorkerResponse::Ready`].
    Close,
    /// Sends one message over a connection of its own; the response is [`WorkerResponse::Done`].
    Probe,
    /// Asks for the peak memory of the process; the response is [`WorkerResponse::PeakMemory`].
    ReportPeakMemory,
    /// Ends the current slice early. It has no response of its own.
    Stop,
}

/// What stays the same for a contender during the whole run.
#[derive(Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) server: SerializedServer,
    /// The addresses that TCP can connect to instead of the server's: one for each route that a slice
    /// can take.
    pub(super) routes: Vec<SocketAddr>,
    pub(super) workload: Workload,
    pub(super) message_size: usize,
    pub(super) sender: Option<String>,
    pub(super) recipients: Vec<String>,
    pub(super) recipients_in_turn: Option<NonZeroUsize>,
    /// Prepared messages in base64.
    pub(super) prepared: Vec<String>,
    /// The number of the first message.
    pub(super) first: usize,
    /// The cores to run on; any if empty.
    pub(super) cores: Vec<usize>,
}

/// One slice of a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Slice {
    /// The index of the route to the server.
    pub(super) route: usize,
    /// The number of connections to use, unless connections are open already.
    pub(super) connections: usize,
    pub(super) limit: Limit,
    /// How long after its start the slice abandons connections that are still at work; `None` waits for
    /// them.
    pub(super) cutoff: Option<Duration>,
    /// The operations to start per second, over all connections, at fixed times; `None` means as fast
    /// as possible.
    pub(super) rate: Option<f64>,
    /// How often to report progress.
    pub(super) progress: Option<Duration>,
}

/// A response of a contender's process.
#[derive(Serialize, Deserialize)]
pub(super) enum WorkerResponse {
    Ready,
    /// The connections that could be opened are open. The result has the errors of those that are
    /// abandoned, and `gave_up` is above zero if no connection is left to work on.
    Opened(Box<SliceResult>),
    /// The number of operations that are done so far in this slice.
    Progress(u64),
    Done(Box<SliceResult>),
    /// The peak memory in bytes.
    PeakMemory(Option<u64>),
    /// The request could not be carried out.
    Failed(Problem),
}
