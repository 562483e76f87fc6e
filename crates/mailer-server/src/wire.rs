//! The connection of a session: reads and writes bytes, with or without TLS.

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
    profile::GroupReplies,
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
    sending: GroupReplies,
    log: Log<'s>,
    stop: &'s Stop,
}

impl<'s> Wire<'s> {
    /// Prepares the socket with its limits.
    pub(crate) fn new(
        stream: Arc<TcpStream>,
        session: u64,
        limits: &Limits,
        sending: GroupReplies,
        transcript: &'s Transcript,
        stop: &'s Stop,
    ) -> io::Result<Self> {
        if let Some(size) = limits.socket_buffers {
            SockRef::from(&*stream).set_recv_buffer_size(size)?;
            SockRef::from(&*stream).set_send_buffer_size(size)?;
        }
        let nodelay = sending == GroupReplies::Together;
        let socket = Socket::new(stream, limits.command, limits.session, nodelay)?;
        let log = Log::new(transcript, session);
        let input = Buffer::with_capacity(2 * READ);
        Ok(Self { socket, tls: None, input, output: Vec::new(), sending, log, stop })
    }

    /// Begins a step of the session, which limits the time of all reads until the next step.
    pub(crate) fn begin_step(&mut self, limit: Duration) {
        self.socket.begin_step(limit);
    }

    /// Returns the input that is not consumed yet.
    pub(crate) fn input(&self) -> &[u8] {
        self.input.filled()
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.input.consume(count);
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether TLS resumed an earlier session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::is_resumed)
    }

    /// Returns the bytes to send before the next read, so that the replies to a group leave together
    /// (RFC 2920 §3.2).
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Logs a line of the client.
    pub(crate) fn log_received(&self, line: impl FnOnce() -> String) {
        self.log.received(self.is_tls(), line);
    }

    /// Notes the end of an answer, which is sent now unless it may wait for others.
    pub(crate) fn answer_ended(&mut self) -> Result<(), End> {
        match self.sending {
            GroupReplies::Together => Ok(()),
            GroupReplies::OneByOne => self.flush(),
        }
    }

    /// Sends all output in one write. The log comes first, so that a client that has received a reply
    /// finds it in the transcript.
    pub(crate) fn flush(&mut self) -> Result<(), End> {
        self.log.sent(&self.output, self.is_tls());
        let sent = send(&mut self.socket, self.tls.as_mut(), &self.output);
        self.output.clear();
        sent
    }

    /// Sends all output in pieces, with a pause before each.
    pub(crate) fn send_in_pieces(
        &mut self,
        cut: fn(&[u8]) -> Vec<&[u8]>,
        pause: Duration,
    ) -> Result<(), End> {
        let output = std::mem::take(&mut self.output);
        self.log.sent(&output, self.is_tls());
        for piece in cut(&output) {
            if self.stop.sleep(pause) {
                return Err(End::Stopping);
            }
            send(&mut self.socket, self.tls.as_mut(), piece)?;
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

    /// Waits for `time`, then reads what has arrived. Errors are ignored: the next read reports them.
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

    /// Reads once. The read may bring only a part of a TLS record, and no plain text.
    fn read(&mut self) -> Result<(), End> {
        let Some(tls) = &mut self.tls else {
            return self.socket.receive(&mut self.input, self.stop);
        };
        tls.receive(&mut self.socket, self.stop)?;
        tls.decrypt(&mut self.input).map_err(|_| End::Gone)
    }

    /// Performs the TLS handshake. There must be no input left: it would be plain text that the server
    /// mistakes for input inside TLS (RFC 3207 §4.2). The inner error is the reason why it failed.
    pub(crate) fn start_tls(
        &mut self,
        config: &Arc<ServerConfig>,
        grain: Grain,
    ) -> Result<Result<(), String>, End> {
        self.flush()?;
        if !self.input.filled().is_empty() {
            return Err(End::Gone);
        }
        let mut tls = Tls::new(config, grain).map_err(|_| End::Gone)?;
        let shaken = tls.shake_hands(&mut self.socket, self.stop, &mut self.input);
        self.log.input_arrived();
        if let Err(reason) = shaken {
            self.log.note(|| format!("TLS failed: {reason}"));
            return Ok(Err(reason));
        }
        self.tls = Some(tls);
        Ok(Ok(()))
    }

    /// Sends all output and closes the connection. A client that was too slow gets little time to read
    /// it.
    pub(crate) fn close(&mut self, was_too_slow: bool) {
        if was_too_slow {
            self.socket.finish_within(LINGER);
        }
        let unsent = std::mem::take(&mut self.output);
        self.log.sent(&unsent, self.is_tls());
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

/// Sends bytes. After an error the client gets no last reply, because it does not read.
fn send(socket: &mut Socket, tls: Option<&mut Tls>, bytes: &[u8]) -> Result<(), End> {
    let sent = match tls {
        None => socket.write_all(bytes),
        Some(tls) => tls.send(socket, bytes),
    };
    sent.map_err(|_| End::Gone)
}
