//! A trace that forwards every event to several traces.

use std::sync::Arc;

use mailer::{Event, Trace};

pub(crate) struct TraceList(Vec<Arc<dyn Trace>>);

impl TraceList {
    pub(crate) fn new(traces: Vec<Arc<dyn Trace>>) -> Self {
        Self(traces)
    }
}

impl Trace for TraceList {
    fn event(&self, event: &Event<'_>) {
        self.0.iter().for_each(|trace| trace.event(event));
    }
}
