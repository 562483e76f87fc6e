//! The connection of a scripted session, which records all bytes.

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
    record::{ReceivedContent, Transfer},
    shared::Shared,
};
use crate::{
    buffer::Buffer,
    socket::{LINGER, READ, Socket},
    tls::{Grain, Tls},
};

/// The time limit of each read and write, so that every session ends.
const STEP_LIMIT: Duration = Duration::from_secs(30);

/// Why a script ends before its last step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The client is gone, or TLS with it failed.
    Gone,
    /// The connection is to be closed.
    Closing,
    /// The client sent something unexpected.
    Deviation(String),
}

/// One client's connection.
pub(super) struct Channel<'s> {
    socket: Socket,
    /// The time limit of the next read.
    read_limit: Duration,
    tls: Option<Tls>,
    arrived: Buffer,
    input: Vec<u8>,
    shared: &'s Shared,
    /// The index of its conversation in the records.
    index: usize,
}

impl<'s> Channel<'s> {
    pub(super) fn new(stream: Arc<TcpStream>, shared: &'s Shared) -> io::Result<Self> {
        let socket = Socket::new(stream, STEP_LIMIT, Duration::MAX, true)?;
        let (arrived, index) = (Buffer::with_capacity(2 * READ), shared.records.begin());
        let (tls, input) = (None, Vec::new());
        Ok(Self { socket, read_limit: STEP_LIMIT, tls, arrived, input, shared, index })
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Returns the next line without its CRLF, and does not consume it.
    pub(super) fn peek_line(&mut self) -> Result<String, Over> {
        let end = self.find(b"\r\n")?;
        let line = self.input.get(..end).unwrap_or_default();
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    /// Consumes the next line, and returns it without its CRLF.
    pub(super) fn take_line(&mut self) -> Result<String, Over> {
        let line = self.peek_line()?;
        self.take_until(b"\r\n")?;
        Ok(line)
    }

    /// Consumes all bytes up to `end`, inclusive, and returns those before it.
    pub(super) fn take_until(&mut self, end: &[u8]) -> Result<Vec<u8>, Over> {
        let at = self.find(end)?;
        let rest = self.input.split_off(at + end.len());
        let mut taken = std::mem::replace(&mut self.input, rest);
        taken.truncate(at);
        Ok(taken)
    }

    /// Consumes this many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<u8>, Over> {
        while self.input.len() < count {
            self.fill()?;
        }
        let rest = self.input.split_off(count);
        Ok(std::mem::replace(&mut self.input, rest))
    }

    /// Returns the received bytes, at least this many, and does not consume them.
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8], Over> {
        while self.input.len() < count {
            self.fill()?;
        }
        Ok(&self.input)
    }

    /// Sends in one write.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Over> {
        self.check_stop()?;
        self.record(Transfer::by_server(bytes, self.is_tls()));
        let sent = match &mut self.tls {
            None => self.socket.write_all(bytes),
            Some(tls) => tls.send(&mut self.socket, bytes),
        };
        sent.map_err(|_| Over::Gone)
    }

    /// Sends without TLS.
    pub(super) fn send_in_clear(&mut self, bytes: &[u8]) -> Result<(), Over> {
        self.record(Transfer::by_server(bytes, false));
        self.socket.write_all(bytes).map_err(|_| Over::Gone)
    }

    /// Sends byte by byte, with a pause before each.
    pub(super) fn drip(&mut self, bytes: &[u8], pause: Duration) -> Result<(), Over> {
        for byte in bytes.chunks(1) {
            self.pause(pause)?;
            self.send(byte)?;
        }
        Ok(())
    }

    /// Waits, unless the server is stopped.
    pub(super) fn pause(&self, time: Duration) -> Result<(), Over> {
        if self.shared.ending.sleep(time) { Err(Over::Closing) } else { Ok(()) }
    }

    /// Performs the TLS handshake.
    pub(super) fn start_tls(&mut self, how: Handshake) -> Result<(), Over> {
        match how {
            Handshake::Whole => self.shake_hands(),
            Handshake::Cut(bytes) => {
                let flight = self.first_flight()?;
                self.send_in_clear(flight.get(..bytes).unwrap_or(&flight))?;
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
            // An error means that the client is gone, which the script does not need to know.
            let _ = tls.send_last(&mut self.socket, b"");
        }
        self.cut();
    }

    /// Ends the connection with FIN, and reads what the client still sends: closing with unread input
    /// would send RST, which discards what the server sent.
    pub(super) fn cut(&mut self) {
        self.read_limit = LINGER;
        if self.socket.stream().shutdown(Shutdown::Write).is_ok() {
            while self.fill().is_ok() {}
        }
    }

    /// Makes the connection end with RST once it is dropped.
    pub(super) fn reset(&self) {
        self.socket.reset();
    }

    pub(super) fn record_deviation(&self, how: String) {
        self.shared.records.write(self.index, |conversation| conversation.deviation = Some(how));
    }

    pub(super) fn record_content(&self, content: ReceivedContent) {
        self.shared.records.write(self.index, |conversation| conversation.contents.push(content));
    }

    fn record(&self, transfer: Transfer) {
        self.shared.records.write(self.index, |conversation| conversation.transfers.push(transfer));
    }

    /// Waits for these bytes, and returns their position in the input.
    fn find(&mut self, bytes: &[u8]) -> Result<usize, Over> {
        let mut from = 0;
        loop {
            let unsearched = self.input.get(from..).unwrap_or_default();
            if let Some(at) = memmem::find(unsearched, bytes) {
                return Ok(from + at);
            }
            from = self.input.len().saturating_sub(bytes.len());
            self.fill()?;
        }
    }

    fn check_stop(&self) -> Result<(), Over> {
        if self.shared.stop.is_set() { Err(Over::Closing) } else { Ok(()) }
    }

    /// One read.
    fn fill(&mut self) -> Result<(), Over> {
        self.check_stop()?;
        self.socket.begin_step(self.read_limit);
        let stop = &self.shared.stop;
        match &mut self.tls {
            None => self.socket.receive(&mut self.arrived, stop).map_err(|_| Over::Gone)?,
            Some(tls) => {
                tls.receive(&mut self.socket, stop).map_err(|_| Over::Gone)?;
                tls.decrypt(&mut self.arrived).map_err(|_| Over::Gone)?;
            }
        }
        let bytes = self.arrived.filled();
        self.record(Transfer::by_client(bytes, self.is_tls()));
        self.input.extend_from_slice(bytes);
        self.arrived.clear();
        Ok(())
    }

    fn shake_hands(&mut self) -> Result<(), Over> {
        self.socket.begin_step(self.read_limit);
        let mut tls = Tls::new(&self.shared.tls, Grain::All).map_err(|_| Over::Gone)?;
        tls.shake_hands(&mut self.socket, &self.shared.stop, &mut self.arrived)
            .map_err(|_| Over::Gone)?;
        self.tls = Some(tls);
        let early = self.arrived.filled();
        if !early.is_empty() {
            self.record(Transfer::by_client(early, true));
            self.input.extend_from_slice(early);
            self.arrived.clear();
        }
        Ok(())
    }

    /// Reads the ClientHello, and returns the server's first flight.
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
