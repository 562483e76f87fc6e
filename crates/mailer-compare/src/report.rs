//! The document that `--json` prints, the same for `send` and `compare`.
//!
//! Times are microseconds since the start of the measured time, sizes are bytes, and what is unknown is
//! null. `docs/schema/result.schema.json` describes it.

mod phases;
mod time;

use mailer::{Envelope, Error, Receipt, Reply, TlsLibrary};
use serde::Serialize;

pub use phases::{PhaseEntry, StallEntry};

use self::time::micros;
use crate::{
    observation::Observation,
    recorder::{EventKind, RecordedEvent},
    wire,
};

/// The version of the document. It rises when a program that reads it would have to change.
pub const VERSION: u32 = 2;

/// The number of bytes of a content that a [shortened](ResultEntry::shortened) entry shows; one that keeps more
/// would not be used.
pub const SHORT_TEXT: usize = 1000;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// [`VERSION`].
    pub version: u32,
    /// The command that made it.
    pub command: String,
    /// The server's URL, without user and password.
    pub server: String,
    /// Whether the caller ended the run early.
    pub interrupted: bool,
    /// One entry per contender.
    pub results: Vec<ResultEntry>,
    /// What the server stored, if its inbox can be read.
    pub stored: Option<StoredEntry>,
}

/// What one contender did.
#[derive(Clone, Debug, Serialize)]
pub struct ResultEntry {
    /// The contender's name.
    pub backend: String,
    /// How it grouped its commands into flights, if it has a choice.
    pub flow: Option<String>,
    /// The library that did TLS; null for an external client.
    pub tls_library: Option<&'static str>,
    /// Whether TLS resumed an earlier session; null if that is not known.
    pub tls_resumed: Option<bool>,
    /// The outcome of its mail; of several, of the first that was not accepted, or of the first.
    #[serde(flatten)]
    pub mail: MailEntry,
    /// The outcome of each mail.
    pub mails: Vec<MailEntry>,
    /// The phases in order of time; a phase may have several entries.
    pub phases: Vec<PhaseEntry>,
    /// The time to construct the backend, before the measured time.
    pub setup_us: u64,
    /// Where data was held back although nothing prevented sending it; null without a link.
    pub stalls: Option<Vec<StallEntry>>,
    /// The number of flights: what was written without waiting for a reply in between.
    pub flights: Option<u64>,
    /// The number of writes, by the backend's own count.
    pub writes: Option<u64>,
    /// The number of bytes from the client, TLS included.
    pub bytes_out: Option<u64>,
    /// The number of bytes from the server, TLS included.
    pub bytes_in: Option<u64>,
    /// The dialogue.
    pub events: Vec<EventEntry>,
}

/// The outcome of a mail.
#[derive(Clone, Debug, Serialize)]
pub struct MailEntry {
    /// `accepted`, `partial`, `rejected`, `not_sent` or `unknown`.
    pub outcome: &'static str,
    /// The error, if it was not accepted.
    pub error: Option<ErrorEntry>,
    /// The recipients, in the order of the envelope.
    pub recipients: Vec<RecipientEntry>,
    /// The final reply.
    pub reply: Option<ReplyEntry>,
}

/// An error.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorEntry {
    /// The name of its [`mailer::Kind`].
    pub kind: &'static str,
    /// The name of its [`mailer::Step`].
    pub step: Option<&'static str>,
    /// The server's reply.
    pub reply: Option<ReplyEntry>,
    /// What happened, and why.
    pub cause: String,
    /// What to try next.
    pub hint: Option<String>,
}

/// A reply of the server.
#[derive(Clone, Debug, Serialize)]
pub struct ReplyEntry {
    /// Its three digits.
    pub code: u16,
    /// Its text, with lines joined by a line feed.
    pub text: String,
}

/// A recipient, and the server's reply to it.
#[derive(Clone, Debug, Serialize)]
pub struct RecipientEntry {
    /// The address.
    pub address: String,
    /// The reply; null if none came.
    pub reply: Option<ReplyEntry>,
}

/// An event of the dialogue.
#[derive(Clone, Debug, Serialize)]
pub struct EventEntry {
    /// The time.
    pub t_us: u64,
    /// `connected`, `sent`, `content`, `received`, `tls` or `closed`.
    pub kind: &'static str,
    /// The command or reply with secrets masked, or the beginning of the content.
    pub text: String,
    /// The number of bytes of the content.
    pub bytes: Option<u64>,
    /// The line of code that caused it.
    pub source: Option<String>,
}

/// What the server stored.
#[derive(Clone, Debug, Serialize)]
pub struct StoredEntry {
    /// Whether the content is the same from each contender.
    pub equal: bool,
    /// The differences, as unified diffs one after another.
    pub diff: Option<String>,
}

impl Document {
    /// Returns the document with [shortened](ResultEntry::shortened) entries.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        self.results = self.results.into_iter().map(ResultEntry::shortened).collect();
        self
    }
}

impl ResultEntry {
    /// Returns the entry of an observation.
    #[must_use]
    pub fn new(observation: &Observation, envelope: &Envelope) -> Self {
        let counts = observation.counts();
        Self {
            backend: observation.backend.clone(),
            flow: observation.flow.clone(),
            tls_library: observation.tls_library.map(TlsLibrary::name),
            tls_resumed: observation.is_resumed,
            mail: MailEntry::new(observation.decisive_receipt(), envelope),
            mails: observation
                .receipts()
                .map(|receipt| MailEntry::new(receipt, envelope))
                .collect(),
            phases: observation
                .spans()
                .iter()
                .map(|span| PhaseEntry::new(observation, span))
                .collect(),
            setup_us: micros(observation.setup_time),
            stalls: observation.connections.as_ref().map(|_| {
                observation
                    .stalls()
                    .iter()
                    .map(|stall| StallEntry::new(observation, stall))
                    .collect()
            }),
            flights: counts.map(|counts| counts.flights),
            writes: observation.writes(),
            bytes_out: counts.map(|counts| counts.bytes_out),
            bytes_in: counts.map(|counts| counts.bytes_in),
            events: observation.events.iter().map(|e| EventEntry::new(observation, e)).collect(),
        }
    }

    /// Returns the entry with one event for the content of each mail, and only the beginning of its text.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        self.events.dedup_by(|next, event| {
            let continues = [&*next, &*event].iter().all(|event| event.bytes.is_some());
            if continues {
                event.text.push_str(&next.text);
                event.shorten();
                event.bytes = event.bytes.zip(next.bytes).map(|(before, more)| before + more);
            }
            continues
        });
        self.events.iter_mut().filter(|event| event.bytes.is_some()).for_each(EventEntry::shorten);
        self
    }
}

impl MailEntry {
    fn new(receipt: &Receipt, envelope: &Envelope) -> Self {
        Self {
            outcome: receipt.outcome.name(),
            error: receipt.error.as_ref().map(ErrorEntry::new),
            recipients: recipients(receipt, envelope),
            reply: receipt.reply.as_ref().map(ReplyEntry::new),
        }
    }
}

impl ErrorEntry {
    /// Returns the entry of an error.
    #[must_use]
    pub fn new(error: &Error) -> Self {
        let what = error.to_string();
        Self {
            kind: error.kind().name(),
            step: error.step().map(mailer::Step::name),
            reply: error.reply().map(ReplyEntry::new),
            cause: error.cause().map_or(what.clone(), |cause| format!("{what}: {cause}")),
            hint: error.hint().map(Into::into),
        }
    }
}

impl ReplyEntry {
    /// Returns the entry of a reply.
    #[must_use]
    pub fn new(reply: &Reply) -> Self {
        Self { code: reply.code, text: reply.text.clone() }
    }
}

impl EventEntry {
    /// Shortens the text, at the end of a character.
    fn shorten(&mut self) {
        let end = self.text.char_indices().map(|(at, _)| at).find(|at| *at >= SHORT_TEXT);
        self.text.truncate(end.unwrap_or(self.text.len()));
    }

    fn new(observation: &Observation, event: &RecordedEvent) -> Self {
        let (kind, text) = match &event.kind {
            EventKind::Connected { peer } => ("connected", peer.to_string()),
            EventKind::Sent { line, .. } => ("sent", line.clone()),
            EventKind::Content { head, .. } => {
                ("content", String::from_utf8_lossy(head).into_owned())
            }
            EventKind::Received { reply, .. } => ("received", wire_text(reply)),
            EventKind::TlsStarted { version } => ("tls", version.clone().unwrap_or_default()),
            EventKind::Closed { .. } => ("closed", String::new()),
        };
        let bytes = match event.kind {
            EventKind::Content { size, .. } => Some(size),
            _ => None,
        };
        let t_us = micros(observation.since_start(event.at));
        Self { t_us, kind, text, bytes, source: event.source.as_ref().map(ToString::to_string) }
    }
}

fn recipients(receipt: &Receipt, envelope: &Envelope) -> Vec<RecipientEntry> {
    let replies = receipt.recipients.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let entry = |(address, reply): (&mailer::Address, Option<&Reply>)| RecipientEntry {
        address: address.to_string(),
        reply: reply.map(ReplyEntry::new),
    };
    envelope.recipients().iter().zip(replies).map(entry).collect()
}

/// Returns the lines of a reply as the server sent them, joined by line feeds.
fn wire_text(reply: &Reply) -> String {
    let lines: Vec<String> = wire::reply_lines(reply).collect();
    lines.join("\n")
}
