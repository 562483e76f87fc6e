//! ZMTP 3.0, the protocol of ZeroMQ, as far as a DEALER without security needs it (ZeroMQ RFC 23). Bytes in,
//! frames out: no socket.
//!
//! Locust's master is a ROUTER. Each of its messages is one frame here, and so is each of ours.

use std::fmt;

/// The longest frame in bytes. Locust's longest message, `spawn`, has a few kilobytes.
pub const MAX_FRAME: usize = 256 * 1024;

const GREETING: usize = 64;
const SIGNATURE_END: usize = 9;
const MECHANISM: std::ops::Range<usize> = 12..32;

/// The flags of a frame (RFC 23, section "Framing").
const MORE: u8 = 0b001;
const LONG: u8 = 0b010;
const COMMAND: u8 = 0b100;

/// A frame from the peer, or its greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The greeting of a peer that speaks version 3 or newer, without security.
    Greeting,
    /// A command, such as READY: its name and its data.
    Command(Vec<u8>, Vec<u8>),
    /// A message that consists of one frame.
    Message(Vec<u8>),
}

/// What is wrong with the bytes of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotZmtp(&'static str);

impl fmt::Display for NotZmtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NotZmtp {}

/// Divides the bytes of a peer into frames. It keeps no more bytes than the longest frame has.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    is_greeted: bool,
}

impl Decoder {
    /// Adds bytes as they were read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns the next frame; `None` if more bytes are needed.
    ///
    /// # Errors
    /// If the bytes are not ZMTP, or a frame is too long.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, NotZmtp> {
        if !self.is_greeted {
            return self.greeting();
        }
        let Some((flags, start, length)) = self.header()? else { return Ok(None) };
        let Some(body) = self.bytes.get(start..start + length) else { return Ok(None) };
        let frame = frame(flags, body)?;
        self.bytes.drain(..start + length);
        Ok(Some(frame))
    }

    fn greeting(&mut self) -> Result<Option<Frame>, NotZmtp> {
        let begins_well = self.bytes.first().is_none_or(|first| *first == 0xff)
            && self.bytes.get(SIGNATURE_END).is_none_or(|last| *last == 0x7f);
        if !begins_well {
            return Err(NotZmtp("it does not begin with the greeting of ZeroMQ"));
        }
        let Some(greeting) = self.bytes.get(..GREETING) else { return Ok(None) };
        if greeting.get(SIGNATURE_END + 1).is_none_or(|major| *major < 3) {
            return Err(NotZmtp("it speaks a version of ZeroMQ's protocol before 3"));
        }
        if greeting.get(MECHANISM).is_none_or(|name| name.strip_prefix(b"NULL\0").is_none()) {
            return Err(NotZmtp("it wants a security mechanism of ZeroMQ"));
        }
        self.bytes.drain(..GREETING);
        self.is_greeted = true;
        Ok(Some(Frame::Greeting))
    }

    /// Returns the flags of the next frame, where its body starts, and how long that is.
    fn header(&self) -> Result<Option<(u8, usize, usize)>, NotZmtp> {
        let Some((&flags, rest)) = self.bytes.split_first() else { return Ok(None) };
        let (start, length) = match flags & LONG {
            0 => (2, rest.first().map(|length| u64::from(*length))),
            _ => (9, rest.first_chunk().map(|length| u64::from_be_bytes(*length))),
        };
        let Some(length) = length else { return Ok(None) };
        match usize::try_from(length) {
            Ok(length) if length <= MAX_FRAME => Ok(Some((flags, start, length))),
            _ => Err(NotZmtp("a frame is longer than any message of Locust")),
        }
    }
}

fn frame(flags: u8, body: &[u8]) -> Result<Frame, NotZmtp> {
    if flags & COMMAND == 0 {
        return match flags & MORE {
            0 => Ok(Frame::Message(body.to_vec())),
            _ => Err(NotZmtp("a message has several frames")),
        };
    }
    let Some((&length, rest)) = body.split_first() else {
        return Err(NotZmtp("a command has no name"));
    };
    let split = rest.split_at_checked(length.into());
    let (name, data) = split.ok_or(NotZmtp("the name of a command is cut off"))?;
    Ok(Frame::Command(name.to_vec(), data.to_vec()))
}

/// Returns our greeting: version 3.0, NULL, not as a server.
#[must_use]
pub fn greeting() -> Vec<u8> {
    let mut bytes = vec![0; GREETING];
    let parts: [(usize, &[u8]); 3] =
        [(0, &[0xff]), (SIGNATURE_END, &[0x7f, 3, 0]), (MECHANISM.start, b"NULL")];
    for (at, part) in parts {
        bytes.splice(at..at + part.len(), part.iter().copied());
    }
    bytes
}

/// Returns the command READY of a DEALER with this identity, by which the ROUTER knows it. An identity has at
/// most 255 bytes.
#[must_use]
pub fn ready(identity: &str) -> Vec<u8> {
    let mut body = vec![5];
    body.extend_from_slice(b"READY");
    for (name, value) in [("Socket-Type", "DEALER"), ("Identity", identity)] {
        body.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
        body.extend_from_slice(value.as_bytes());
    }
    framed(COMMAND, &body)
}

/// Returns a message of one frame.
#[must_use]
pub fn message(body: &[u8]) -> Vec<u8> {
    framed(0, body)
}

fn framed(flags: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = match u8::try_from(body.len()) {
        Ok(length) => vec![flags, length],
        Err(_) => [&[flags | LONG], (body.len() as u64).to_be_bytes().as_slice()].concat(),
    };
    bytes.extend_from_slice(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(bytes: &[u8], step: usize) -> Result<Vec<Frame>, NotZmtp> {
        let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
        for part in bytes.chunks(step) {
            decoder.push(part);
            while let Some(frame) = decoder.next_frame()? {
                frames.push(frame);
            }
        }
        Ok(frames)
    }

    #[test]
    fn frames_are_the_same_wherever_the_bytes_are_divided() {
        let long = vec![7; 1000];
        let bytes = [greeting(), ready("me"), message(b"hi"), message(&long)].concat();
        let ready = b"\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\x02me".to_vec();
        let wanted = [
            Frame::Greeting,
            Frame::Command(b"READY".to_vec(), ready),
            Frame::Message(b"hi".to_vec()),
            Frame::Message(long),
        ];
        for step in [1, 2, 3, 7, 64, 65, 4096] {
            assert_eq!(frames(&bytes, step).unwrap(), wanted, "{step}");
        }
    }

    #[test]
    fn a_long_frame_is_refused_before_it_is_read() {
        let long = [&[LONG], u64::MAX.to_be_bytes().as_slice()].concat();
        let limit = [&[LONG], (MAX_FRAME as u64 + 1).to_be_bytes().as_slice()].concat();
        for frame in [long, limit] {
            assert!(frames(&[greeting(), frame].concat(), 4096).is_err());
        }
    }

    #[test]
    fn other_protocols_are_refused() {
        let old = {
            let mut bytes = greeting();
            bytes[10] = 2;
            bytes
        };
        let plain = {
            let mut bytes = greeting();
            bytes.splice(12..17, *b"PLAIN");
            bytes
        };
        let several = [greeting(), vec![MORE, 1, b'x']].concat();
        let cut = [greeting(), vec![COMMAND, 2, 9, b'x']].concat();
        for bytes in [b"220 mail.example.test ESMTP\r\n".to_vec(), old, plain, several, cut] {
            assert!(frames(&bytes, 1).is_err(), "{bytes:?}");
        }
    }
}
