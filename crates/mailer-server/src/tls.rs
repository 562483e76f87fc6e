//! The server side of TLS, over a blocking socket.

use std::{
    io::{self, ErrorKind, Read as _, Write},
    sync::Arc,
};

use rustls::{HandshakeKind, ServerConfig, ServerConnection};

use crate::{
    buffer::Buffer,
    socket::{End, READ, Socket},
    stop::Stop,
};

/// How much of the input is decrypted at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// All bytes that have arrived.
    All,
    /// One record, so that all plain text in the input came in the same record.
    Record,
}

/// A TLS connection with its encrypted input.
pub(crate) struct Tls {
    connection: Box<ServerConnection>,
    /// Input that is not decrypted yet. Without this buffer rustls would read 4 KiB at a time.
    cipher: Buffer,
    grain: Grain,
    /// Whether the client has sent close_notify.
    ended: bool,
}

impl Tls {
    pub(crate) fn new(config: &Arc<ServerConfig>, grain: Grain) -> Result<Self, rustls::Error> {
        let mut connection = ServerConnection::new(Arc::clone(config))?;
        // The default limit of 64 KiB would split a long group of replies.
        connection.set_buffer_limit(None);
        let cipher = Buffer::with_capacity(READ);
        Ok(Self { connection: Box::new(connection), cipher, grain, ended: false })
    }

    /// Performs the handshake.
    ///
    /// # Errors
    /// The reason why it failed.
    pub(crate) fn shake_hands(
        &mut self,
        socket: &mut Socket,
        stop: &Stop,
        input: &mut Buffer,
    ) -> Result<(), String> {
        while self.connection.is_handshaking() {
            self.receive(socket, stop).map_err(|end| end.to_string())?;
            let decrypted = self.decrypt(input);
            // After a failure this sends the alert that names the reason.
            self.write(&mut *socket).map_err(|e| e.to_string())?;
            decrypted.map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Whether the handshake resumed an earlier session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Reads from the socket once, unless there is input left to decrypt.
    pub(crate) fn receive(&mut self, socket: &mut Socket, stop: &Stop) -> Result<(), End> {
        if self.ended {
            return Err(End::Gone);
        }
        if self.due() > 0 { Ok(()) } else { socket.receive(&mut self.cipher, stop) }
    }

    /// Decrypts the input that is due.
    pub(crate) fn decrypt(&mut self, input: &mut Buffer) -> io::Result<()> {
        let mut due = self.due();
        while due > 0 && !self.ended {
            let mut record = self.cipher.filled().get(..due).unwrap_or_default();
            let count = self.connection.read_tls(&mut record)?;
            self.cipher.consume(count);
            due -= count;
            self.connection.process_new_packets().map_err(io::Error::other)?;
            self.read_plain_text(input)?;
            self.ended |= count == 0;
        }
        Ok(())
    }

    /// Returns how many bytes to decrypt next; 0 if a record is incomplete.
    fn due(&self) -> usize {
        let cipher = self.cipher.filled();
        match self.grain {
            Grain::All => cipher.len(),
            Grain::Record => first_record(cipher).unwrap_or(0),
        }
    }

    fn read_plain_text(&mut self, input: &mut Buffer) -> io::Result<()> {
        loop {
            match self.connection.reader().read(input.room()) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(count) => input.grow(count),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(e),
            }
        }
    }

    /// Encrypts and sends, in one write if the system accepts it.
    pub(crate) fn send(&mut self, socket: impl Write, plain_text: &[u8]) -> io::Result<()> {
        self.connection.writer().write_all(plain_text)?;
        self.write(socket)
    }

    /// Encrypts and sends, with close_notify in the same write.
    pub(crate) fn send_last(&mut self, socket: impl Write, plain_text: &[u8]) -> io::Result<()> {
        self.connection.writer().write_all(plain_text)?;
        self.connection.send_close_notify();
        self.write(socket)
    }

    fn write(&mut self, mut socket: impl Write) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut socket)?;
        }
        Ok(())
    }
}

/// Returns the length of the first record, which begins with its type, a version and a length (RFC
/// 8446 §5.1); None if the record is incomplete.
fn first_record(cipher: &[u8]) -> Option<usize> {
    let [_, _, _, high, low, rest @ ..] = cipher else { return None };
    let fragment = usize::from(u16::from_be_bytes([*high, *low]));
    (fragment <= rest.len()).then(|| cipher.len() - rest.len() + fragment)
}
