//! lettre's connection without its pool.

use std::sync::Arc;

use lettre::{
    address::Envelope,
    transport::smtp::{
        Error as LettreError,
        client::{SmtpConnection, Tls},
        response::Response,
    },
};
use mailer::{Error, Mail, Mailer, Receipt, Server, Trace};

use crate::{dialogue::Dialogue, runner::Runner, session::Way, settings::Settings};

/// Sends by lettre's `SmtpConnection`, driven step by step: no pool, and so no NOOP and no silent
/// reconnect.
///
/// Its handshake ends where [`Mailer::open`] says, which makes it the fair one to measure. Few of
/// lettre's users use it, so it is measured only.
pub struct LettreConnection {
    runner: Runner<Direct>,
}

impl LettreConnection {
    /// A mailer for this server. Nothing is connected yet.
    ///
    /// # Errors
    /// As [`LettreMailer::new`](crate::LettreMailer::new).
    pub fn new(server: &Server) -> Result<Self, Error> {
        Ok(Self { runner: Runner::new(server)? })
    }

    /// The same mailer with lettre on the thread that calls, and without the guard.
    #[must_use]
    pub fn on_callers_thread(self) -> Self {
        Self { runner: self.runner.on_callers_thread() }
    }
}

impl Mailer for LettreConnection {
    fn open(&mut self) -> Result<(), Error> {
        self.runner.open()
    }

    fn send(&mut self, mail: &Mail) -> Receipt {
        self.runner.send(mail)
    }

    fn close(&mut self) -> Result<(), Error> {
        self.runner.close()
    }

    fn trace_to(&mut self, sink: Option<Arc<dyn Trace>>) {
        self.runner.trace_to(sink);
    }
}

struct Direct {
    settings: Arc<Settings>,
    dialogue: Arc<Dialogue>,
    connection: Option<SmtpConnection>,
}

impl Direct {
    /// The handshake, as `SmtpTransport` does it.
    fn connect(&self) -> Result<SmtpConnection, LettreError> {
        let Settings { host, port, hello, timeout, mechanisms, .. } = &*self.settings;
        self.dialogue.connecting();
        let from_the_first_byte = match &self.settings.tls {
            Tls::Wrapper(parameters) => Some(parameters),
            _ => None,
        };
        let address = (host.as_str(), *port);
        let mut connection =
            SmtpConnection::connect(address, Some(*timeout), hello, from_the_first_byte, None)?;
        match &self.settings.tls {
            Tls::Required(parameters) => connection.starttls(parameters, hello)?,
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters, hello)?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.settings.credentials {
            connection.auth(mechanisms, credentials)?;
        }
        Ok(connection)
    }

    fn connection(&mut self) -> Result<&mut SmtpConnection, LettreError> {
        // What failed is closed already.
        let open = self.connection.take().filter(|connection| !connection.has_broken());
        let connection = open.map_or_else(|| self.connect(), Ok)?;
        Ok(self.connection.insert(connection))
    }
}

impl Way for Direct {
    fn new(settings: &Arc<Settings>, dialogue: &Arc<Dialogue>) -> Self {
        let (settings, dialogue) = (Arc::clone(settings), Arc::clone(dialogue));
        Self { settings, dialogue, connection: None }
    }

    fn open(&mut self) -> Result<(), LettreError> {
        self.connection().map(drop)
    }

    fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Response, LettreError> {
        self.connection()?.send(envelope, message)
    }

    fn close(&mut self) -> Result<(), LettreError> {
        match self.connection.take() {
            Some(mut connection) if !connection.has_broken() => connection.quit().map(drop),
            _ => Ok(()),
        }
    }
}
