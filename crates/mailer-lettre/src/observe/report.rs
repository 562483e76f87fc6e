//! Events on their way from lettre to the caller's trace.
//!
//! While lettre runs, our subscriber takes the place of the program's own, and `tracing` drops each
//! event that comes from inside a subscriber. A trace that was called there could log nothing. So
//! events leave lettre's thread of control as data, and [`Report::deliver`] passes them on outside.

use std::{ops::Range, sync::Arc, time::Instant};

use mailer::{Event, Reply, Source, Step, Trace, What};

use super::source;
use crate::content::Content;

/// Something that lettre did.
pub(crate) struct Report {
    pub(super) at: Instant,
    pub(super) what: Happening,
    pub(super) source: Option<Source>,
    /// What lettre was handed in this call.
    pub(super) content: Option<Content>,
}

/// What it did.
pub(crate) enum Happening {
    /// A line was written, and this is how it may be shown.
    Sent(Step, String),
    /// A piece of the content was written.
    Content(Range<usize>),
    /// A reply came.
    Received(Step, Reply),
    /// STARTTLS succeeded.
    TlsStarted,
    /// The connection ended after so many writes.
    Closed(u64),
}

impl Report {
    /// Passes it on to the trace.
    pub(crate) fn deliver(&self, sink: &dyn Trace) {
        let what = match &self.what {
            Happening::Sent(step, line) => What::Sent { step: *step, line },
            Happening::Content(piece) => What::Content { bytes: self.piece(piece) },
            Happening::Received(step, reply) => What::Received { step: *step, reply },
            // native-tls does not report which version it is.
            Happening::TlsStarted => What::TlsStarted { version: None },
            Happening::Closed(writes) => What::Closed { writes: Some(*writes) },
        };
        sink.event(&Event { at: self.at, what, source: self.source.clone() });
    }

    fn piece(&self, piece: &Range<usize>) -> &[u8] {
        let content = self.content.as_ref().map(Content::bytes).unwrap_or_default();
        content.get(piece.clone()).unwrap_or_default()
    }
}

/// Where reports go: to a place outside of lettre that delivers them.
pub(crate) struct Reporter {
    report: Box<dyn Fn(Report) + Send>,
    wants_sources: bool,
    content: Option<Content>,
}

impl Reporter {
    /// A reporter for this trace.
    pub(crate) fn new(sink: &Arc<dyn Trace>, report: impl Fn(Report) + Send + 'static) -> Self {
        Self { report: Box::new(report), wants_sources: sink.wants_sources(), content: None }
    }

    /// This is the content that will be written.
    pub(super) fn show(&mut self, content: &Content) {
        self.content = Some(content.clone());
    }

    /// Reports what happened just now.
    pub(super) fn report(&self, what: Happening) {
        let source = if self.wants_sources { source::cause() } else { None };
        let content = self.content.clone();
        (self.report)(Report { at: Instant::now(), what, source, content });
    }
}
