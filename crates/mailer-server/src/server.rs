//! The server: started, asked for what it stored, stopped.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    accept::{accept, listen, wake},
    certificates,
    config::Config,
    error::StartError,
    fault::Faults,
    options::{Account, Security},
    session,
    sessions::Sessions,
    shared::Shared,
    stop::Stop,
    store::{MailStore, Tally},
    stored_mail::StoredMail,
    transcript::{Transcript, TranscriptLine},
};

/// An SMTP server on threads of this process.
///
/// It takes connections from the moment [`start`](Self::start) returns. Dropped, it says 421 to
/// its clients, closes their connections and waits for its threads, half a second or so at most.
pub struct EmbeddedServer {
    shared: Arc<Shared>,
    addr: SocketAddr,
    ca_pem: String,
    accepting: Option<JoinHandle<()>>,
}

impl EmbeddedServer {
    /// Starts a server.
    ///
    /// # Errors
    /// If the address cannot be listened on, the maildir cannot be made, or no certificate.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let setup = certificates::set_up(&config)?;
        let store =
            MailStore::new(&config.store, config.on_mail.clone()).map_err(StartError::Store)?;
        let (listener, addr) = listen(config.listen)?;
        let lines = if config.keep_transcript { config.limits.transcript } else { 0 };
        let shared = Arc::new(Shared {
            tls: (config.security != Security::Plain).then_some(setup.tls),
            store,
            transcript: Transcript::new(lines),
            faults: Faults::new(config.faults.clone()),
            stop: Stop::default(),
            sessions: Sessions::default(),
            config,
        });
        let accepting = thread::Builder::new()
            .name(format!("smtp {addr}"))
            .spawn({
                let shared = Arc::clone(&shared);
                move || {
                    let failed = |cause: &io::Error| {
                        if let Some(hook) = &shared.config.on_failure {
                            hook.call(cause);
                        }
                    };
                    accept(&listener, &shared.stop, &shared.sessions, failed, |id, socket| {
                        // A socket that cannot be set up belongs to a client that is gone.
                        let _ = session::serve(&shared, id, socket);
                    });
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

    /// The certificate of its CA in PEM, for clients to trust. Made at start, it vouches for
    /// localhost, 127.0.0.1 and ::1, and its key is gone already.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// What it was started with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The first account.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.config().accounts.first()
    }

    /// The mails kept in memory and not taken out; none unless the store is
    /// [`Store::Memory`](crate::Store::Memory).
    #[must_use]
    pub fn mails(&self) -> Vec<StoredMail> {
        self.shared.store.mails()
    }

    /// Takes the mails out; [`stored`](Self::stored) goes on counting them.
    pub fn take_mails(&self) -> Vec<StoredMail> {
        self.shared.store.take_mails()
    }

    /// What was stored since the start.
    #[must_use]
    pub fn stored(&self) -> Tally {
        self.shared.store.tally()
    }

    /// Waits until `n` mails in all were stored since the start; false if `timeout` came first.
    #[must_use]
    pub fn wait_for_mails(&self, n: u64, timeout: Duration) -> bool {
        self.shared.store.wait_for(n, timeout)
    }

    /// Waits until no session is open; false if `timeout` came first.
    ///
    /// What clients sent before they left is stored by then. A client that has not yet had
    /// its greeting may not have a session yet.
    #[must_use]
    pub fn wait_for_sessions(&self, timeout: Duration) -> bool {
        self.shared.sessions.wait_for_none(timeout)
    }

    /// Stops the server as dropping it does, but waits for its sessions no longer than `limit`;
    /// returns whether all have ended. A session that has not, because its [`MailHook`] does not
    /// return, ends with the process.
    ///
    /// [`MailHook`]: crate::MailHook.
    #[must_use]
    pub fn stop_within(mut self, limit: Duration) -> bool {
        // Without its handle the thread that accepts is not waited for.
        self.accepting = None;
        self.end_sessions();
        self.wait_for_sessions(limit)
    }

    /// Sends 421 to all clients, and cuts the connections that do not take it. Returns whether the
    /// thread that accepts can be waited for.
    fn end_sessions(&self) -> bool {
        self.shared.stop.set();
        let is_awake = wake(self.addr);
        self.shared.sessions.stop();
        is_awake
    }

    /// What was said so far, in order of time within each session.
    #[must_use]
    pub fn transcript(&self) -> Vec<TranscriptLine> {
        self.shared.transcript.lines()
    }
}

impl Drop for EmbeddedServer {
    fn drop(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        if self.end_sessions() {
            // A session that panicked has been reported by the panic hook.
            let _ = accepting.join();
        }
    }
}

impl fmt::Debug for EmbeddedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedServer")
            .field("addr", &self.addr)
            .field("config", &self.shared.config)
            .finish_non_exhaustive()
    }
}
