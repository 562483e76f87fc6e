//! A note on stderr when a server does not send its greeting.

use std::{
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use mailer::{Event, Security, Server, Trace, What};

use crate::output;

/// The time after which the note about a missing greeting appears.
const NOTE_AFTER: Duration = Duration::from_secs(5);

/// A thread that prints the note unless the first reply arrives in time. It ends when this is dropped.
pub(crate) struct GreetingWatch {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A trace that stops the watch at the first reply and forwards every event.
struct FirstReply {
    stop: mpsc::Sender<()>,
    next: Option<Arc<dyn Trace>>,
}

impl GreetingWatch {
    /// Starts the watch. The mailer must report its events to the returned trace, which forwards them to
    /// `next`.
    pub(crate) fn start(server: &Server, next: Option<Arc<dyn Trace>>) -> (Self, Arc<dyn Trace>) {
        let (stop, stopped) = mpsc::channel();
        let text = note_for(server);
        let watch = move || {
            if stopped.recv_timeout(NOTE_AFTER) == Err(mpsc::RecvTimeoutError::Timeout) {
                output::note(&text);
            }
        };
        // Without a thread there is no note; the mail is sent all the same.
        let thread = thread::Builder::new().name("greeting-watch".into()).spawn(watch).ok();
        let trace = Arc::new(FirstReply { stop: stop.clone(), next });
        (Self { stop: Some(stop), thread }, trace)
    }
}

impl Drop for GreetingWatch {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It fails if the thread has ended.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // The thread does nothing that could panic.
            let _ = thread.join();
        }
    }
}

impl Trace for FirstReply {
    fn event(&self, event: &Event<'_>) {
        if matches!(event.what, What::Received { .. } | What::Closed { .. }) {
            // It fails after the first reply, when the thread has ended.
            let _ = self.stop.send(());
        }
        if let Some(next) = &self.next {
            next.event(event);
        }
    }

    fn wants_sources(&self) -> bool {
        self.next.as_ref().is_some_and(|next| next.wants_sources())
    }
}

fn note_for(server: &Server) -> String {
    let cause = match server.security {
        Security::Implicit => {
            "smtps:// starts with TLS; use smtp:// for a server on port 587 or 25"
        }
        _ => "if the server starts with TLS, as on port 465, use smtps://",
    };
    format!(
        "mailer: still waiting for the greeting of {} port {} ({cause})",
        server.host, server.port
    )
}
