//! TLS on the server's side, over a blocking socket.

use std::{
    io::{self, ErrorKind, Read as _, Write},
    sync::Arc,
};

use rustls::{ServerConfig, ServerConnection};

use crate::{
    buffer::Buffer,
    socket::{End, READ, Socket},
    stop::Stop,
};

/// How much of what has come is turned into plain text at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    All,
    /// One record, so that what stands in the input came in the same one.
    Record,
}

/// A TLS connection and what has come for it.
pub(crate) struct Tls {
    connection: Box<ServerConnection>,
    /// What is not decrypted yet. rustls alone would read the socket in pieces of 4 KiB.
    cipher: Buffer,
    grain: Grain,
    /// The client has said close_notify, perhaps right after its last words.
    ended: bool,
}

impl Tls {
    pub(crate) fn new(config: &Arc<ServerConfig>, grain: Grain) -> Result<Self, rustls::Error> {
        let mut connection = ServerConnection::new(Arc::clone(config))?;
        // The default limit of 64 KiB would cut a long group of replies in two.
        connection.set_buffer_limit(None);
        let cipher = Buffer::with_capacity(READ);
        Ok(Self { connection: Box::new(connection), cipher, grain, ended: false })
    }

    /// The handshake; an error says why there is none.
    pub(crate) fn shake_hands(
        &mut self,
        socket: &mut Socket,
        stop: &Stop,
        input: &mut Buffer,
    ) -> Result<(), String> {
        while self.connection.is_handshaking() {
            self.receive(socket, stop).map_err(|end| end.to_string())?;
            let understood = self.decrypt(input);
            // Also where it failed: the alert that tells the client why.
            self.write(&mut *socket).map_err(|e| e.to_string())?;
            understood.map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// One read, if nothing is left to decrypt.
    pub(crate) fn receive(&mut self, socket: &mut Socket, stop: &Stop) -> Result<(), End> {
        if self.ended {
            return Err(End::Gone);
        }
        if self.due() > 0 { Ok(()) } else { socket.receive(&mut self.cipher, stop) }
    }

    /// Turns what is due of all that has come into plain text.
    pub(crate) fn decrypt(&mut self, input: &mut Buffer) -> io::Result<()> {
        let mut due = self.due();
        while due > 0 && !self.ended {
            let mut record = self.cipher.filled().get(..due).unwrap_or_default();
            let taken = self.connection.read_tls(&mut record)?;
            self.cipher.consume(taken);
            due -= taken;
            self.connection.process_new_packets().map_err(io::Error::other)?;
            self.read_plain_text(input)?;
            self.ended |= taken == 0;
        }
        Ok(())
    }

    /// The octets that are decrypted next, 0 if they have not all come.
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

    /// Encrypts and writes, in one write if the system takes it.
    pub(crate) fn send(&mut self, socket: impl Write, plain_text: &[u8]) -> io::Result<()> {
        self.connection.writer().write_all(plain_text)?;
        self.write(socket)
    }

    /// The same, and close_notify in the same write.
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

/// The octets of the first record, which begins with its type, a version and its length (RFC 8446
/// §5.1); None if it is not there as a whole.
fn first_record(cipher: &[u8]) -> Option<usize> {
    let [_, _, _, high, low, rest @ ..] = cipher else { return None };
    let fragment = usize::from(u16::from_be_bytes([*high, *low]));
    (fragment <= rest.len()).then(|| cipher.len() - rest.len() + fragment)
}
