//! The connection of a scripted session: octets in and out, all of them written down.

use std::{
    io::{self, Write as _},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::Duration,
};

use memchr::memmem;
use rustls::ServerConnection;

use super::{
    Handshake,
    record::{Said, Taken},
    shared::Shared,
};
use crate::{
    buffer::Buffer,
    socket::{LINGER, READ, Socket},
    tls::{Grain, Tls},
};

/// No read or write of a script takes longer: whatever a client does, a session ends.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a script ends before its last step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The client is gone, or TLS with it failed.
    Gone,
    /// The connection is to be closed.
    Closing,
    /// The client said something else than the script expected.
    Deviation(String),
}

/// One client's connection.
pub(super) struct Channel<'s> {
    socket: Socket,
    /// How long the next read may take.
    patience: Duration,
    tls: Option<Tls>,
    arrived: Buffer,
    input: Vec<u8>,
    shared: &'s Shared,
    /// Where it is written down.
    place: usize,
}

impl<'s> Channel<'s> {
    pub(super) fn new(stream: Arc<TcpStream>, shared: &'s Shared) -> io::Result<Self> {
        let socket = Socket::new(stream, PATIENCE, Duration::MAX)?;
        let (arrived, place) = (Buffer::with_capacity(2 * READ), shared.records.begin());
        let (tls, input) = (None, Vec::new());
        Ok(Self { socket, patience: PATIENCE, tls, arrived, input, shared, place })
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The next line, which stays; it has no CRLF.
    pub(super) fn peek_line(&mut self) -> Result<String, Over> {
        let end = self.find(b"\r\n")?;
        let line = self.input.get(..end).unwrap_or_default();
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    /// The next line, taken.
    pub(super) fn take_line(&mut self) -> Result<String, Over> {
        let line = self.peek_line()?;
        self.take_until(b"\r\n")?;
        Ok(line)
    }

    /// All octets before these, which are taken too.
    pub(super) fn take_until(&mut self, end: &[u8]) -> Result<Vec<u8>, Over> {
        let at = self.find(end)?;
        let rest = self.input.split_off(at + end.len());
        let mut taken = std::mem::replace(&mut self.input, rest);
        taken.truncate(at);
        Ok(taken)
    }

    /// So many octets.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<u8>, Over> {
        while self.input.len() < count {
            self.fill()?;
        }
        let rest = self.input.split_off(count);
        Ok(std::mem::replace(&mut self.input, rest))
    }

    /// The octets that have come, at least so many, which stay.
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8], Over> {
        while self.input.len() < count {
            self.fill()?;
        }
        Ok(&self.input)
    }

    /// Sends in one write.
    pub(super) fn send(&mut self, octets: &[u8]) -> Result<(), Over> {
        self.check_stop()?;
        self.note(Said::by_server(octets, self.is_tls()));
        let sent = match &mut self.tls {
            None => self.socket.write_all(octets),
            Some(tls) => tls.send(&mut self.socket, octets),
        };
        sent.map_err(|_| Over::Gone)
    }

    /// Sends below TLS.
    pub(super) fn send_in_clear(&mut self, octets: &[u8]) -> Result<(), Over> {
        self.note(Said::by_server(octets, false));
        self.socket.write_all(octets).map_err(|_| Over::Gone)
    }

    /// Sends octet by octet, with a pause before each.
    pub(super) fn drip(&mut self, octets: &[u8], pause: Duration) -> Result<(), Over> {
        for octet in octets.chunks(1) {
            self.rest(pause)?;
            self.send(octet)?;
        }
        Ok(())
    }

    /// Does nothing for so long, unless the server is being stopped.
    pub(super) fn rest(&self, time: Duration) -> Result<(), Over> {
        if self.shared.ending.sleep(time) { Err(Over::Closing) } else { Ok(()) }
    }

    /// The server's side of the TLS handshake.
    pub(super) fn start_tls(&mut self, how: Handshake) -> Result<(), Over> {
        match how {
            Handshake::Whole => self.shake_hands(),
            Handshake::Cut(octets) => {
                let flight = self.first_flight()?;
                self.send_in_clear(flight.get(..octets).unwrap_or(&flight))?;
                Err(Over::Closing)
            }
            Handshake::Drip(pause) => {
                let flight = self.first_flight()?;
                self.drip(&flight, pause)?;
                Err(Over::Closing)
            }
        }
    }

    /// Ends TLS, and then the connection.
    pub(super) fn close(&mut self) {
        if let Some(tls) = &mut self.tls {
            // The client may be gone already, and nothing depends on it any more.
            let _ = tls.send_last(&mut self.socket, b"");
        }
        self.cut();
    }

    /// Ends the connection by FIN, and hears what the client still has to say: to close with unread
    /// input would make it a RST, which takes back what was sent.
    pub(super) fn cut(&mut self) {
        self.patience = LINGER;
        if self.socket.stream().shutdown(Shutdown::Write).is_ok() {
            while self.fill().is_ok() {}
        }
    }

    /// Makes the connection end with RST once it is dropped.
    pub(super) fn reset(&self) {
        self.socket.reset();
    }

    pub(super) fn deviated(&self, how: String) {
        self.shared.records.write(self.place, |conversation| conversation.deviation = Some(how));
    }

    pub(super) fn took(&self, content: Taken) {
        self.shared.records.write(self.place, |conversation| conversation.contents.push(content));
    }

    fn note(&self, said: Said) {
        self.shared.records.write(self.place, |conversation| conversation.said.push(said));
    }

    /// Where these octets begin in what has come, as soon as they have.
    fn find(&mut self, octets: &[u8]) -> Result<usize, Over> {
        let mut from = 0;
        loop {
            let unsearched = self.input.get(from..).unwrap_or_default();
            if let Some(at) = memmem::find(unsearched, octets) {
                return Ok(from + at);
            }
            from = self.input.len().saturating_sub(octets.len());
            self.fill()?;
        }
    }

    fn check_stop(&self) -> Result<(), Over> {
        if self.shared.stop.is_set() { Err(Over::Closing) } else { Ok(()) }
    }

    /// One read.
    fn fill(&mut self) -> Result<(), Over> {
        self.check_stop()?;
        self.socket.begin_step(self.patience);
        let stop = &self.shared.stop;
        match &mut self.tls {
            None => self.socket.receive(&mut self.arrived, stop).map_err(|_| Over::Gone)?,
            Some(tls) => {
                tls.receive(&mut self.socket, stop).map_err(|_| Over::Gone)?;
                tls.decrypt(&mut self.arrived).map_err(|_| Over::Gone)?;
            }
        }
        let octets = self.arrived.filled();
        self.note(Said::by_client(octets, self.is_tls()));
        self.input.extend_from_slice(octets);
        self.arrived.clear();
        Ok(())
    }

    fn shake_hands(&mut self) -> Result<(), Over> {
        self.socket.begin_step(self.patience);
        let mut tls = Tls::new(&self.shared.tls, Grain::All).map_err(|_| Over::Gone)?;
        tls.shake_hands(&mut self.socket, &self.shared.stop, &mut self.arrived)
            .map_err(|_| Over::Gone)?;
        self.tls = Some(tls);
        let early = self.arrived.filled();
        if !early.is_empty() {
            self.note(Said::by_client(early, true));
            self.input.extend_from_slice(early);
            self.arrived.clear();
        }
        Ok(())
    }

    /// What a TLS server says first, in answer to the ClientHello.
    fn first_flight(&mut self) -> Result<Vec<u8>, Over> {
        let mut tls =
            ServerConnection::new(Arc::clone(&self.shared.tls)).map_err(|_| Over::Gone)?;
        while !tls.wants_write() {
            self.check_stop()?;
            let count = tls.read_tls(&mut self.socket.stream()).map_err(|_| Over::Gone)?;
            tls.process_new_packets().map_err(|_| Over::Gone)?;
            if count == 0 {
                return Err(Over::Gone);
            }
        }
        let mut flight = Vec::new();
        while tls.wants_write() {
            tls.write_tls(&mut flight).map_err(|_| Over::Gone)?;
        }
        Ok(flight)
    }
}
