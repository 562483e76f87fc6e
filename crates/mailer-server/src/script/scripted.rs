//! The scripted server: started, asked what it heard, stopped.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread::{self, JoinHandle},
};

use super::{
    Script, Step,
    player::play,
    record::{Conversation, Records},
    shared::Shared,
};
use crate::{
    accept::{accept, listen, wake},
    certificates,
    config::Config,
    error::StartError,
    sessions::Sessions,
    stop::Stop,
};

/// A server on loopback, on threads of this process, that plays a [`Script`] on each connection.
///
/// It takes connections from the moment [`start`](Self::start) returns. Dropped, it ends all of
/// them and waits for its threads, half a second or so at most, whatever the script is at.
pub struct ScriptedServer {
    shared: Arc<Shared>,
    addr: SocketAddr,
    ca_pem: String,
    accepting: Option<JoinHandle<()>>,
}

impl ScriptedServer {
    /// Starts a server.
    ///
    /// # Errors
    /// If loopback cannot be listened on, or no certificate made.
    pub fn start(script: Script) -> Result<Self, StartError> {
        let setup = certificates::set_up(&Config::default().with_certificate(script.certificate))?;
        let (listener, addr) = listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let shared = Arc::new(Shared {
            script,
            tls: setup.tls,
            records: Records::default(),
            ending: Stop::default(),
            stop: Stop::default(),
            sessions: Sessions::default(),
        });
        let accepting = thread::Builder::new()
            .name(format!("script {addr}"))
            .spawn({
                let shared = Arc::clone(&shared);
                move || {
                    accept(
                        &listener,
                        &shared.ending,
                        &shared.sessions,
                        |_| {},
                        |_, s| play(&shared, s),
                    );
                }
            })
            .map_err(StartError::Thread)?;
        Ok(Self { shared, addr, ca_pem: setup.ca_pem, accepting: Some(accepting) })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The certificate of its CA in PEM, which vouches for localhost and its addresses, unless the
    /// script has asked for a bad certificate.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What was said so far, a conversation for each connection in the order they came.
    #[must_use]
    pub fn conversations(&self) -> Vec<Conversation> {
        self.shared.records.all()
    }

    /// Stops, once the clients that are gone have been heard to their end, and tells what was said.
    #[must_use]
    pub fn finish(mut self) -> Vec<Conversation> {
        self.end();
        self.conversations()
    }

    fn end(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        self.shared.ending.set();
        let is_awake = wake(self.addr);
        self.shared.sessions.wait();
        // A session that begins only now finds the word said; one that began before is cut.
        self.shared.stop.set();
        self.shared.sessions.cut();
        if is_awake {
            // A session that panicked has been reported by the panic hook.
            let _ = accepting.join();
        }
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for ScriptedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: &[Step] = &self.shared.script.steps;
        f.debug_struct("ScriptedServer")
            .field("addr", &self.addr)
            .field("steps", &steps)
            .finish_non_exhaustive()
    }
}
