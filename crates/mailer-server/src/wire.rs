//! The connection: bytes in and out, in the clear or through TLS

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use socket2::SockRef;

use crate::buffer::Buffer;
use crate::log::Log;
use crate::options::Limits;
use crate::stop::Stop;
use crate::tls::{Grain, Tls};
use crate::transcript::Transcript;

/// What one read can take
pub(crate) const READ: usize = 64 * 1024;

/// How long a closed connection is read on, so that unread input does not turn the last reply
/// into a RST
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Why a session ends
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum End {
    #[error("the client is gone, or cannot be understood any more")]
    Gone,
    #[error("the client said nothing for too long")]
    Idle,
    #[error("the server is being stopped")]
    Stopping,
    #[error("the server has said its last word")]
    Closed,
    #[error("a fault asks for RST")]
    Reset,
}

/// One client's connection
pub(crate) struct Wire<'s> {
    socket: Arc<TcpStream>,
    tls: Option<Tls>,
    input: Buffer,
    output: Vec<u8>,
    log: Log<'s>,
    stop: &'s Stop,
}

impl<'s> Wire<'s> {
    /// Prepares the socket: no Nagle delay, and neither reads nor writes wait too long
    pub(crate) fn new(
        socket: Arc<TcpStream>,
        session: u64,
        limits: &Limits,
        transcript: &'s Transcript,
        stop: &'s Stop,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(limits.idle))?;
        socket.set_write_timeout(Some(limits.idle))?;
        if let Some(octets) = limits.socket_buffers {
            SockRef::from(&*socket).set_recv_buffer_size(octets)?;
            SockRef::from(&*socket).set_send_buffer_size(octets)?;
        }
        let log = Log::new(transcript, session);
        let input = Buffer::with_capacity(2 * READ);
        Ok(Self { socket, tls: None, input, output: Vec::new(), log, stop })
    }

    /// What has come and is not used yet
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
    /// together (RFC 2920 §3.2)
    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Writes down a line of the client
    pub(crate) fn heard(&self, line: impl FnOnce() -> String) {
        self.log.heard(self.is_tls(), line);
    }

    /// Sends all output in one write. It is written down before, so that who has heard a reply
    /// finds it in the transcript.
    pub(crate) fn flush(&mut self) -> Result<(), End> {
        self.log.said(&self.output, self.is_tls());
        let sent = send(&self.socket, self.tls.as_mut(), &self.output);
        self.output.clear();
        Ok(sent?)
    }

    /// The same byte by byte, with a pause before each
    pub(crate) fn drip(&mut self, pause: Duration) -> Result<(), End> {
        let output = std::mem::take(&mut self.output);
        self.log.said(&output, self.is_tls());
        for byte in output.chunks(1) {
            if self.stop.sleep(pause) {
                return Err(End::Stopping);
            }
            send(&self.socket, self.tls.as_mut(), byte)?;
        }
        Ok(())
    }

    /// Sends all output, then waits for more input
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
        self.socket.set_nonblocking(true)?;
        if self.read().is_ok() {
            self.log.input_arrived();
        }
        self.socket.set_nonblocking(false)?;
        Ok(())
    }

    /// One read; it may bring no more than a piece of a TLS record
    fn read(&mut self) -> Result<(), End> {
        let Some(tls) = &mut self.tls else {
            return receive(&self.socket, &mut self.input, self.stop);
        };
        tls.receive(&self.socket, self.stop)?;
        Ok(tls.decrypt(&mut self.input)?)
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
        let shaken = tls.shake_hands(&self.socket, self.stop, &mut self.input);
        self.log.input_arrived();
        if let Err(reason) = shaken {
            self.log.note(|| format!("no TLS: {reason}"));
            return Err(End::Gone);
        }
        self.tls = Some(tls);
        Ok(())
    }

    /// Sends all output and the end of the connection behind it
    pub(crate) fn close(&mut self) {
        let unsent = std::mem::take(&mut self.output);
        self.log.said(&unsent, self.is_tls());
        let sent = match &mut self.tls {
            None => (&*self.socket).write_all(&unsent),
            Some(tls) => tls.send_last(&self.socket, &unsent),
        };
        let closed = self.socket.shutdown(Shutdown::Write);
        if sent.is_ok() && closed.is_ok() {
            self.linger();
        }
    }

    /// Ends the connection with RST once it is dropped
    pub(crate) fn reset(&self) {
        // Without it the connection ends with FIN, which is the next best.
        let _ = SockRef::from(&*self.socket).set_linger(Some(Duration::ZERO));
    }

    fn linger(&mut self) {
        let deadline = Instant::now() + LINGER;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stop.is_set() {
                return;
            }
            self.input.consume(usize::MAX / 2);
            let read = self.socket.set_read_timeout(Some(left));
            match read.and_then(|()| (&*self.socket).read(self.input.room())) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Idle,
            _ => Self::Gone,
        }
    }
}

fn send(mut socket: &TcpStream, tls: Option<&mut Tls>, bytes: &[u8]) -> io::Result<()> {
    match tls {
        None => socket.write_all(bytes),
        Some(tls) => tls.send(socket, bytes),
    }
}

/// One read, as large as there is room
pub(crate) fn receive(mut socket: &TcpStream, into: &mut Buffer, stop: &Stop) -> Result<(), End> {
    if stop.is_set() {
        return Err(End::Stopping);
    }
    let count = loop {
        match socket.read(into.room()) {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    into.grow(count);
    match count {
        0 if stop.is_set() => Err(End::Stopping),
        0 => Err(End::Gone),
        _ => Ok(()),
    }
}
