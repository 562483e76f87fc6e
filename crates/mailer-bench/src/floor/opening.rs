//! The handshake of a bare exchange: all of its steps, without reading the replies.

use std::net::TcpStream;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Error, Kind, Security, Server, Step};
use native_tls::TlsConnector;

use super::wire::{Stream, Wire};

/// How to open connections to a server: everything that can be prepared before the clock starts.
pub(super) struct Opening {
    server: Server,
    connector: Option<TlsConnector>,
    ehlo: String,
    auth: Option<String>,
}

impl Opening {
    pub(super) fn new(server: &Server) -> Result<Self, Error> {
        let connector = match server.security {
            Security::None => None,
            _ => Some(mailer_lab::tls_connector(server)?),
        };
        let auth = server.credentials.as_ref().map(|credentials| {
            // RFC 4616 §2: no authorization identity, the user, the password.
            let (user, password) = (credentials.user(), credentials.secret().reveal());
            format!("AUTH PLAIN {}\r\n", STANDARD.encode(format!("\0{user}\0{password}")))
        });
        let ehlo = format!("EHLO {}\r\n", server.hello);
        Ok(Self { server: server.clone(), connector, ehlo, auth })
    }

    /// Opens a connection, until the server would accept MAIL.
    pub(super) fn open(&self) -> Result<Wire, Error> {
        let mut wire = self.connect()?;
        if self.server.security == Security::Implicit {
            wire = self.secure(wire)?;
        }
        wire.wait_for(Step::Greeting, 1)?;
        exchange(&mut wire, Step::Ehlo, &self.ehlo)?;
        if matches!(self.server.security, Security::Required | Security::Opportunistic) {
            exchange(&mut wire, Step::StartTls, "STARTTLS\r\n")?;
            wire = self.secure(wire)?;
            exchange(&mut wire, Step::EhloAgain, &self.ehlo)?;
        }
        if let Some(auth) = &self.auth {
            exchange(&mut wire, Step::Auth, auth)?;
        }
        Ok(wire)
    }

    fn connect(&self) -> Result<Wire, Error> {
        let unreachable = |cause| Error::unreachable(&self.server).with_cause(cause);
        let socket = match self.server.connect_to {
            Some(address) => TcpStream::connect(address),
            None => TcpStream::connect((self.server.host.as_str(), self.server.port)),
        };
        Wire::new(socket.map_err(unreachable)?).map_err(unreachable)
    }

    fn secure(&self, wire: Wire) -> Result<Wire, Error> {
        let (Some(connector), Stream::Plain(socket)) = (&self.connector, wire.into_stream()) else {
            return Err(Error::new(Kind::Internal, "TLS was started twice").with_step(Step::Tls));
        };
        let tls = connector
            .connect(self.server.host.as_str(), socket)
            .map_err(|cause| Error::lost(Step::Tls).with_cause(cause))?;
        Ok(Wire::over(Stream::Tls(Box::new(tls))))
    }
}

/// Sends a line and waits for its reply.
pub(super) fn exchange(wire: &mut Wire, step: Step, line: &str) -> Result<(), Error> {
    wire.write(step, line.as_bytes())?;
    wire.wait_for(step, 1)
}
