//! What one backend did with a mail, or with several, as data: its own events beside what the link saw.
//!
//! A backend tells what was said; the link tells when bytes went by, for every backend alike. What
//! a backend does not tell (lettre says nothing when TCP is connected or TLS is on) is taken from
//! the link, where there is one.

mod dialogue;
mod phases;
mod receipts;
mod stalls;
mod timeline;

use std::time::{Duration, Instant};

use mailer::{Error, Receipt, Security, Step};

pub use dialogue::{DialogueLine, Speaker, Turn};
pub use phases::Span;
pub use receipts::FurtherMailCost;
pub use stalls::Stall;
pub use timeline::{Interval, TimeBreakdown, TimeOwner};

use crate::recorder::{EventKind, RecordedEvent};
use mailer_link::{Connection, LinkCounts, Path};

/// Who told of a dialogue, and so whose its times are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perspective {
    /// The client itself: when it wrote, and when it noticed.
    Client,
    /// The server: when something reached it, and when it answered.
    Server,
}

/// What one backend did with a mail, or with several over one connection.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The backend's name.
    pub backend: String,
    /// How it grouped its commands, if it has a choice.
    pub flow: Option<String>,
    /// Whether it stands in tables only, and not in the dialogue.
    pub measured_only: bool,
    /// When TLS was to start.
    pub security: Security,
    /// How long it took to make it, before its time began.
    pub setup_time: Duration,
    /// When it was told to send, which opens.
    pub started: Instant,
    /// When it had closed.
    pub ended: Instant,
    /// What is told of its dialogue.
    pub events: Vec<RecordedEvent>,
    /// Who told it.
    pub perspective: Perspective,
    /// What the way to the server was like.
    pub path: Path,
    /// What passed the link; `None` if it went without one.
    pub connections: Option<Vec<Connection>>,
    /// What became of the mail; of several, of the first.
    pub receipt: Receipt,
    /// What became of those behind it.
    pub further: Vec<Receipt>,
    /// What kept it from closing in good order.
    pub closing: Option<Error>,
}

impl Observation {
    /// How long after the start that was.
    #[must_use]
    pub fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.started)
    }

    /// From the start to the end.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.since_start(self.ended)
    }

    /// The time of each phase, its round trips, and what it went to; see [`Span`].
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = phases::spans(self);
        let stalls = stalls::stalls(self, &spans);
        timeline::divide(self, &stalls, &mut spans);
        spans
    }

    /// Where data was held back although nothing prevented sending it.
    #[must_use]
    pub fn stalls(&self) -> Vec<Stall> {
        stalls::stalls(self, &phases::spans(self))
    }

    /// What its time went to, piece by piece; none without a link.
    #[must_use]
    pub fn intervals(&self) -> Vec<Interval> {
        timeline::intervals(self, &self.stalls())
    }

    /// What all of its time went to; `None` without a link.
    #[must_use]
    pub fn time_breakdown(&self) -> Option<TimeBreakdown> {
        timeline::of_all(self, &self.stalls())
    }

    /// The dialogue, step by step.
    #[must_use]
    pub fn dialogue(&self) -> Vec<Turn> {
        dialogue::turns(self)
    }

    /// What passed the link, in figures. What came after the last reply that the backend told of,
    /// such as the server's end of TLS, is no round trip: nobody waited for it.
    #[must_use]
    pub fn counts(&self) -> Option<LinkCounts> {
        let connections = self.connections.as_ref()?;
        let mut counts: LinkCounts = connections.iter().map(Connection::counts).sum();
        if let Some(last) = self.last_reply() {
            let late = connections.iter().flat_map(Connection::answers);
            counts.round_trips -= late.filter(|answer| answer.first > last).count() as u64;
        }
        Some(counts)
    }

    /// When the last flight began to leave before that.
    pub(crate) fn last_flight_before(&self, at: Instant) -> Option<Instant> {
        let flights = self.connections.iter().flatten().flat_map(Connection::flights);
        flights.map(|flight| flight.first).filter(|first| *first < at).max()
    }

    /// How often the backend wrote to its connections, by its own count.
    #[must_use]
    pub fn writes(&self) -> Option<u64> {
        let each = self.events.iter().filter_map(|event| match event.kind {
            EventKind::Closed { writes } => Some(writes),
            _ => None,
        });
        let each: Vec<Option<u64>> = each.collect();
        if each.is_empty() { None } else { each.into_iter().sum() }
    }

    /// The AUTH mechanism it used.
    #[must_use]
    pub fn mechanism(&self) -> Option<&str> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::Sent { step: Step::Auth, line } => line.split(' ').nth(1),
            _ => None,
        })
    }

    /// The version of TLS, where the backend can tell.
    #[must_use]
    pub fn tls_version(&self) -> Option<&str> {
        self.events.iter().find_map(|event| match &event.kind {
            EventKind::TlsStarted { version } => version.as_deref(),
            _ => None,
        })
    }

    /// Its name and flow, as a heading of its column.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.flow {
            Some(flow) => format!("{} ({flow})", self.backend),
            None => self.backend.clone(),
        }
    }

    pub(crate) fn last_reply(&self) -> Option<Instant> {
        let mut replies = self.events.iter().rev();
        replies.find(|e| matches!(e.kind, EventKind::Received { .. })).map(|event| event.at)
    }
}
