//! What lettre says and hears on the wire, told by its own `tracing` events.
//!
//! lettre hands out little: an error or the final reply. Whether the end of a mail was sent, which
//! recipient was refused, and what the server said to each: all that stands in its debug events
//! only. [`Dialogue`] reads them back. What it learns decides between "not sent" and "unknown", so
//! it listens always; to a [`Trace`] it passes them on only if there is one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use mailer::{Event, Mask, Trace, What};

use super::{
    source,
    state::{Heard, State, Told},
};

/// The dialogue of one mailer; shared with its listener and, under guard, by two threads.
pub(crate) struct Dialogue {
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    /// Nobody waits for lettre any more.
    given_up: bool,
    sink: Option<Arc<dyn Trace>>,
    /// What lettre was given to send, for the sink.
    content: Arc<Vec<u8>>,
}

impl Dialogue {
    pub(crate) fn new(mask: Arc<Mask>, sink: Option<Arc<dyn Trace>>) -> Self {
        let state = State::new(mask);
        let inner = Inner { state, given_up: false, sink, content: Arc::default() };
        Self { inner: Mutex::new(inner) }
    }

    pub(crate) fn trace_to(&self, sink: Option<Arc<dyn Trace>>) {
        if sink.as_ref().is_some_and(|sink| sink.wants_sources()) {
            source::warm_up();
        }
        self.lock().sink = sink;
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        self.lock().state.begin();
    }

    /// This is what lettre will be given to send.
    pub(crate) fn hand_over(&self, content: &Arc<Vec<u8>>) {
        self.lock().content = Arc::clone(content);
    }

    /// What was heard since the call began, or since lettre made a new connection in it.
    pub(crate) fn heard(&self) -> Heard {
        self.lock().state.heard.clone()
    }

    /// A new connection is about to be made.
    pub(crate) fn connecting(&self) {
        self.tell(|state, _| state.connecting());
    }

    /// The connection is closed.
    pub(crate) fn closed(&self) {
        self.tell(|state, _| state.end_connection());
    }

    /// Nobody waits for this dialogue any more: from now on nothing is told, and
    /// [`Dialogue::is_given_up`] makes lettre stop at its next event. Says what was heard so far, and
    /// who listened.
    pub(crate) fn give_up(&self) -> (Heard, Option<Arc<dyn Trace>>) {
        self.closed();
        let mut inner = self.lock();
        inner.given_up = true;
        (inner.state.heard.clone(), inner.sink.take())
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.lock().given_up
    }

    /// Whether what is written now is the content, which is told without lettre's rendering of it:
    /// that would be two more copies of the mail.
    pub(crate) fn takes_content(&self) -> bool {
        let expected = self.lock().state.expects_content;
        if expected {
            self.tell(|state, _| state.content_written());
        }
        expected
    }

    /// A line was written.
    pub(crate) fn wrote(&self, line: &str) {
        self.tell(|state, show| state.line_written(line, show));
    }

    /// The lines of a reply so far, as lettre shows them.
    pub(crate) fn read(&self, lines: &str) {
        self.tell(|state, show| state.lines_read(lines, show));
    }

    /// TLS was started by STARTTLS.
    pub(crate) fn encrypted(&self) {
        self.tell(|state, _| state.tls_started());
    }

    /// Changes the state, and tells the sink what happened: when the lock is released, because a
    /// sink may take its time. The change learns whether there is one.
    fn tell(&self, change: impl FnOnce(&mut State, bool) -> Option<Told>) {
        let mut inner = self.lock();
        let sink = inner.sink.clone();
        let told = change(&mut inner.state, sink.is_some());
        let content = sink.is_some().then(|| Arc::clone(&inner.content));
        drop(inner);
        if let (Some(told), Some(sink), Some(content)) = (told, sink, content) {
            pass_on(sink.as_ref(), &told, &content);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What is inside is whole between any two statements that could panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pass_on(sink: &dyn Trace, told: &Told, content: &[u8]) {
    let at = Instant::now();
    let what = match told {
        Told::Sent(step, line) => What::Sent { step: *step, line },
        Told::Content => What::Content { bytes: content },
        Told::Received(step, reply) => What::Received { step: *step, reply },
        // native-tls does not say which version it is.
        Told::TlsStarted => What::TlsStarted { version: None },
        Told::Closed(writes) => What::Closed { writes: Some(*writes) },
    };
    let source = if sink.wants_sources() { source::cause() } else { None };
    sink.event(&Event { at, what, source });
}
