//! Says what is waited for, when a server is silent at its greeting.

use std::{
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use mailer::{Event, Security, Server, Trace, What};

use crate::output;

/// How long a greeting may take before people wonder.
const PATIENCE: Duration = Duration::from_secs(5);

/// Watches for the first reply, from now on.
pub(crate) struct Watch {
    answered: Option<mpsc::Sender<()>>,
    watcher: Option<JoinHandle<()>>,
}

/// Passes every event on, and tells the watch of the first reply.
struct Listener {
    answered: mpsc::Sender<()>,
    next: Option<Arc<dyn Trace>>,
}

impl Watch {
    /// Begins to watch; the trace that it gives back must get the events, and passes them on.
    pub(crate) fn begin(server: &Server, next: Option<Arc<dyn Trace>>) -> (Self, Arc<dyn Trace>) {
        let (answered, answers) = mpsc::channel();
        let text = waiting_for(server);
        let watch = move || {
            if answers.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                output::note(&text);
            }
        };
        // Where the system gives no thread, the mail can be sent all the same.
        let watcher = thread::Builder::new().name("watch".into()).spawn(watch).ok();
        let listener = Arc::new(Listener { answered: answered.clone(), next });
        (Self { answered: Some(answered), watcher }, listener)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(answered) = self.answered.take() {
            // The watcher may have had its say already.
            let _ = answered.send(());
        }
        if let Some(watcher) = self.watcher.take() {
            // It does nothing that could panic.
            let _ = watcher.join();
        }
    }
}

impl Trace for Listener {
    fn event(&self, event: &Event<'_>) {
        if matches!(event.what, What::Received { .. } | What::Closed { .. }) {
            // Nobody listens after the first.
            let _ = self.answered.send(());
        }
        if let Some(next) = &self.next {
            next.event(event);
        }
    }

    fn wants_sources(&self) -> bool {
        self.next.as_ref().is_some_and(|next| next.wants_sources())
    }
}

fn waiting_for(server: &Server) -> String {
    let cause = match server.security {
        Security::Implicit => "smtps:// begins with TLS; a server on port 587 or 25 wants smtp://",
        _ => "if it speaks TLS from the first byte, as on port 465, it wants smtps://",
    };
    format!("mailer: still waiting for {} port {} to greet ({cause})", server.host, server.port)
}
