//! lettre's connection without its pool.

use std::sync::Arc;

use crate::{observe::Dialogue, session::Driver, settings::Settings};
use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        client::{SmtpConnection, Tls},
        response::Response,
    },
};

/// lettre's `SmtpConnection`, opened as `SmtpTransport` opens it.
pub(crate) struct Connection {
    settings: Arc<Settings>,
    dialogue: Arc<Dialogue>,
    connection: Option<SmtpConnection>,
}

impl Connection {
    /// The handshake, as `SmtpTransport` does it.
    fn connect(&self) -> Result<SmtpConnection, Error> {
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

    fn connection(&mut self) -> Result<&mut SmtpConnection, Error> {
        // What failed is closed already.
        let open = self.connection.take().filter(|connection| !connection.has_broken());
        let connection = open.map_or_else(|| self.connect(), Ok)?;
        Ok(self.connection.insert(connection))
    }
}

impl Driver for Connection {
    fn new(settings: &Arc<Settings>, dialogue: &Arc<Dialogue>) -> Self {
        let (settings, dialogue) = (Arc::clone(settings), Arc::clone(dialogue));
        Self { settings, dialogue, connection: None }
    }

    fn open(&mut self) -> Result<(), Error> {
        self.connection().map(drop)
    }

    fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Response, Error> {
        self.connection()?.send(envelope, message)
    }

    fn close(&mut self) -> Result<(), Error> {
        match self.connection.take() {
            Some(mut connection) if !connection.has_broken() => connection.quit().map(drop),
            _ => Ok(()),
        }
    }
}
