//! Passes the events of a connection to the caller's trace.

use std::{sync::Arc, time::Instant};

use mailer::{Event, Source, Trace, What};
use mailer_protocol::Note;

/// The caller's trace, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Tracer(Option<Arc<dyn Trace>>);

impl Tracer {
    pub(crate) fn new(trace: Option<Arc<dyn Trace>>) -> Self {
        Self(trace)
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Passes on the session's notes. They get the current time, because the session has no clock.
    pub(crate) fn pass_on(&self, notes: Vec<Note>) {
        for note in notes {
            match &note {
                Note::Sent { step, line, source } => {
                    self.emit_from(What::Sent { step: *step, line }, Some((*source).into()));
                }
                Note::Content { bytes, source } => {
                    self.emit_from(What::Content { bytes }, Some((*source).into()));
                }
                Note::Received { step, reply } => self.emit(What::Received { step: *step, reply }),
            }
        }
    }

    pub(crate) fn emit(&self, what: What<'_>) {
        self.emit_from(what, None);
    }

    fn emit_from(&self, what: What<'_>, source: Option<Source>) {
        if let Some(trace) = &self.0 {
            trace.event(&Event::new(Instant::now(), what, source));
        }
    }
}
