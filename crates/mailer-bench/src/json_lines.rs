//! How the processes of a run talk to each other: one JSON message per line, over stdin and stdout.

use std::io::{self, BufRead, Write};

use mailer::{Error, Kind};
use memchr::memchr;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Room for most messages, in bytes.
const CAPACITY: usize = 64 * 1024;

/// Bytes that may contain a password. They are wiped when they are dropped, and when they move to a larger buffer.
struct WipedBuffer(Zeroizing<Vec<u8>>);

impl WipedBuffer {
    fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(CAPACITY)))
    }

    fn extend(&mut self, bytes: &[u8]) {
        let length = self.0.len() + bytes.len();
        if length > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.max(2 * self.0.capacity())));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
    }
}

impl Write for WipedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes one message.
pub(crate) fn write(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = WipedBuffer::new();
    serde_json::to_writer(&mut line, message)?;
    line.extend(b"\n");
    to.write_all(&line.0)?;
    to.flush()
}

/// Reads one message; returns `None` at the end of the stream.
pub(crate) fn read<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let line = read_line(from)?;
    if line.0.is_empty() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&line.0)?))
}

fn read_line(from: &mut impl BufRead) -> io::Result<WipedBuffer> {
    let mut line = WipedBuffer::new();
    loop {
        let available = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let end = memchr(b'\n', available);
        let part = available.get(..end.map_or(available.len(), |at| at + 1)).unwrap_or(available);
        line.extend(part);
        let count = part.len();
        from.consume(count);
        if count == 0 || end.is_some() {
            return Ok(line);
        }
    }
}

/// Returns the error of a process that has ended or sends something unexpected.
pub(crate) fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Kind::Internal, "cannot communicate with a process of the run").with_cause(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_be_longer_than_the_buffer() {
        let mut pipe = Vec::new();
        let text = "long".repeat(CAPACITY);
        write(&mut pipe, &text).unwrap();
        let mut from = io::BufReader::with_capacity(1000, pipe.as_slice());
        assert_eq!(read::<String>(&mut from).unwrap(), Some(text));
        assert_eq!(read::<String>(&mut from).unwrap(), None);
    }

    #[test]
    fn each_message_is_a_line() {
        let mut pipe = Vec::new();
        write(&mut pipe, &"one\ntwo").unwrap();
        write(&mut pipe, &3).unwrap();
        assert_eq!(pipe.iter().filter(|byte| **byte == b'\n').count(), 2);
        let mut from = pipe.as_slice();
        assert_eq!(read::<String>(&mut from).unwrap().as_deref(), Some("one\ntwo"));
        assert_eq!(read::<u32>(&mut from).unwrap(), Some(3));
        assert!(read::<u32>(&mut from).unwrap().is_none());
        assert!(read::<u32>(&mut b"{\n".as_slice()).is_err());
    }
}
