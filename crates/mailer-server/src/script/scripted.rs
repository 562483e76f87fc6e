//! Starts and stops a scripted server, and returns its records.

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

/// A server that runs a [`Script`] on each connection, on loopback and on threads of this process.
///
/// It accepts connections as soon as [`start`](Self::start) returns. Dropping it ends all connections
/// and waits for its threads, for about half a second at most.
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
    /// If the server cannot listen on loopback, or cannot create a certificate.
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

    /// Returns the address that the server listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the certificate of the server's CA in PEM, for clients to trust. It signs a certificate
    /// for localhost, 127.0.0.1 and ::1, unless the script asks for another kind.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Returns the conversations so far, one for each connection, in order of connection.
    #[must_use]
    pub fn conversations(&self) -> Vec<Conversation> {
        self.shared.records.all()
    }

    /// Stops the server after it has read everything from clients that disconnected, and returns the
    /// conversations.
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
        // A session that begins now sees the stop; one that began before is cut.
        self.shared.stop.set();
        self.shared.sessions.cut();
        if is_awake {
            // The panic hook has already reported a session that panicked.
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
