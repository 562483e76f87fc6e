//! Reports: events on their way from lettre to the caller's trace.
//!
//! While lettre runs, our subscriber replaces the program's own, and `tracing` drops each event that is
//! emitted inside a subscriber. A trace that is called there could log nothing through `tracing`. So
//! events are queued as data, and [`Report::deliver`] passes them on outside the subscriber.

use std::{ops::Range, sync::Arc, time::Instant};

use mailer::{Event, Reply, Source, Step, Trace, What};

use super::source;
use crate::content::Content;

/// An event of lettre's dialogue.
pub(crate) struct Report {
    pub(super) at: Instant,
    pub(super) what: ReportKind,
    pub(super) source: Option<Source>,
    /// The content of the mail in this call.
    pub(super) content: Option<Content>,
}

/// The kind of a [`Report`], with its data.
pub(crate) enum ReportKind {
    /// A line was written. The text is safe to show.
    Sent(Step, String),
    /// A piece of the content was written.
    Content(Range<usize>),
    /// The end of data was written, with the CRLF that ends the last line of the content.
    EndOfData,
    /// A reply arrived.
    Received(Step, Reply),
    /// STARTTLS succeeded.
    TlsStarted,
    /// The connection ended after this number of writes.
    Closed(u64),
}

impl Report {
    /// Passes the event on to the trace.
    pub(crate) fn deliver(&self, sink: &dyn Trace) {
        let what = match &self.what {
            ReportKind::Sent(step, line) => What::Sent { step: *step, line },
            // Of CRLF, dot, CRLF, which lettre writes at once, the first CRLF belongs to the content (RFC 5321
            // §4.1.1.4).
            ReportKind::EndOfData => {
                self.deliver_event(sink, What::Content { bytes: b"\r\n" });
                What::Sent { step: Step::EndOfData, line: "." }
            }
            ReportKind::Content(piece) => What::Content { bytes: self.piece(piece) },
            ReportKind::Received(step, reply) => What::Received { step: *step, reply },
            // lettre does not report the TLS version.
            ReportKind::TlsStarted => What::TlsStarted { version: None },
            ReportKind::Closed(writes) => What::Closed { writes: Some(*writes) },
        };
        self.deliver_event(sink, what);
    }

    fn deliver_event(&self, sink: &dyn Trace, what: What<'_>) {
        sink.event(&Event::new(self.at, what, self.source.clone()));
    }

    fn piece(&self, piece: &Range<usize>) -> &[u8] {
        let content = self.content.as_ref().map(Content::bytes).unwrap_or_default();
        content.get(piece.clone()).unwrap_or_default()
    }
}

/// A sender of reports to code outside the subscriber, which delivers them.
pub(crate) struct Reporter {
    report: Box<dyn Fn(Report) + Send>,
    wants_sources: bool,
    content: Option<Content>,
}

impl Reporter {
    /// Returns a reporter for this trace, which passes reports to `report`.
    pub(crate) fn new(sink: &Arc<dyn Trace>, report: impl Fn(Report) + Send + 'static) -> Self {
        Self { report: Box::new(report), wants_sources: sink.wants_sources(), content: None }
    }

    /// Sets the content that the next reports refer to.
    pub(super) fn set_content(&mut self, content: &Content) {
        self.content = Some(content.clone());
    }

    /// Reports an event that happened just now.
    pub(super) fn report(&self, what: ReportKind) {
        let source = if self.wants_sources { source::cause() } else { None };
        let content = self.content.clone();
        (self.report)(Report { at: Instant::now(), what, source, content });
    }
}
