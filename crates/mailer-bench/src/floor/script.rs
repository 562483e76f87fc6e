//! What is said for a mail, made beforehand.

use std::{ops::Range, sync::Arc};

use mailer::{Content, Envelope, Error, Kind, Mail, Message};
use memchr::memmem;

use super::Shape;

/// Octets that are written at once, about.
const BLOCK: usize = 256 * 1024;
/// Mails under way when streamed, at most.
const WINDOW_MAILS: usize = 64;
/// Octets of content under way when streamed, at most; one mail always fits.
const WINDOW_OCTETS: usize = 16 * 1024 * 1024;

/// Octets at the beginning of a content in which mails that are alike may differ: those of a Date and a
/// Message-ID.
const HEAD: usize = 128;

const RESET: &str = "RSET\r\n";

/// What is said for mails that are alike: one string of bytes, in which flights are ranges.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) text: Text,
    pub(super) course: Course,
}

/// The bytes that are said, and whose they are.
#[derive(Debug)]
pub(super) struct Text {
    envelope: Arc<Envelope>,
    size: u64,
    bytes: Vec<u8>,
    /// Octets at its beginning that a connection's first mail does without: none, or a RSET, which
    /// has a reply of its own.
    pub(super) reset: usize,
    /// Where the beginning of the first content stands.
    head: Range<usize>,
    /// Octets from one mail to the next.
    stride: usize,
}

/// How the bytes are said.
#[derive(Debug)]
pub(super) enum Course {
    /// One flight after the other, each waited for.
    InTurn(Vec<Flight>),
    /// A content with the next envelope right behind it.
    Overlapped { envelope: Flight, joined: Flight, content: Flight },
    /// Whole mails, several in a write, up to a window.
    Streamed(Streamed),
}

/// A part of the bytes, and how many replies it is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) bytes: Range<usize>,
    pub(super) replies: usize,
}

/// The same mail again and again.
#[derive(Debug)]
pub(super) struct Streamed {
    /// Octets of one mail.
    pub(super) stride: usize,
    /// How many replies a mail is answered with.
    pub(super) replies: usize,
    /// Mails in the bytes: as many as are written at once.
    pub(super) batch: usize,
    /// Mails under way at most.
    pub(super) window: usize,
}

impl Script {
    /// What to say for this mail.
    pub(super) fn new(mail: &Mail, shape: Shape) -> Result<Self, Error> {
        let message = finished(mail)?;
        let envelope = Lines::of(mail.envelope(), message.size());
        let content = message.to_vec()?;
        let (bytes, course) = match shape {
            Shape::Lockstep => lockstep(&envelope, &content),
            Shape::Pipelined => pipelined(&envelope, &content),
            Shape::Overlapped => overlapped(&envelope.with_data(), &stuffed(&content)),
            Shape::Chunked => chunked(&envelope, &content),
            Shape::Streamed => streamed(&envelope, &content),
        };
        let reset = if bytes.starts_with(RESET.as_bytes()) { RESET.len() } else { 0 };
        let stride = match &course {
            Course::Streamed(course) => course.stride,
            Course::InTurn(_) | Course::Overlapped { .. } => bytes.len(),
        };
        let head = head_in(&bytes, &content);
        let (envelope, size) = (mail.envelope().clone(), message.size());
        Ok(Self { text: Text { envelope, size, bytes, reset, head, stride }, course })
    }
}

impl Text {
    /// Whether this is for a mail like that one. Contents are told apart by their size alone: to compare
    /// them would cost more than to send them, and what was stored is checked anyway.
    pub(super) fn is_for(&self, mail: &Mail) -> bool {
        let same_size = matches!(mail.content(), Content::Message(m) if m.size() == self.size);
        same_size && Arc::ptr_eq(&self.envelope, mail.envelope())
    }

    /// Puts the beginning of this mail's content in the place of the one of the mail of that number.
    pub(super) fn put_head(&mut self, number: usize, mail: &Mail) {
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

    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }
}

fn finished(mail: &Mail) -> Result<&Message, Error> {
    match mail.content() {
        Content::Message(message) if !message.is_8bit() && !mail.envelope().needs_smtputf8() => {
            Ok(message)
        }
        _ => {
            Err(Error::new(Kind::CannotRender, "only finished messages in ASCII can be sent bare"))
        }
    }
}

/// Where the beginning of this content stands in the bytes; nowhere if it is changed by dot-stuffing.
fn head_in(bytes: &[u8], content: &[u8]) -> Range<usize> {
    let head = content.get(..HEAD.min(content.len())).unwrap_or_default();
    memmem::find(bytes, head).map_or(0..0, |at| at..at + head.len())
}

/// The commands of an envelope, each with its line end.
struct Lines(Vec<String>);

impl Lines {
    fn of(envelope: &Envelope, size: u64) -> Self {
        let sender = envelope.sender().map_or("", |sender| sender.as_str());
        let mut lines = vec![format!("MAIL FROM:<{sender}> SIZE={size}\r\n")];
        lines.extend(envelope.recipients().iter().map(|to| format!("RCPT TO:<{to}>\r\n")));
        Self(lines)
    }

    fn with_data(&self) -> Self {
        Self(self.0.iter().cloned().chain(["DATA\r\n".to_owned()]).collect())
    }

    fn behind_reset(&self) -> Self {
        Self([RESET.to_owned()].into_iter().chain(self.0.iter().cloned()).collect())
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.concat().into_bytes()
    }

    /// Each of them is answered.
    fn replies(&self) -> usize {
        self.0.len()
    }
}

/// RFC 5321 §4.5.2: a dot before each that begins a line, and the end.
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

/// RFC 3030 §2: the only chunk, announced.
fn chunk(content: &[u8]) -> Vec<u8> {
    [format!("BDAT {} LAST\r\n", content.len()).as_bytes(), content].concat()
}

/// Flights one behind the other, of these bytes and with so many replies.
fn in_turn(flights: impl IntoIterator<Item = (Vec<u8>, usize)>) -> (Vec<u8>, Course) {
    let (mut bytes, mut ranges) = (Vec::new(), Vec::new());
    for (flight, replies) in flights {
        let start = bytes.len();
        bytes.extend_from_slice(&flight);
        ranges.push(Flight { bytes: start..bytes.len(), replies });
    }
    (bytes, Course::InTurn(ranges))
}

fn lockstep(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Course) {
    let commands = envelope.with_data().0.into_iter().map(|line| (line.into_bytes(), 1));
    in_turn(commands.chain([(stuffed(content), 1)]))
}

fn pipelined(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Course) {
    let envelope = envelope.with_data();
    in_turn([(envelope.bytes(), envelope.replies()), (stuffed(content), 1)])
}

/// A content of more than a window is not sent in vain: the answers to its envelope are waited for.
fn chunked(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Course) {
    if content.len() > WINDOW_OCTETS {
        return in_turn([(envelope.bytes(), envelope.replies()), (chunk(content), 1)]);
    }
    in_turn([([envelope.bytes(), chunk(content)].concat(), envelope.replies() + 1)])
}

/// The string is an envelope, a content, and an envelope again.
fn overlapped(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Course) {
    let (lines, replies) = (envelope.bytes(), envelope.replies());
    let (begin, end) = (lines.len(), lines.len() + content.len());
    let course = Course::Overlapped {
        envelope: Flight { bytes: 0..begin, replies },
        joined: Flight { bytes: begin..end + lines.len(), replies: 1 + replies },
        content: Flight { bytes: begin..end, replies: 1 },
    };
    ([lines.as_slice(), content, &lines].concat(), course)
}

/// A transaction that failed would leave its envelope open to the next, so RSET goes before each.
fn streamed(envelope: &Lines, content: &[u8]) -> (Vec<u8>, Course) {
    let envelope = envelope.behind_reset();
    if content.len() > WINDOW_OCTETS {
        return chunked(&envelope, content);
    }
    let mail = [envelope.bytes(), chunk(content)].concat();
    let course = Streamed {
        stride: mail.len(),
        replies: envelope.replies() + 1,
        batch: (BLOCK / mail.len()).clamp(1, WINDOW_MAILS),
        window: WINDOW_OCTETS.div_ceil(content.len().max(1)).min(WINDOW_MAILS),
    };
    (mail.repeat(course.batch), Course::Streamed(course))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dot_that_begins_a_line_is_doubled() {
        assert_eq!(stuffed(b".a\r\n.\r\n..b\r\nc.\r\n"), b"..a\r\n..\r\n...b\r\nc.\r\n.\r\n");
        assert_eq!(stuffed(b"\r\n.\r\n.\r\n"), b"\r\n..\r\n..\r\n.\r\n");
    }
}
