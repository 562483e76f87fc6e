//! The round trips that a message costs at a server.

use std::sync::Arc;

use mailer::{Envelope, Server};
use mailer_protocol::{Announcement, Outgoing, Pipelining, plan_with};

/// The size in bytes of the message whose cost is counted. It fits in every window.
const SIZE: u64 = 1024;
/// The round trips before the first flight: TCP, and the greeting.
const BEFORE_EHLO: usize = 2;
/// How a plan shows the flight that ends a message.
const CONTENT: &str = "(content)";

/// The round trips that a small message to one recipient costs, counted in the plan of a session.
///
/// TCP, the greeting and a handshake of TLS 1.3 are included. TLS 1.2 costs one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoundTrips {
    /// From the TCP connect to the reply that accepts the message.
    pub until_accepted: usize,
    /// From the TCP connect to the reply to QUIT.
    pub until_closed: usize,
    /// For each further message over the same connection.
    pub per_further_message: usize,
}

impl RoundTrips {
    /// Counts the round trips to a server that announces these extensions.
    #[must_use]
    pub fn new(
        server: &Server,
        pipelining: impl Into<Pipelining>,
        announcement: &Announcement,
        envelope: &Arc<Envelope>,
    ) -> Self {
        let pipelining = pipelining.into();
        let mut message = Outgoing::empty(Arc::clone(envelope));
        message.size = SIZE;
        let flights = |messages: usize| {
            plan_with(server, pipelining, &vec![message.clone(); messages], announcement)
        };
        let (one, two) = (flights(1), flights(2));
        let is_content = |flight: &Vec<String>| flight.iter().any(|line| line == CONTENT);
        let last_content = one.iter().rposition(is_content).map_or(one.len(), |at| at + 1);
        Self {
            until_accepted: BEFORE_EHLO + last_content,
            until_closed: BEFORE_EHLO + one.len(),
            per_further_message: two.len().saturating_sub(one.len()),
        }
    }
}
