//! The dialogue of lettre and the server, assembled from lettre's `tracing` events.
//!
//! [`Dialogue`] decides between "not sent" and "unknown", so it always observes. It reports events only
//! while there is a [`Reporter`].

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mailer::{Mask, Step, TlsLibrary};

use super::{
    report::{ReportKind, Reporter},
    state::{Progress, State},
};
use crate::content::Content;

/// The dialogue of one mailer. The mailer and its listener share it, with the guard on two threads.
pub(crate) struct Dialogue {
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    /// Whether the call was abandoned: no caller waits for lettre.
    is_abandoned: bool,
    reporter: Option<Reporter>,
}

impl Dialogue {
    pub(crate) fn new(mask: Arc<Mask>, library: TlsLibrary) -> Self {
        let inner = Inner { state: State::new(mask, library), is_abandoned: false, reporter: None };
        Self { inner: Mutex::new(inner) }
    }

    /// Sends reports to `reporter` from now on; `None` turns them off.
    pub(crate) fn report_to(&self, reporter: Option<Reporter>) {
        self.lock().reporter = reporter;
    }

    /// Notes that a call begins.
    pub(crate) fn begin(&self) {
        self.lock().state.begin();
    }

    /// Notes that a call begins that sends `content`, which lettre writes in pieces of `piece` bytes.
    pub(crate) fn begin_message(&self, content: &Content, piece: usize) {
        let mut inner = self.lock();
        inner.state.begin_message(content.bytes().len(), piece);
        if let Some(reporter) = &mut inner.reporter {
            reporter.set_content(content);
        }
    }

    /// Returns the progress of the call, or of its latest connection if lettre made a new one.
    pub(crate) fn progress(&self) -> Progress {
        self.lock().state.progress.clone()
    }

    /// Returns how long lettre has been waiting for a reply; `None` if it is not waiting.
    pub(crate) fn reply_awaited_for(&self) -> Option<Duration> {
        let progress = &self.lock().state.progress;
        let is_awaited = !progress.answered && progress.step != Step::Connect;
        is_awaited.then(|| progress.written_at.elapsed())
    }

    /// Notes that lettre is about to make a new connection.
    pub(crate) fn connecting(&self) {
        self.change(|state, _| state.connecting());
    }

    /// Notes that the connection is closed.
    pub(crate) fn closed(&self) {
        self.change(|state, _| state.end_connection());
    }

    /// Abandons the call: nothing is reported from now on, and the listener stops lettre at its next
    /// event. Returns the progress until now.
    pub(crate) fn abandon(&self) -> Progress {
        self.closed();
        let mut inner = self.lock();
        inner.is_abandoned = true;
        inner.reporter = None;
        inner.state.progress.clone()
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.lock().is_abandoned
    }

    /// Whether lettre has just written content; notes it if so. The event is never formatted, because that
    /// would make two more copies of the message.
    pub(crate) fn accepts_content(&self) -> bool {
        let expected = self.lock().state.expects_content();
        if expected {
            self.change(|state, _| state.content_written());
        }
        expected
    }

    /// Notes that lettre wrote a line.
    pub(crate) fn wrote(&self, line: &str) {
        self.change(|state, _| state.handshake_done());
        self.change(|state, show| state.line_written(line, show));
    }

    /// Notes the lines of a reply that lettre has read so far, in the form of lettre's events.
    pub(crate) fn read(&self, lines: &str) {
        self.change(|state, show| state.lines_read(lines, show));
    }

    /// Notes that lettre has changed to TLS after STARTTLS.
    pub(crate) fn encrypted(&self) {
        self.change(|state, _| state.tls_started());
    }

    /// Changes the state and reports the result. The second argument of `change` is whether there is a
    /// reporter.
    fn change(&self, change: impl FnOnce(&mut State, bool) -> Option<ReportKind>) {
        let mut inner = self.lock();
        let show = inner.reporter.is_some();
        let event = change(&mut inner.state, show);
        if let (Some(what), Some(reporter)) = (event, &inner.reporter) {
            reporter.report(what);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The state is consistent between any two statements that could panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
