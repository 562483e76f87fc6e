//! lettre's connection without its pool.

use std::sync::Arc;

use crate::{observe::Dialogue, session::Driver, settings::Settings};
use lettre::{
    address::Envelope,
    transport::smtp::{
        Error,
        client::{SmtpConnection, Tls},
        commands::{Data, Mail, Rcpt},
        extension::{Extension, MailBodyParameter, MailParameter},
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
    /// Connects as `SmtpTransport` does it: TCP, EHLO, STARTTLS and AUTH.
    fn connect(&self) -> Result<SmtpConnection, Error> {
        let Settings { host, port, hello, timeout, mechanisms, .. } = &*self.settings;
        self.dialogue.connecting();
        let implicit_tls = match &self.settings.tls {
            Tls::Wrapper(parameters) => Some(parameters),
            _ => None,
        };
        let address = (host.as_str(), *port);
        let mut connection =
            SmtpConnection::connect(address, Some(*timeout), hello, implicit_tls, None)?;
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
        // A connection that failed is closed already.
        let open = self.connection.take().filter(|connection| !connection.has_broken());
        let connection = open.map_or_else(|| self.connect(), Ok)?;
        Ok(self.connection.insert(connection))
    }
}

/// Returns the extensions that the message needs, each with the parameter of MAIL that declares it.
fn mail_parameters(envelope: &Envelope, message: &[u8]) -> Vec<(Extension, MailParameter)> {
    let mut addresses = envelope.to().iter().chain(envelope.from());
    let smtputf8 = (Extension::SmtpUtfEight, MailParameter::SmtpUtfEight);
    let body = MailParameter::Body(MailBodyParameter::EightBitMime);
    let needed = [
        (!addresses.all(|address| AsRef::<str>::as_ref(address).is_ascii())).then_some(smtputf8),
        (!message.is_ascii()).then_some((Extension::EightBitMime, body)),
    ];
    needed.into_iter().flatten().collect()
}

/// Does a transaction like lettre's `send`, but copies the content in pieces to double its dots.
///
/// The iterator cannot report an error: lettre ends the message where the iterator ends. So a message in
/// a file is read before the transaction starts, and a file that cannot be read whole is not sent.
fn send_in_pieces(
    connection: &mut SmtpConnection,
    envelope: &Envelope,
    parameters: Vec<MailParameter>,
    message: &[u8],
) -> Result<Response, Error> {
    connection.command(Mail::new(envelope.from().cloned(), parameters))?;
    for recipient in envelope.to() {
        connection.command(Rcpt::new(recipient.clone(), Vec::new()))?;
    }
    connection.command(Data)?;
    connection.message_iter(message.chunks(Connection::PIECE))
}

impl Driver for Connection {
    const PIECE: usize = 64 * 1024;

    fn new(settings: &Arc<Settings>, dialogue: &Arc<Dialogue>) -> Self {
        let (settings, dialogue) = (Arc::clone(settings), Arc::clone(dialogue));
        Self { settings, dialogue, connection: None }
    }

    fn open(&mut self) -> Result<(), Error> {
        self.connection().map(drop)
    }

    fn send(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Response, Error> {
        let connection = self.connection()?;
        let parameters = mail_parameters(envelope, message);
        let is_offered = |parameter| connection.server_info().supports_feature(parameter);
        // For content of one piece, lettre's `send` does the same. It also has the error for a missing
        // extension.
        if message.len() <= Self::PIECE || !parameters.iter().all(|(needed, _)| is_offered(*needed))
        {
            return connection.send(envelope, message);
        }
        let parameters = parameters.into_iter().map(|(_, parameter)| parameter).collect();
        let sent = send_in_pieces(connection, envelope, parameters, message);
        if sent.is_err() {
            connection.abort();
        }
        sent
    }

    fn close(&mut self) -> Result<(), Error> {
        match self.connection.take() {
            Some(mut connection) if !connection.has_broken() => connection.quit().map(drop),
            _ => Ok(()),
        }
    }
}
