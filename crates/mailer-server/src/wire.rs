//! The connection: bytes in and out, in the clear or through TLS.

use std::{
    io::{self, Write as _},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use rustls::ServerConfig;
use socket2::SockRef;

use crate::{
    buffer::Buffer,
    log::Log,
    options::Limits,
    socket::{End, LINGER, READ, Socket},
    stop::Stop,
    tls::{Grain, Tls},
    transcript::Transcript,
};

/// One client's connection.
pub(crate) struct Wire<'s> {
    socket: Socket,
    tls: Option<Tls>,
    input: Buffer,
    output: Vec<u8>,
    log: Log<'s>,
    stop: &'s Stop,
}

impl<'s> Wire<'s> {
    /// Prepares the socket with its limits.
    pub(crate) fn new(
        stream: Arc<TcpStream>,
        session: u64,
        limits: &Limits,
        transcript: &'s Transcript,
        stop: &'s Stop,
    ) -> io::Result<Self> {
        if let Some(octets) = limits.socket_buffers {
            SockRef::from(&*stream).set_recv_buffer_size(octets)?;
            SockRef::from(&*stream).set_send_buffer_size(octets)?;
        }
        let socket = Socket::new(stream, limits.command, limits.session)?;
        let log = Log::new(transcript, session);
        let input = Buffer::with_capacity(2 * READ);
        Ok(Self { socket, tls: None, input, output: Vec::new(), log, stop })
    }

    /// Begins a step of the session: what is read until the next step takes no longer than this.
    pub(crate) fn begin_step(&mut self, limit: Duration) {
        self.socket.begin_step(limit);
    }

    /// What has come and is not used yet.
    pub(crate) fn input(&self) -> &[u8] {
        self.input.filled()
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Bytes to send when there is nothing more to read, so that the replies to a group leave
    /// together (RFC 2920 §3.2).
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Writes down a line of the client.
    pub(crate) fn heard(&self, line: impl FnOnce() -> String) {
        self.log.heard(self.is_tls(), line);
    }

    /// Sends all output in one write. It is written down before, so that who has heard a reply
    /// finds it in the transcript.
    pub(crate) fn flush(&mut self) -> Result<(), End> {
        self.log.said(&self.output, self.is_tls());
        let sent = send(&mut self.socket, self.tls.as_mut(), &self.output);
        self.output.clear();
        sent
    }

    /// The same byte by byte, with a pause before each.
    pub(crate) fn drip(&mut self, pause: Duration) -> Result<(), End> {
        let output = std::mem::take(&mut self.output);
        self.log.said(&output, self.is_tls());
        for byte in output.chunks(1) {
            if self.stop.sleep(pause) {
                return Err(End::Stopping);
            }
            send(&mut self.socket, self.tls.as_mut(), byte)?;
        }
        Ok(())
    }

    /// Sends all output, then waits for more input.
    pub(crate) fn fill(&mut self) -> Result<(), End> {
        self.flush()?;
        let before = self.input.filled().len();
        while self.input.filled().len() == before {
            self.read()?;
        }
        self.log.input_arrived();
        Ok(())
    }

    /// Waits in any case, then takes what has come meanwhile. What may be wrong with the connection
    /// is for the next read to find.
    pub(crate) fn gather(&mut self, time: Duration) -> Result<(), End> {
        if self.stop.sleep(time) {
            return Err(End::Stopping);
        }
        self.socket.stream().set_nonblocking(true).map_err(|_| End::Gone)?;
        if self.read().is_ok() {
            self.log.input_arrived();
        }
        self.socket.stream().set_nonblocking(false).map_err(|_| End::Gone)
    }

    /// One read; it may bring no more than a piece of a TLS record.
    fn read(&mut self) -> Result<(), End> {
        let Some(tls) = &mut self.tls else {
            return self.socket.receive(&mut self.input, self.stop);
        };
        tls.receive(&mut self.socket, self.stop)?;
        tls.decrypt(&mut self.input).map_err(|_| End::Gone)
    }

    /// The server's side of the handshake. What is left of the input would be plain text taken for
    /// something said inside TLS (RFC 3207 §4.2), so there must be none.
    pub(crate) fn start_tls(
        &mut self,
        config: &Arc<ServerConfig>,
        grain: Grain,
    ) -> Result<(), End> {
        self.flush()?;
        if !self.input.filled().is_empty() {
            return Err(End::Gone);
        }
        let mut tls = Tls::new(config, grain).map_err(|_| End::Gone)?;
        let shaken = tls.shake_hands(&mut self.socket, self.stop, &mut self.input);
        self.log.input_arrived();
        if let Err(reason) = shaken {
            self.log.note(|| format!("no TLS: {reason}"));
            return Err(End::Gone);
        }
        self.tls = Some(tls);
        Ok(())
    }

    /// Sends all output, and after it the end of the connection. A client that was too slow has
    /// little time left to take it.
    pub(crate) fn close(&mut self, was_too_slow: bool) {
        if was_too_slow {
            self.socket.finish_within(LINGER);
        }
        let unsent = std::mem::take(&mut self.output);
        self.log.said(&unsent, self.is_tls());
        let sent = match &mut self.tls {
            None => self.socket.write_all(&unsent),
            Some(tls) => tls.send_last(&mut self.socket, &unsent),
        };
        if sent.is_ok() {
            self.socket.close(&mut self.input, self.stop);
        }
    }

    /// Ends the connection with RST once it is dropped.
    pub(crate) fn reset(&self) {
        self.socket.reset();
    }
}

/// A client that does not take what is sent has no use for a last reply.
fn send(socket: &mut Socket, tls: Option<&mut Tls>, bytes: &[u8]) -> Result<(), End> {
    let sent = match tls {
        None => socket.write_all(bytes),
        Some(tls) => tls.send(socket, bytes),
    };
    sent.map_err(|_| End::Gone)
}
