//! Starts and stops an embedded server, and returns what it stored.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    accept::{accept, listen, wake},
    active_faults::ActiveFaults,
    certificates,
    config::Config,
    error::StartError,
    fault::Fault,
    options::{Account, Security},
    session,
    sessions::Sessions,
    shared::Shared,
    stop::Stop,
    store::{MailStore, Tally},
    stored_mail::StoredMail,
    transcript::{self, Transcript, TranscriptLine},
    url,
};

/// An SMTP server on threads of this process.
///
/// It accepts connections as soon as [`start`](Self::start) returns. Dropping it sends 421 to its
/// clients, closes their connections and waits for its threads, for about half a second at most.
pub struct EmbeddedServer {
    shared: Arc<Shared>,
    /// The addresses, that of [`Config::listen`] first.
    addrs: Vec<SocketAddr>,
    ca_pem: String,
    accepting: Vec<JoinHandle<()>>,
}

impl EmbeddedServer {
    /// Starts a server.
    ///
    /// # Errors
    /// If the server cannot listen on the address, or cannot create its maildir or certificate.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let setup = certificates::set_up(&config)?;
        let store =
            MailStore::new(&config.store, config.on_mail.clone()).map_err(StartError::Store)?;
        let store = store.with_headers(config.keep_headers);
        let (first, addr) = listen(config.listen)?;
        let mut listeners = vec![(first, addr)];
        for more in &config.also_listen {
            let port = if more.port() == 0 { addr.port() } else { more.port() };
            listeners.push(listen(SocketAddr::new(more.ip(), port))?);
        }
        let lines = if config.keep_transcript { config.limits.transcript } else { 0 };
        let shared = Arc::new(Shared {
            tls: (config.security != Security::Plain).then_some(setup.tls),
            store,
            transcript: Transcript::new(lines, config.on_line.clone()),
            faults: ActiveFaults::new(config.faults.clone()),
            stop: Stop::default(),
            sessions: Sessions::default(),
            resumed: AtomicU64::default(),
            config,
        });
        let (mut addrs, ca_pem) = (Vec::new(), setup.ca_pem);
        addrs.extend(listeners.iter().map(|(_, addr)| *addr));
        // If a thread cannot be started, dropping the server ends the earlier ones.
        let mut server = Self { shared, addrs, ca_pem, accepting: Vec::new() };
        for (listener, addr) in listeners {
            let shared = Arc::clone(&server.shared);
            let accepting = thread::Builder::new()
                .name(format!("smtp {addr}"))
                .spawn(move || accept_from(&listener, &shared))
                .map_err(StartError::Thread)?;
            server.accepting.push(accepting);
        }
        Ok(server)
    }

    /// Returns the address that the server listens on; with several, that of [`Config::listen`].
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addrs.first().copied().unwrap_or(self.shared.config.listen)
    }

    /// Returns all addresses that the server listens on, that of [`Config::listen`] first.
    #[must_use]
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// Returns the URL of the server, with the first account if the server offers AUTH.
    ///
    /// The URL has the form that lettre and many other clients read: `smtp://` without TLS,
    /// `smtp://…?tls=required` for STARTTLS and `smtps://` for TLS from the first byte. (`mailer` itself
    /// requires STARTTLS for the first form, unless `?tls=none` follows.) Its host is an IP address; if
    /// the server listens on all addresses, it is that of loopback.
    ///
    /// ```
    /// use mailer_server::{Account, Config, EmbeddedServer, Security};
    /// # fn main() -> Result<(), mailer_server::StartError> {
    /// let server = EmbeddedServer::start(Config::plain())?;
    /// assert_eq!(server.url(), format!("smtp://127.0.0.1:{}", server.addr().port()));
    ///
    /// let account = Account::new("ann@example.test", "sesame");
    /// let server = EmbeddedServer::start(Config::default().with_account(account))?;
    /// let port = server.addr().port();
    /// assert_eq!(
    ///     server.url(),
    ///     format!("smtp://ann%40example.test:sesame@127.0.0.1:{port}?tls=required")
    /// );
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn url(&self) -> String {
        url::url(self.config(), self.addr())
    }

    /// Replaces all faults while the server runs. Their times are counted from now.
    ///
    /// Each point that a session reaches later sees the new faults; actions that have begun continue.
    /// Without any fault the server behaves normally again:
    ///
    /// ```
    /// use mailer_server::{Config, EmbeddedServer, Fault, Point};
    /// # fn main() -> Result<(), mailer_server::StartError> {
    /// let server = EmbeddedServer::start(Config::plain())?;
    /// server.set_faults([Fault::at(Point::Rcpt).when("bob@").reply("550 5.1.1 No such user")]);
    /// // …
    /// server.set_faults([]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.set(faults);
    }

    /// Returns the certificate of the server's CA in PEM, for clients to trust. The server's own
    /// certificate is for localhost, 127.0.0.1 and ::1.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Returns the configuration that the server was started with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Returns the first account.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        self.config().accounts.first()
    }

    /// Returns the messages in memory. There are none unless the store is
    /// [`Store::Memory`](crate::Store::Memory).
    #[must_use]
    pub fn mails(&self) -> Vec<StoredMail> {
        self.shared.store.mails()
    }

    /// Removes and returns the messages in memory. [`stored`](Self::stored) still counts them.
    pub fn take_mails(&self) -> Vec<StoredMail> {
        self.shared.store.take_mails()
    }

    /// Returns the number, size and checksum of all messages since the start.
    #[must_use]
    pub fn stored(&self) -> Tally {
        self.shared.store.tally()
    }

    /// Waits until `n` messages have been stored since the start. Returns false after `timeout`.
    #[must_use]
    pub fn wait_for_mails(&self, n: u64, timeout: Duration) -> bool {
        self.shared.store.wait_for(n, timeout)
    }

    /// Waits until no session is open. Returns false after `timeout`.
    ///
    /// By then everything that clients sent before they disconnected is stored. A client that waits
    /// for its greeting may not have a session yet.
    #[must_use]
    pub fn wait_for_sessions(&self, timeout: Duration) -> bool {
        self.shared.sessions.wait_for_none(timeout)
    }

    /// Stops the server as dropping it does, but waits at most `limit` for its sessions. Returns
    /// whether all have ended. A session whose [`MailHook`] does not return ends with the process.
    ///
    /// [`MailHook`]: crate::MailHook.
    #[must_use]
    pub fn stop_within(mut self, limit: Duration) -> bool {
        // Without their handles the accept threads are not joined.
        self.accepting.clear();
        self.end_sessions();
        self.wait_for_sessions(limit)
    }

    /// Sends 421 to all clients, and cuts connections that do not read it. Returns whether the accept
    /// threads can be joined.
    fn end_sessions(&self) -> bool {
        self.shared.stop.set();
        // All are woken, whether one fails or not.
        let awake = self.addrs.iter().filter(|addr| wake(**addr)).count();
        self.shared.sessions.stop();
        awake == self.addrs.len()
    }

    /// Returns how often the client of a session waited for the server, according to the transcript.
    ///
    /// Commands that arrive together are one round trip, and so is a TLS handshake, as in TLS 1.3. The
    /// greeting is part of the first round trip. A group of commands that the network delivers in parts
    /// may count as several, and so does a handshake whose session tickets arrive late: turn them off with
    /// [`Config::with_session_tickets`] to count exactly.
    #[must_use]
    pub fn round_trips(&self, session: u64) -> usize {
        let lines = self.transcript();
        transcript::round_trips(lines.iter().filter(|line| line.session == session))
    }

    /// Returns how many TLS handshakes resumed a session so far (RFC 8446 §2.2).
    #[must_use]
    pub fn resumed_sessions(&self) -> u64 {
        self.shared.resumed.load(Ordering::Relaxed)
    }

    /// Returns the commands and replies so far, in order of time within each session.
    #[must_use]
    pub fn transcript(&self) -> Vec<TranscriptLine> {
        self.shared.transcript.lines()
    }
}

impl Drop for EmbeddedServer {
    fn drop(&mut self) {
        if self.accepting.is_empty() {
            return;
        }
        if self.end_sessions() {
            for accepting in self.accepting.drain(..) {
                // The panic hook has already reported a session that panicked.
                let _ = accepting.join();
            }
        }
    }
}

/// Accepts connections from this listener until the server stops.
fn accept_from(listener: &TcpListener, shared: &Shared) {
    let failed = |cause: &io::Error| {
        if let Some(hook) = &shared.config.on_failure {
            hook.call(cause);
        }
    };
    accept(listener, &shared.stop, &shared.sessions, failed, |id, socket| {
        // If the socket cannot be set up, the client is gone.
        let _ = session::serve(shared, id, socket);
    });
}

impl fmt::Debug for EmbeddedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedServer")
            .field("addrs", &self.addrs)
            .field("config", &self.shared.config)
            .finish_non_exhaustive()
    }
}
