//! A place for what arrives at the wrong time.

use std::{
    io::{self, Read},
    net::TcpStream,
};

use mailer_protocol::Window;

use crate::deadline::is_timeout;

/// Octets kept at most of what arrives while we write: all replies that may be under way, at 512 octets
/// each (RFC 5321 §4.5.3.1.5). A server that says more than this before it reads is not answering.
const MAX_INBOX: usize = Window::MAX_REPLIES * 512;

/// What arrived while we were writing.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
}

impl Inbox {
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= MAX_INBOX
    }

    /// Reads from a socket that does not block, until there is no more for now.
    pub(crate) fn fill(&mut self, mut socket: &TcpStream) -> io::Result<()> {
        let mut block = [0; 16 * 1024];
        while !self.is_full() {
            match socket.read(&mut block) {
                // The end of the stream is for the next read to find, behind what is kept here.
                Ok(0) => break,
                Ok(count) => self.bytes.extend_from_slice(block.get(..count).unwrap_or_default()),
                Err(error) if is_timeout(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Gives out what is kept; `None` if nothing is.
    pub(crate) fn take(&mut self, buffer: &mut [u8]) -> Option<usize> {
        let kept = self.bytes.get(self.start..).filter(|kept| !kept.is_empty())?;
        let count = kept.len().min(buffer.len());
        buffer.get_mut(..count)?.copy_from_slice(kept.get(..count)?);
        self.start += count;
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
        Some(count)
    }
}
