//! Keeps the events of a dialogue.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use mailer::{Event, Mask, Reply, Source, Step, Trace, What};

/// Octets of content that are kept of one mail; of the rest only their number is.
const KEPT_CONTENT: usize = 64 * 1024;

/// A [`Trace`] that keeps all it is told, in the order it is told.
#[derive(Default)]
pub struct Recorder {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    events: Vec<RecordedEvent>,
    content: usize,
}

/// An event that outlives the call that told of it: [`Event`] with its own texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: EventKind,
    /// The line of code that caused it, where the backend can tell.
    pub source: Option<Source>,
}

/// What happened: [`What`] with its own texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// TCP is connected.
    Connected {
        /// To whom: the link, if there is one.
        peer: SocketAddr,
    },
    /// A command line was written.
    Sent {
        /// For which step.
        step: Step,
        /// The line without its line end, secrets masked.
        line: String,
    },
    /// A block of content was written.
    Content {
        /// Its bytes, or as many as were kept: 64 KiB of one mail.
        head: Vec<u8>,
        /// How many bytes it has.
        octets: u64,
    },
    /// A reply came.
    Received {
        /// To which step.
        step: Step,
        /// The whole reply.
        reply: Reply,
    },
    /// TLS is on.
    TlsStarted {
        /// Its version, where the backend can tell.
        version: Option<String>,
    },
    /// The connection is closed.
    Closed {
        /// How often the backend wrote to it, where it can tell.
        writes: Option<u64>,
    },
}

/// As much of a content as is kept of one mail.
pub(crate) fn kept_of(content: &[u8]) -> &[u8] {
    content.split_at(content.len().min(KEPT_CONTENT)).0
}

impl RecordedEvent {
    /// Masks secrets in what was said.
    pub(crate) fn mask(&mut self, mask: &Mask) {
        match &mut self.kind {
            EventKind::Sent { line, .. } => *line = mask.apply(std::mem::take(line)),
            EventKind::Received { reply, .. } => {
                reply.text = mask.apply(std::mem::take(&mut reply.text));
            }
            _ => {}
        }
    }
}

impl Recorder {
    /// Gives what was kept, and forgets it.
    #[must_use]
    pub fn take(&self) -> Vec<RecordedEvent> {
        // An event is kept in one step: what a thread that panicked left behind is whole.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *kept).events
    }
}

impl Trace for Recorder {
    fn event(&self, event: &Event<'_>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kept.own(&event.what);
        kept.events.push(RecordedEvent { at: event.at, kind, source: event.source.clone() });
    }
}

impl Kept {
    fn own(&mut self, what: &What<'_>) -> EventKind {
        match *what {
            What::Connected { peer } => EventKind::Connected { peer },
            What::Sent { step, line } => self.own_line(step, line),
            What::Content { bytes } => self.own_content(bytes),
            What::Received { step, reply } => EventKind::Received { step, reply: reply.clone() },
            What::TlsStarted { version } => {
                EventKind::TlsStarted { version: version.map(Into::into) }
            }
            What::Closed { writes } => EventKind::Closed { writes },
        }
    }

    fn own_line(&mut self, step: Step, line: &str) -> EventKind {
        if step == Step::Mail {
            self.content = 0;
        }
        EventKind::Sent { step, line: line.into() }
    }

    fn own_content(&mut self, bytes: &[u8]) -> EventKind {
        let (head, _) = bytes.split_at(bytes.len().min(KEPT_CONTENT - self.content));
        self.content += head.len();
        EventKind::Content { head: head.to_vec(), octets: bytes.len() as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_content_is_counted_and_its_beginning_kept() {
        let recorder = Recorder::default();
        let block = vec![b'x'; 50_000];
        for _ in 0..2 {
            let what = What::Content { bytes: &block };
            recorder.event(&Event::new(Instant::now(), what, None));
        }
        let sizes: Vec<(usize, u64)> = recorder
            .take()
            .into_iter()
            .filter_map(|event| match event.kind {
                EventKind::Content { head, octets } => Some((head.len(), octets)),
                _ => None,
            })
            .collect();
        assert_eq!(sizes, [(50_000, 50_000), (15_536, 50_000)]);
        assert_eq!(recorder.take(), []);
        let mail = What::Sent { step: Step::Mail, line: "MAIL FROM:<>" };
        recorder.event(&Event::new(Instant::now(), mail, None));
        let next = What::Content { bytes: &block };
        recorder.event(&Event::new(Instant::now(), next, None));
        let [_, next] = recorder.take().try_into().unwrap();
        assert!(matches!(next.kind, EventKind::Content { head, .. } if head == block));
    }
}
