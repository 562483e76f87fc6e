//! What a session without a message shows of a server.

use std::{sync::Arc, time::Duration};

use mailer::{Envelope, Error, Mechanism, Reply, Security, Server, Step};
use mailer_backends::{Announcement, Backend, Capabilities, Flow, Pipelining, RoundTrips};
use mailer_compare::{EventKind, RecordedEvent};

use crate::options::mechanism_named;

/// The version of TLS whose handshake costs one round trip more than that of TLS 1.3.
const OLD_TLS: &str = "TLSv1.2";

/// What a server showed until it was ready for mail, or until an error.
pub(super) struct Facts {
    pub(super) greeting: Option<Reply>,
    /// Whether TLS was started.
    pub(super) is_encrypted: bool,
    pub(super) tls_version: Option<String>,
    /// The mechanism of the login.
    pub(super) mechanism: Option<String>,
    /// The lines of the last reply to EHLO, without its first.
    pub(super) extensions: Vec<String>,
    /// The shortest wait for a reply.
    pub(super) wait: Option<Duration>,
    /// The backend's name, if it has no flows.
    pub(super) without_flows: Option<&'static str>,
    /// The flows that the server takes, if it is ready for mail and the backend has flows.
    pub(super) flows: Vec<FlowCost>,
    pub(super) error: Option<Error>,
}

/// What a message costs with a flow.
pub(super) struct FlowCost {
    pub(super) flow: Flow,
    pub(super) round_trips: RoundTrips,
}

/// A mechanism that the server announces.
pub(super) struct Offered<'a> {
    pub(super) name: &'a str,
    /// Whether `mailer` can log in with it.
    pub(super) is_supported: bool,
}

impl Facts {
    /// Reads the events of a session of this backend that ended with this error, or was ready for mail.
    pub(super) fn new(
        backend: &Backend,
        server: &Server,
        events: &[RecordedEvent],
        error: Option<&Error>,
    ) -> Self {
        let reply = |wanted: Step| {
            events.iter().rev().find_map(|event| match &event.kind {
                EventKind::Received { step, reply } if *step == wanted => Some(reply.clone()),
                _ => None,
            })
        };
        let hello = |step| reply(step).filter(|reply: &Reply| reply.code == 250);
        let (first, again) = (hello(Step::Ehlo), hello(Step::EhloAgain));
        let last = again.as_ref().or(first.as_ref());
        let extensions = last.map_or_else(Vec::new, |reply| {
            reply.lines().skip(1).map(|line| line.trim().to_owned()).collect()
        });
        let tls_version = events.iter().find_map(|event| match &event.kind {
            EventKind::TlsStarted { version } => version.clone(),
            _ => None,
        });
        let is_implicit = server.security == Security::Implicit && first.is_some();
        let mut facts = Self {
            greeting: reply(Step::Greeting),
            is_encrypted: again.is_some() || is_implicit,
            tls_version,
            mechanism: mechanism(events),
            extensions,
            wait: shortest_wait(events),
            without_flows: (!backend.has_flows).then_some(backend.name),
            flows: Vec::new(),
            error: error.cloned(),
        };
        if error.is_none() && backend.has_flows {
            facts.flows = facts.costs(server, first.as_ref(), again.as_ref());
        }
        facts
    }

    /// Whether the server would accept MAIL.
    pub(super) fn is_ready(&self) -> bool {
        self.error.is_none()
    }

    /// Returns the parameters of an extension, if the server announces it.
    fn parameters(&self, keyword: &str) -> Option<&str> {
        self.extensions.iter().find_map(|line| {
            let (name, parameters) = line.split_once([' ', '=']).unwrap_or((line, ""));
            name.eq_ignore_ascii_case(keyword).then_some(parameters)
        })
    }

    /// Returns the largest message that the server accepts, in bytes (RFC 1870).
    pub(super) fn size_limit(&self) -> Option<u64> {
        self.parameters("SIZE")?.trim().parse().ok().filter(|limit| *limit > 0)
    }

    /// Returns the AUTH mechanisms that the server announces (RFC 4954).
    pub(super) fn mechanisms(&self) -> Vec<Offered<'_>> {
        let names = self.parameters("AUTH").unwrap_or_default().split_whitespace();
        let is_supported = |name: &str| {
            Mechanism::ALL.iter().any(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
        };
        names.map(|name| Offered { name, is_supported: is_supported(name) }).collect()
    }

    /// Returns the cost of a message with each flow that the server takes.
    fn costs(
        &self,
        server: &Server,
        first: Option<&Reply>,
        again: Option<&Reply>,
    ) -> Vec<FlowCost> {
        let server = &with_mechanism(server, self.mechanism.as_deref());
        let none = Reply::new(250, "");
        let first = first.unwrap_or(&none);
        let last = again.unwrap_or(first);
        let announcement = Announcement::new(first, last);
        let capabilities = Capabilities::from_reply(last);
        let Ok(envelope) = sample_envelope() else { return Vec::new() };
        let is_allowed = |flow: &Flow| flow.used_with(&capabilities) == *flow;
        let more = usize::from(self.tls_version.as_deref() == Some(OLD_TLS));
        let flows = Flow::ALL.iter().copied().filter(is_allowed);
        flows
            .map(|flow| {
                // As `send` does it.
                let pipelining = Pipelining { pipeline_quit: true, ..flow.into() };
                let mut round_trips = RoundTrips::new(server, pipelining, &announcement, &envelope);
                round_trips.until_accepted += more;
                round_trips.until_closed += more;
                FlowCost { flow, round_trips }
            })
            .collect()
    }
}

/// Returns the envelope of the message whose cost is counted. It is never sent.
fn sample_envelope() -> Result<Arc<Envelope>, Error> {
    let (sender, recipient) = ("ann@example.com".parse()?, "bob@example.com".parse()?);
    Envelope::new(Some(sender), vec![recipient]).map(Arc::new)
}

/// Returns the server with the mechanism of the login as the only one. It need not be the first that the server
/// offers: the backend may lack that one, and the server may not know it (504).
fn with_mechanism(server: &Server, name: Option<&str>) -> Server {
    let mut server = server.clone();
    if let Some(mechanism) = name.and_then(mechanism_named) {
        server.mechanisms = vec![mechanism];
    }
    server
}

/// Returns the mechanism of the last AUTH command that the server accepted.
fn mechanism(events: &[RecordedEvent]) -> Option<String> {
    let mut tried = None;
    let mut accepted = None;
    for event in events {
        match &event.kind {
            EventKind::Sent { step: Step::Auth, line } => {
                tried = line.strip_prefix("AUTH ").map_or(tried, |rest| rest.split(' ').next());
            }
            EventKind::Received { step: Step::Auth, reply } if reply.is_positive() => {
                accepted = tried;
            }
            _ => {}
        }
    }
    accepted.map(str::to_owned)
}

/// Returns the shortest time from a command to its reply: a round trip, and the server's time.
fn shortest_wait(events: &[RecordedEvent]) -> Option<Duration> {
    let wait = |pair: &[RecordedEvent]| match pair {
        [sent, received] => match (&sent.kind, &received.kind) {
            (EventKind::Sent { .. }, EventKind::Received { .. }) => {
                Some(received.at.saturating_duration_since(sent.at))
            }
            _ => None,
        },
        _ => None,
    };
    events.windows(2).filter_map(wait).min()
}
