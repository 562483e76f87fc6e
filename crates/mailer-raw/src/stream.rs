//! The stream that a dialogue is spoken over: in the clear, and then perhaps inside TLS.

use std::{
    io::{self, Read, Write},
    time::{Duration, Instant},
};

use mailer::{Error, Server};
use mailer_protocol::Session;
use native_tls::{TlsConnector, TlsStream};

use crate::{tls, wire::Wire};

#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Wire),
    Tls(TlsStream<Wire>),
    /// TLS was to start and did not: the connection is gone.
    Gone,
}

impl Stream {
    /// Starts TLS on what was a plain stream.
    pub(crate) fn secure(
        &mut self,
        server: &Server,
        connector: &TlsConnector,
    ) -> Result<(), Error> {
        if let Self::Plain(wire) = std::mem::replace(self, Self::Gone) {
            *self = Self::Tls(tls::handshake(server, connector, wire)?);
        }
        Ok(())
    }

    /// The TCP stream below.
    pub(crate) fn wire(&mut self) -> Option<&mut Wire> {
        match self {
            Self::Plain(wire) => Some(wire),
            Self::Tls(tls) => Some(tls.get_mut()),
            Self::Gone => None,
        }
    }

    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        if let Some(wire) = self.wire() {
            wire.set_deadline(deadline);
        }
    }

    pub(crate) fn set_pace(&mut self, limit: Duration) {
        if let Some(wire) = self.wire() {
            wire.set_pace(limit);
        }
    }

    /// Writes what the session has to say, and a block of content behind it: in one go, and inside TLS
    /// in records that end where they have to.
    pub(crate) fn write_flight(&mut self, session: &Session, block: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(wire) => {
                wire.write_all(session.bytes())?;
                wire.write_all(block)
            }
            Self::Tls(tls) => {
                let [first, second] = session.records();
                [first, second, block].into_iter().try_for_each(|record| tls.write_all(record))?;
                tls.flush()
            }
            Self::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Reads what has arrived, and does not wait for more; `None` if nothing has.
    pub(crate) fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        if let Some(wire) = self.wire() {
            wire.set_nonblocking(true)?;
        }
        let found = self.read(buffer);
        if let Some(wire) = self.wire() {
            wire.set_nonblocking(false)?;
        }
        match found {
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says that TLS ends, so that the server knows that nothing was cut off, and closes.
    pub(crate) fn shut_down(&mut self) {
        if let Self::Tls(tls) = self {
            // The server may be gone already, and nothing depends on it any more.
            let _ = tls.shutdown().and_then(|()| tls.get_mut().flush());
        }
        if let Some(wire) = self.wire() {
            wire.shut_down();
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(wire) => wire.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
            Self::Gone => Ok(0),
        }
    }
}
