//! A trace that keeps the events of a dialogue.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use mailer::{Event, Mask, Reply, Source, Step, Trace, What};

/// The number of content bytes that are kept per mail. Of the rest, only the number is kept.
const KEPT_CONTENT: usize = 64 * 1024;

/// A [`Trace`] that keeps every event, in order.
#[derive(Debug)]
pub struct Recorder {
    kept: Mutex<Kept>,
    /// The number of content bytes that are kept per mail.
    content: usize,
}

#[derive(Debug, Default)]
struct Kept {
    events: Vec<RecordedEvent>,
    content: usize,
}

impl Default for Recorder {
    /// Returns a recorder that keeps the first 64 KiB of each mail.
    fn default() -> Self {
        Self::keeping(KEPT_CONTENT)
    }
}

/// An event that outlives the call that reported it: [`Event`] with owned texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The time of the event.
    pub at: Instant,
    /// What happened.
    pub kind: EventKind,
    /// The line of code that caused the event, if the backend knows it.
    pub source: Option<Source>,
}

/// The kind of an event, with its data: [`What`] with owned texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The TCP connection is made.
    Connected {
        /// The address of the server, or of the link if there is one.
        peer: SocketAddr,
    },
    /// A command line was written.
    Sent {
        /// The step that the command belongs to.
        step: Step,
        /// The line without its line end, with secrets masked.
        line: String,
    },
    /// A block of content was written.
    Content {
        /// The bytes that were kept: the first of each mail, see [`Recorder::keeping`].
        head: Vec<u8>,
        /// The number of bytes in the block.
        size: u64,
    },
    /// A reply arrived.
    Received {
        /// The step that it answers.
        step: Step,
        /// The complete reply, with secrets masked.
        reply: Reply,
    },
    /// The TLS handshake is complete.
    TlsStarted {
        /// The TLS version, if the backend knows it.
        version: Option<String>,
    },
    /// The connection is closed.
    Closed {
        /// The number of writes that the backend made on it, if known.
        writes: Option<u64>,
    },
}

/// Returns the part of a mail's content that a recorder keeps.
pub(crate) fn kept_of(content: &[u8]) -> &[u8] {
    content.split_at(content.len().min(KEPT_CONTENT)).0
}

impl RecordedEvent {
    /// Masks secrets in commands and replies.
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
    /// Returns a recorder that keeps this number of content bytes per mail.
    #[must_use]
    pub fn keeping(content: usize) -> Self {
        Self { kept: Mutex::default(), content }
    }

    /// Returns the events that were kept, and forgets them.
    #[must_use]
    pub fn take(&self) -> Vec<RecordedEvent> {
        // An event is pushed in one step, so the list is consistent even if a thread has panicked.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *kept).events
    }
}

impl Trace for Recorder {
    fn event(&self, event: &Event<'_>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kept.keep(&event.what, self.content);
        kept.events.push(RecordedEvent { at: event.at, kind, source: event.source.clone() });
    }
}

impl Kept {
    fn keep(&mut self, what: &What<'_>, most: usize) -> EventKind {
        match *what {
            What::Connected { peer } => EventKind::Connected { peer },
            What::Sent { step, line } => self.own_line(step, line),
            What::Content { bytes } => self.own_content(bytes, most),
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

    fn own_content(&mut self, bytes: &[u8], most: usize) -> EventKind {
        let (head, _) = bytes.split_at(bytes.len().min(most - self.content));
        self.content += head.len();
        EventKind::Content { head: head.to_vec(), size: bytes.len() as u64 }
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
                EventKind::Content { head, size } => Some((head.len(), size)),
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
