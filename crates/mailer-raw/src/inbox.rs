//! A buffer for data that arrives before it is asked for: during a write, or with a TLS record's head.

use std::{
    io::{self, Read},
    net::TcpStream,
};

use mailer_protocol::Window;

use crate::deadline::is_timeout;

/// The maximum number of buffered bytes: all outstanding replies at 512 bytes each (RFC 5321
/// §4.5.3.1.5). A server that sends more before it reads is not sending replies.
const MAX_INBOX: usize = Window::MAX_REPLIES * 512;

/// The data that has arrived and was not asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
}

impl Inbox {
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= MAX_INBOX
    }

    /// Reads from a non-blocking socket until no more data is available.
    pub(crate) fn fill(&mut self, mut socket: &TcpStream) -> io::Result<()> {
        let mut block = [0; 16 * 1024];
        while !self.is_full() {
            match socket.read(&mut block) {
                // The next read from the socket reports the end of the stream, after the buffered data.
                Ok(0) => break,
                Ok(count) => self.bytes.extend_from_slice(block.get(..count).unwrap_or_default()),
                Err(error) if is_timeout(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads at most `max` bytes with one system call into the empty inbox, and returns them. At the end of the stream
    /// there are none.
    pub(crate) fn read_once(&mut self, mut socket: &TcpStream, max: usize) -> io::Result<&[u8]> {
        debug_assert!(self.bytes.is_empty(), "what is kept comes first");
        self.bytes.resize(max, 0);
        let read = socket.read(&mut self.bytes);
        self.bytes.truncate(*read.as_ref().unwrap_or(&0));
        read.map(|_| self.bytes.as_slice())
    }

    /// Copies buffered data to `buffer`; returns `None` if there is none.
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
