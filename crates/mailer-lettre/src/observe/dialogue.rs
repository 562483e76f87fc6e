//! What lettre writes and reads, put together from its own `tracing` events.
//!
//! [`Dialogue`] decides between "not sent" and "unknown", so it always listens. It reports
//! what it hears only while there is a [`Reporter`].

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mailer::{Mask, Step};

use super::{
    report::{Happening, Reporter},
    state::{Heard, State},
};
use crate::content::Content;

/// The dialogue of one mailer; shared with its listener and, under guard, by two threads.
pub(crate) struct Dialogue {
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    /// No call waits for lettre any more.
    given_up: bool,
    reporter: Option<Reporter>,
}

impl Dialogue {
    pub(crate) fn new(mask: Arc<Mask>) -> Self {
        let inner = Inner { state: State::new(mask), given_up: false, reporter: None };
        Self { inner: Mutex::new(inner) }
    }

    /// Reports from now on, or no longer.
    pub(crate) fn report_to(&self, reporter: Option<Reporter>) {
        self.lock().reporter = reporter;
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        self.lock().state.begin();
    }

    /// A call begins in which lettre is handed this content, which it writes in pieces of this size.
    pub(crate) fn begin_message(&self, content: &Content, piece: usize) {
        let mut inner = self.lock();
        inner.state.begin_message(content.bytes().len(), piece);
        if let Some(reporter) = &mut inner.reporter {
            reporter.show(content);
        }
    }

    /// The events of the call so far, or since lettre made a new connection in it.
    pub(crate) fn heard(&self) -> Heard {
        self.lock().state.heard.clone()
    }

    /// How long the reply to what was written last has been awaited; `None` if none is.
    pub(crate) fn reply_awaited_for(&self) -> Option<Duration> {
        let heard = &self.lock().state.heard;
        let is_awaited = !heard.answered && heard.step != Step::Connect;
        is_awaited.then(|| heard.written_at.elapsed())
    }

    /// A new connection is about to be made.
    pub(crate) fn connecting(&self) {
        self.change(|state, _| state.connecting());
    }

    /// The connection is closed.
    pub(crate) fn closed(&self) {
        self.change(|state, _| state.end_connection());
    }

    /// No call waits for this dialogue any more: nothing is reported from now on, and
    /// [`Dialogue::is_given_up`] makes lettre stop at its next event. Returns what was heard so far.
    pub(crate) fn give_up(&self) -> Heard {
        self.closed();
        let mut inner = self.lock();
        inner.given_up = true;
        inner.reporter = None;
        inner.state.heard.clone()
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.lock().given_up
    }

    /// Whether lettre has just written content. Its event is never rendered, since that would make
    /// two more copies of the message.
    pub(crate) fn accepts_content(&self) -> bool {
        let expected = self.lock().state.expects_content();
        if expected {
            self.change(|state, _| state.content_written());
        }
        expected
    }

    /// A line was written.
    pub(crate) fn wrote(&self, line: &str) {
        self.change(|state, show| state.line_written(line, show));
    }

    /// The lines of a reply so far, as lettre shows them.
    pub(crate) fn read(&self, lines: &str) {
        self.change(|state, show| state.lines_read(lines, show));
    }

    /// TLS was started by STARTTLS.
    pub(crate) fn encrypted(&self) {
        self.change(|state, _| state.tls_started());
    }

    /// Changes the state and reports what happened. The change learns whether there is a reporter.
    fn change(&self, change: impl FnOnce(&mut State, bool) -> Option<Happening>) {
        let mut inner = self.lock();
        let show = inner.reporter.is_some();
        let happened = change(&mut inner.state, show);
        if let (Some(what), Some(reporter)) = (happened, &inner.reporter) {
            reporter.report(what);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What is inside is whole between any two statements that could panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
