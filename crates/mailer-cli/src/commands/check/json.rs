//! The document of `check --json`; `docs/schema/check.schema.json` describes it.

use mailer::Server;
use mailer_compare::report::{ErrorEntry, ReplyEntry};
use serde::Serialize;

use super::facts::{Facts, FlowCost};

/// The version of the document. It rises when a program that reads it would have to change.
const VERSION: u32 = 1;

#[derive(Serialize)]
pub(super) struct Document {
    version: u32,
    command: &'static str,
    server: String,
    ready: bool,
    greeting: Option<ReplyEntry>,
    tls: Option<TlsEntry>,
    login: Option<String>,
    extensions: Vec<String>,
    size_limit: Option<u64>,
    mechanisms: Vec<MechanismEntry>,
    shortest_wait_us: Option<u64>,
    flows: Vec<FlowEntry>,
    error: Option<ErrorEntry>,
}

#[derive(Serialize)]
struct TlsEntry {
    version: Option<String>,
}

#[derive(Serialize)]
struct MechanismEntry {
    name: String,
    supported: bool,
}

#[derive(Serialize)]
struct FlowEntry {
    flow: String,
    until_accepted: usize,
    until_closed: usize,
    per_further_message: usize,
}

impl Document {
    pub(super) fn new(server: &Server, facts: &Facts) -> Self {
        let mechanisms = facts.mechanisms().into_iter().map(|offered| MechanismEntry {
            name: offered.name.to_owned(),
            supported: offered.is_supported,
        });
        let wait = facts.wait.map(|wait| u64::try_from(wait.as_micros()).unwrap_or(u64::MAX));
        Self {
            version: VERSION,
            command: "check",
            server: server.to_string(),
            ready: facts.is_ready(),
            greeting: facts.greeting.as_ref().map(ReplyEntry::new),
            tls: facts.is_encrypted.then(|| TlsEntry { version: facts.tls_version.clone() }),
            login: facts.mechanism.clone(),
            extensions: facts.extensions.clone(),
            size_limit: facts.size_limit(),
            mechanisms: mechanisms.collect(),
            shortest_wait_us: wait,
            flows: facts.flows.iter().map(FlowEntry::new).collect(),
            error: facts.error.as_ref().map(ErrorEntry::new),
        }
    }
}

impl FlowEntry {
    fn new(cost: &FlowCost) -> Self {
        let round_trips = cost.round_trips;
        Self {
            flow: cost.flow.to_string(),
            until_accepted: round_trips.until_accepted,
            until_closed: round_trips.until_closed,
            per_further_message: round_trips.per_further_message,
        }
    }
}
