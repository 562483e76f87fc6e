//! The bytes of a bare exchange, prepared in advance.

use std::{ops::Range, sync::Arc};

use mailer::{Content, Envelope, Error, Kind, Mail, Message};
use memchr::memmem;

use super::shape::Shape;

/// About how many bytes one write has.
const BLOCK: usize = 256 * 1024;
/// The most messages in flight when streamed.
const WINDOW_MESSAGES: usize = 64;
/// The most bytes of content in flight when streamed; one message always fits.
const WINDOW_BYTES: usize = 16 * 1024 * 1024;

/// The bytes at the start of a content in which equal messages may differ: a Date and a Message-ID.
const HEAD: usize = 128;

const RESET: &str = "RSET\r\n";

/// What is sent for equal messages: one string of bytes, in which flights are ranges.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) bytes: ScriptBytes,
    pub(super) sequence: Sequence,
}

/// The bytes that are sent, and which messages they are for.
#[derive(Debug)]
pub(super) struct ScriptBytes {
    envelope: Arc<Envelope>,
    size: u64,
    bytes: Vec<u8>,
    /// The length of the RSET at the start of the bytes, or 0. A connection's first message does not need
    /// it. RSET has a reply of its own.
    pub(super) reset: usize,
    /// The position of the start of the first content.
    head: Range<usize>,
    /// The number of bytes from one message to the next.
    stride: usize,
}

/// The order in which the bytes are sent.
#[derive(Debug)]
pub(super) enum Sequence {
    /// One flight after the other; each waits for its replies.
    OneByOne(Vec<Flight>),
    /// Each content with the next envelope directly after it.
    Overlapped { envelope: Flight, joined: Flight, content: Flight },
    /// Whole messages, several per write, up to a window.
    Streamed(Streamed),
}

/// A part of the bytes, and the number of replies to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) bytes: Range<usize>,
    pub(super) replies: usize,
}

/// The same message repeatedly.
#[derive(Debug)]
pub(super) struct Streamed {
    /// The bytes of one message with its commands.
    pub(super) stride: usize,
    /// The number of replies to one message.
    pub(super) replies: usize,
    /// The messages in the bytes: as many as one write has.
    pub(super) batch: usize,
    /// The most messages in flight.
    pub(super) window: usize,
}

impl Script {
    /// Prepares the bytes for this message.
    pub(super) fn new(mail: &Mail, shape: Shape) -> Result<Self, Error> {
        let message = prepared_message(mail)?;
        let envelope = Lines::new(mail.envelope(), message.size());
        let content = message.to_vec()?;
        let (bytes, sequence) = match shape {
            Shape::Lockstep => lockstep(&envelope, &content),
            Shape::Pipelined => pipelined(&envelope, &content),
            Shape::Overlapped => overlapped(&envelope.with_data(), &stuffed(&content)),
            Shape::Chunked => chunked(&envelope, &content),
            Shape::Streamed => streamed(&envelope, &content),
        };
        let reset = if bytes.starts_with(RESET.as_bytes()) { RESET.len() } else { 0 };
        let stride = match &sequence {
            Sequence::Streamed(streamed) => streamed.stride,
            Sequence::OneByOne(_) | Sequence::Overlapped { .. } => bytes.len(),
        };
        let head = head_in(&bytes, &content);
        let (envelope, size) = (mail.envelope().clone(), message.size());
        Ok(Self { bytes: ScriptBytes { envelope, size, bytes, reset, head, stride }, sequence })
    }
}

impl ScriptBytes {
    /// Returns whether the bytes are for a message like this one. Contents are compared by size only: comparing
    /// their bytes would cost more than sending them, and what the server stored is checked anyway.
    pub(super) fn is_for(&self, mail: &Mail) -> bool {
        let same_size = matches!(mail.content(), Content::Message(m) if m.size() == self.size);
        same_size && Arc::ptr_eq(&self.envelope, mail.envelope())
    }

    /// Replaces the start of the content of message `number` in the bytes by that of `mail`.
    pub(super) fn write_head(&mut self, number: usize, mail: &Mail) {
        let from = number * self.stride;
        let place = self.bytes.get_mut(from + self.head.start..from + self.head.end);
        let head = match mail.content() {
            Content::Message(message) => {
                message.as_bytes().and_then(|it| it.get(..self.head.len()))
            }
            Content::Draft(_) => None,
        };
        if let (Some(place), Some(head)) = (place, head) {
            place.copy_from_slice(head);
        }
    }

    pub(super) fn recipients(&self) -> usize {
        self.envelope.recipients().len()
    }

    pub(super) fn range(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }
}

fn prepared_message(mail: &Mail) -> Result<&Message, Error> {
    match mail.content() {
        Content::Message(message) if !message.is_8bit() && !mail.envelope().needs_smtputf8() => {
            Ok(message)
        }
        _ => Err(Error::new(Kind::CannotRender, "a floor only sends prepared messages in ASCII")),
    }
}

/// Returns the position of the start of this content in the bytes; an empty one if dot-stuffing changes it.
fn head_in(bytes: &[u8], content: &[u8]) -> Range<usize> {
    let head = content.get(..HEAD.min(content.len())).unwrap_or_default();
    memmem::find(bytes, head).map_or(0..0, |at| at..at + head.len())
}

/// The commands of an envelope, each with its CRLF.
struct Lines(Vec<String>);

impl Lines {
    fn new(envelope: &Envelope, size: u64) -> Self {
        let sender = envelope.sender().map_or("", |sender| sender.as_str());
        let mut lines = vec![format!("MAIL FROM:<{sender}> SIZE={size}\r\n")];
        lines.extend(envelope.recipients().iter().map(|to| format!("RCPT TO:<{to}>\r\n")));
        Self(lines)
    }

    fn with_data(&self) -> Self {
        Self(self.0.iter().cloned().chain(["DATA\r\n".to_owned()]).collect())
    }

    fn after_reset(&self) -> Self {
        Self([RESET.to_owned()].into_iter().chain(self.0.iter().cloned()).collect())
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.concat().into_bytes()
    }

    /// The number of replies: one per command.
    fn replies(&self) -> usize {
        self.0.len()
    }
}

/// Returns the content with a dot before each line that starts with one, and the final dot (RFC 5321
/// §4.5.2).
fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + content.len() / 64 + 3);
    if content.first() == Some(&b'.') {
        out.push(b'.');
    }
    let mut from = 0;
    for at in memmem::find_iter(content, b"\n.") {
        out.extend_from_slice(content.get(from..=at).unwrap_or_default());
        out.push(b'.');
        from = at + 1;
    }
    out.extend_from_slice(content.get(from..).unwrap_or_default());
    out.extend_from_slice(b".\r\n");
    out
}

/// Returns the content as the only chunk, with its BDAT command (RFC 3030 §2).
fn chunk(content: &[u8]) -> Vec<u8> {
    [format!("BDAT {} LAST\r\n", content.len()).as_bytes(), content].concat()
}

/// Joins flights that are sent one by one, each given by its bytes and its number of replies.
fn one_by_one(flights: impl IntoIterator<Item = (Vec<u8>, usize)>) -> (Vec<u8>, Sequence) {
    let (mut bytes, mut ranges) = (Vec::new(), Vec::new());
    for (flight, replies) in flights {
        let start = bytes.len();
        bytes.extend_from_slice(&flight);
        ranges.push(Flight { bytes: start..bytes.len(), replies });
    }
    (bytes, Sequence::OneByOne(ranges))
}

fn lockstep(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Sequence) {
    let commands = envelope.with_data().0.into_iter().map(|line| (line.into_bytes(), 1));
    one_by_one(commands.chain([(stuffed(content), 1)]))
}

fn pipelined(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Sequence) {
    let envelope = envelope.with_data();
    one_by_one([(envelope.bytes(), envelope.replies()), (stuffed(content), 1)])
}

/// A content larger than the window is sent only after the replies to its envelope, as raw does.
fn chunked(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Sequence) {
    if content.len() > WINDOW_BYTES {
        return one_by_one([(envelope.bytes(), envelope.replies()), (chunk(content), 1)]);
    }
    one_by_one([([envelope.bytes(), chunk(content)].concat(), envelope.replies() + 1)])
}

/// The bytes are an envelope, a content, and an envelope again.
fn overlapped(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Sequence) {
    let (lines, replies) = (envelope.bytes(), envelope.replies());
    let (begin, end) = (lines.len(), lines.len() + content.len());
    let sequence = Sequence::Overlapped {
        envelope: Flight { bytes: 0..begin, replies },
        joined: Flight { bytes: begin..end + lines.len(), replies: 1 + replies },
        content: Flight { bytes: begin..end, replies: 1 },
    };
    ([lines.as_slice(), content, &lines].concat(), sequence)
}

/// RSET comes before each envelope, because a failed transaction would leave its envelope open to the next
/// one.
fn streamed(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Sequence) {
    let envelope = envelope.after_reset();
    if content.len() > WINDOW_BYTES {
        return chunked(&envelope, content);
    }
    let mail = [envelope.bytes(), chunk(content)].concat();
    let streamed = Streamed {
        stride: mail.len(),
        replies: envelope.replies() + 1,
        batch: (BLOCK / mail.len()).clamp(1, WINDOW_MESSAGES),
        window: WINDOW_BYTES.div_ceil(content.len().max(1)).min(WINDOW_MESSAGES),
    };
    (mail.repeat(streamed.batch), Sequence::Streamed(streamed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dot_at_the_start_of_a_line_is_doubled() {
        assert_eq!(stuffed(b".a\r\n.\r\n..b\r\nc.\r\n"), b"..a\r\n..\r\n...b\r\nc.\r\n.\r\n");
        assert_eq!(stuffed(b"\r\n.\r\n.\r\n"), b"\r\n..\r\n..\r\n.\r\n");
    }
}
