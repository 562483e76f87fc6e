//! The connection of a bare exchange, with as few system calls as possible.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

use mailer::{Error, Kind, Step};
use native_tls::TlsStream;

use super::replies::Replies;

/// Bytes per read.
const READ: usize = 64 * 1024;
/// The timeout of each system call, longer than any workload needs, so that it is set only once.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection, and the replies that have arrived on it.
pub(super) struct Wire {
    stream: Stream,
    buffer: Box<[u8]>,
    replies: Replies,
    /// Replies that have arrived and were not waited for yet.
    ahead: usize,
}

impl Wire {
    pub(super) fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        Ok(Self::over(Stream::Plain(socket)))
    }

    pub(super) fn over(stream: Stream) -> Self {
        let buffer = vec![0; READ].into_boxed_slice();
        Self { stream, buffer, replies: Replies::default(), ahead: 0 }
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }

    pub(super) fn write(&mut self, step: Step, bytes: &[u8]) -> Result<(), Error> {
        let written = match &mut self.stream {
            Stream::Plain(socket) => socket.write_all(bytes),
            Stream::Tls(tls) => tls.write_all(bytes),
        };
        written.map_err(|cause| Error::lost(step).with_cause(cause))
    }

    /// Waits for this number of replies.
    pub(super) fn wait_for(&mut self, step: Step, replies: usize) -> Result<(), Error> {
        while self.ahead < replies {
            self.ahead += self.read(step)?;
        }
        self.ahead -= replies;
        Ok(())
    }

    /// Reads what has arrived, and returns how many replies end in it.
    pub(super) fn read(&mut self, step: Step) -> Result<usize, Error> {
        let read = match &mut self.stream {
            Stream::Plain(socket) => socket.read(&mut self.buffer),
            Stream::Tls(tls) => tls.read(&mut self.buffer),
        };
        let count = read.map_err(|cause| Error::lost(step).with_cause(cause))?;
        let replies = self.replies.count(self.buffer.get(..count).unwrap_or_default());
        match count {
            0 => Err(Error::lost(step)),
            _ if self.replies.is_refused() => {
                Err(Error::new(Kind::Refused, "the server refused a part of a bare exchange")
                    .with_step(step))
            }
            _ => Ok(replies),
        }
    }
}
