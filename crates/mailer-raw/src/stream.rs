//! The stream of a connection: plain TCP, and later TLS.

use std::{
    io::{self, Read, Write},
    time::{Duration, Instant},
};

use mailer::{Error, Server};
use mailer_protocol::Flight;

use crate::{
    tls::{self, Prepared, TlsStream},
    wire::Wire,
};

#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Wire),
    Tls(Box<dyn TlsStream>),
    /// The TLS handshake failed, so the connection is closed.
    Gone,
}

impl Stream {
    /// Starts TLS on a plain stream.
    pub(crate) fn secure(&mut self, server: &Server, prepared: Prepared) -> Result<(), Error> {
        if let Self::Plain(wire) = std::mem::replace(self, Self::Gone) {
            *self = Self::Tls(tls::handshake(server, prepared, wire)?);
        }
        Ok(())
    }

    /// Returns the TCP stream below TLS.
    pub(crate) fn wire(&mut self) -> Option<&mut Wire> {
        match self {
            Self::Plain(wire) => Some(wire),
            Self::Tls(tls) => Some(tls.wire()),
            Self::Gone => None,
        }
    }

    pub(crate) fn set_deadline(&mut self, deadline: Instant) {
        if let Some(wire) = self.wire() {
            wire.set_deadline(deadline);
        }
    }

    pub(crate) fn set_end(&mut self, end: Option<Instant>) {
        if let Some(wire) = self.wire() {
            wire.set_end(end);
        }
    }

    pub(crate) fn set_pace(&mut self, limit: Duration) {
        if let Some(wire) = self.wire() {
            wire.set_pace(limit);
        }
    }

    /// Writes a flight of the session with a block of content in its place. Inside TLS, each part has records of
    /// its own.
    pub(crate) fn write_flight(&mut self, flight: Flight<'_>, block: &[u8]) -> io::Result<()> {
        let ([first, second], [third, fourth]) = (flight.before, flight.after);
        let parts = [first, second, block, third, fourth];
        match self {
            Self::Plain(wire) => wire.write_parts(parts),
            Self::Tls(tls) => {
                tls.wire().begin_flight(parts.iter().map(|part| part.len()).sum());
                parts.into_iter().try_for_each(|part| tls.write_all(part))?;
                tls.flush()
            }
            Self::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Reads what has arrived, without waiting; returns `None` if there is nothing.
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

    /// Sends close_notify, so that the server knows that no data was cut off, and closes the connection.
    pub(crate) fn shut_down(&mut self) {
        if let Self::Tls(tls) = self {
            tls.send_close_notify();
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
