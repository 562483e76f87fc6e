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
    pub(super) mails: Mails,
    /// The cores to run on; any if empty.
    pub(super) cores: Vec<usize>,
}

/// The messages of a job and their recipients. The messages, and groups of recipients, take turns.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mails {
    pub(super) recipients: Vec<String>,
    pub(super) recipients_in_turn: Option<NonZeroUsize>,
    /// Prepared messages in base64.
    pub(super) prepared: Vec<String>,
}

impl Mails {
    /// Returns only the message with this number and its recipients.
    pub(super) fn of_turn(&self, turn: usize) -> Self {
        let all = self.recipients.len().max(1);
        let size = self.recipients_in_turn.map_or(self.recipients.len(), NonZeroUsize::get);
        let first = (turn % all).saturating_mul(size) % all;
        let recipients = self.recipients.iter().cycle().skip(first).take(size).cloned();
        let prepared = self.prepared.get(turn % self.prepared.len().max(1));
        Self {
            recipients: recipients.collect(),
            recipients_in_turn: None,
            prepared: prepared.cloned().into_iter().collect(),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::plan::envelopes;

    #[test]
    fn a_turn_has_one_message_and_the_recipients_that_it_has_in_a_longer_run() {
        let recipients: Vec<String> = ["a", "b", "c", "d"].map(|it| format!("{it}@x.test")).into();
        for size in [None, NonZeroUsize::new(1), NonZeroUsize::new(3)] {
            let prepared = vec!["first".to_owned(), "second".to_owned()];
            let mails =
                Mails { recipients: recipients.clone(), recipients_in_turn: size, prepared };
            let wanted = envelopes(None, &recipients, size).unwrap();
            for turn in 0..9 {
                let mails = mails.of_turn(turn);
                let one = envelopes(None, &mails.recipients, mails.recipients_in_turn).unwrap();
                assert_eq!(one, wanted[turn % wanted.len()..][..1], "turn {turn} of {size:?}");
                assert_eq!(mails.prepared, [["first", "second"][turn % 2]]);
            }
        }
        assert_eq!(Mails::default().of_turn(3), Mails::default());
    }
}
