//! How the processes of a run talk to each other: one JSON message per line, over stdin and stdout.

use std::io::{self, BufRead, Write};

use mailer::{Error, Kind};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// Room for any message, so that the buffer does not grow and leave copies of a password in memory.
const CAPACITY: usize = 64 * 1024;

/// Writes one message. Its buffer is wiped, because the message may contain a password.
pub(crate) fn write(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = Zeroizing::new(Vec::with_capacity(CAPACITY));
    serde_json::to_writer(&mut *line, message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

/// Reads one message; returns `None` at the end of the stream.
pub(crate) fn read<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Zeroizing::new(String::with_capacity(CAPACITY));
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(serde_json::from_str(&line)?))
}

/// Returns the error of a process that has ended or sends something unexpected.
pub(crate) fn broken(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Kind::Internal, "cannot communicate with a process of the run").with_cause(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

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
