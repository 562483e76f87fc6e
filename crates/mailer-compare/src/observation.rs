//! What one contender did with its mails, as data: its own events beside what the link recorded.
//!
//! A backend reports what was sent and received; the link records when bytes passed, for every backend
//! alike. What a backend does not report (lettre has no event for TCP or TLS) comes from the link.

mod dialogue;
mod per_further_mail;
mod phases;
mod stalls;
mod time_breakdown;
mod timeline;

use std::time::{Duration, Instant};

use mailer::{Error, Outcome, Receipt, Security, Step, TlsLibrary};
use mailer_link::{Connection, LinkCounts, Path};

pub use dialogue::{DialogueLine, Speaker, Turn};
pub use per_further_mail::FurtherMailCost;
pub use phases::Span;
pub use stalls::Stall;
pub use time_breakdown::{Interval, TimeBreakdown, TimeOwner};

use crate::recorder::{EventKind, RecordedEvent};

/// The side whose view the events of a dialogue are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perspective {
    /// The client reported them: their times are when it wrote and when it read.
    Client,
    /// The server reported them: their times are when a line reached it and when it replied, as far as
    /// the link could not correct them.
    Server,
}

/// What one contender did with one mail, or with several over one connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Observation {
    /// The contender's name.
    pub backend: String,
    /// How it grouped its commands into flights, if it has a choice.
    pub flow: Option<String>,
    /// The library that did TLS; of an external client it is not known.
    pub tls_library: Option<TlsLibrary>,
    /// Whether TLS resumed an earlier session; `None` if the server does not tell.
    pub is_resumed: Option<bool>,
    /// Whether it appears in tables only, and not in the dialogue.
    pub measured_only: bool,
    /// Whether its system may delay acknowledgements. True by default.
    pub delays_acks: bool,
    /// How TLS starts.
    pub security: Security,
    /// The time to construct the backend, or to start an external client until it connected. It is not
    /// part of the measured time.
    pub setup_time: Duration,
    /// When the measured time begins: the call that opens the connection and sends.
    pub started: Instant,
    /// When the connection was closed.
    pub ended: Instant,
    /// The events of the dialogue.
    pub events: Vec<RecordedEvent>,
    /// The side that reported the events.
    pub perspective: Perspective,
    /// The path to the server that the link simulated.
    pub path: Path,
    /// What passed the link, one entry per connection; `None` if there was no link.
    pub connections: Option<Vec<Connection>>,
    /// The receipt of the first mail.
    pub receipt: Receipt,
    /// The receipts of the mails after the first.
    pub further: Vec<Receipt>,
    /// The error that `close` returned.
    pub closing: Option<Error>,
    /// A second session with the same mails over a longer path, in which round trips and flights are
    /// counted. Over a short path, TLS session tickets may arrive between two flights and count as one
    /// more round trip.
    pub counting: Option<Box<Observation>>,
}

impl Observation {
    /// Returns an observation with this receipt that begins and ends now, and has no events.
    #[must_use]
    pub fn new(backend: impl Into<String>, security: Security, receipt: Receipt) -> Self {
        let now = Instant::now();
        Self {
            backend: backend.into(),
            flow: None,
            tls_library: None,
            is_resumed: None,
            measured_only: false,
            delays_acks: true,
            security,
            setup_time: Duration::ZERO,
            started: now,
            ended: now,
            events: Vec::new(),
            perspective: Perspective::Client,
            path: Path::default(),
            connections: None,
            receipt,
            further: Vec::new(),
            closing: None,
            counting: None,
        }
    }

    /// Returns the name with the flow and the TLS library, as the heading of a column.
    #[must_use]
    pub fn title(&self) -> String {
        let library = self.tls_library.unwrap_or_default();
        mailer_lab::label(&self.backend, self.flow.as_deref(), library)
    }

    /// Returns the time from the start to this instant.
    #[must_use]
    pub fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.started)
    }

    /// Returns the time from the start to the end.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.since_start(self.ended)
    }

    /// Returns the receipt of each mail, in order.
    pub fn receipts(&self) -> impl Iterator<Item = &Receipt> {
        std::iter::once(&self.receipt).chain(&self.further)
    }

    /// Returns the receipt of the first mail that was not accepted, or of the first mail.
    #[must_use]
    pub fn decisive_receipt(&self) -> &Receipt {
        let bad = self.receipts().find(|receipt| receipt.outcome != Outcome::Accepted);
        bad.unwrap_or(&self.receipt)
    }

    /// Returns whether every recipient of every mail was accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.decisive_receipt().outcome == Outcome::Accepted
    }

    /// Returns the totals of what passed the link. Round trips and flights are those of the
    /// [counting session](Self::counting), if there is one.
    ///
    /// What came after the last reply that the backend reported, such as the server's end of TLS, is no
    /// round trip, since the client did not wait for it.
    #[must_use]
    pub fn counts(&self) -> Option<LinkCounts> {
        let connections = self.connections.as_ref()?;
        let mut counts: LinkCounts = connections.iter().map(Connection::counts).sum();
        if let Some(last) = self.last_reply() {
            counts.round_trips -= self.answers_after(last);
        }
        if let Some(counted) = self.counting.as_ref().and_then(|counting| counting.counts()) {
            (counts.round_trips, counts.flights) = (counted.round_trips, counted.flights);
        }
        Some(counts)
    }

    /// Returns the number of round trips until the last mail was accepted.
    #[must_use]
    pub fn round_trips_until_accepted(&self) -> Option<u64> {
        let session = self.counting_session();
        let is_final = |event: &&RecordedEvent| {
            matches!(event.kind, EventKind::Received { step: Step::EndOfData, .. })
        };
        let accepted = session.events.iter().rev().find(is_final)?.at;
        let all: LinkCounts = session.connections.as_ref()?.iter().map(Connection::counts).sum();
        Some(all.round_trips - session.answers_after(accepted))
    }

    /// The session in which round trips are counted.
    pub(crate) fn counting_session(&self) -> &Self {
        self.counting.as_deref().unwrap_or(self)
    }

    fn answers_after(&self, at: Instant) -> u64 {
        let answers = self.connections.iter().flatten().flat_map(Connection::answers);
        answers.filter(|answer| answer.first > at).count() as u64
    }

    /// Returns the number of writes that the backend made on its connections, by its own count.
    #[must_use]
    pub fn writes(&self) -> Option<u64> {
        let each = self.events.iter().filter_map(|event| match event.kind {
            EventKind::Closed { writes } => Some(writes),
            _ => None,
        });
        let each: Vec<Option<u64>> = each.collect();
        if each.is_empty() { None } else { each.into_iter().sum() }
    }

    /// Returns the AUTH mechanism that the client used.
    #[must_use]
    pub fn mechanism(&self) -> Option<&str> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::Sent { step: Step::Auth, line } => line.split(' ').nth(1),
            _ => None,
        })
    }

    /// Returns the TLS version, if the backend knows it.
    #[must_use]
    pub fn tls_version(&self) -> Option<&str> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::TlsStarted { version } => version.as_deref(),
            _ => None,
        })
    }

    /// Returns when the last flight before this instant began to leave.
    pub(crate) fn last_flight_before(&self, at: Instant) -> Option<Instant> {
        let flights = self.connections.iter().flatten().flat_map(Connection::flights);
        flights.map(|flight| flight.first).filter(|first| *first < at).max()
    }

    /// Returns when the last reply arrived.
    pub(crate) fn last_reply(&self) -> Option<Instant> {
        let mut replies = self.events.iter().rev();
        replies.find(|e| matches!(e.kind, EventKind::Received { .. })).map(|event| event.at)
    }
}

#[cfg(test)]
mod tests {
    use mailer::Kind;

    use super::*;
    use crate::fixtures;

    #[test]
    fn the_first_receipt_that_is_not_accepted_is_decisive() {
        let mut observation = fixtures::observation("raw");
        assert!(observation.is_accepted());
        let lost = Receipt::not_sent(Error::new(Kind::Lost, "the connection was lost"));
        observation.further = vec![observation.receipt.clone(), lost];
        assert_eq!(observation.decisive_receipt().outcome, Outcome::NotSent);
        assert_eq!(observation.receipts().count(), 3);
        assert!(!observation.is_accepted());
    }
}
