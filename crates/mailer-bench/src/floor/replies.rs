//! Counts replies without reading their text.

use memchr::memchr;

/// The bytes of a line that are read: the code, and the character after it, which is a hyphen if the reply
/// continues on the next line (RFC 5321 §4.2.1).
const SEEN: usize = 4;

/// Counts the replies in a stream of bytes, in which any part may end anywhere.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// The start of the current line.
    line: [u8; SEEN],
    /// How many bytes of it have been read.
    length: usize,
    /// Whether a reply was neither 2yz nor 3yz.
    is_refused: bool,
}

impl Replies {
    /// Returns the number of replies that end in these bytes.
    pub(super) fn count(&mut self, mut bytes: &[u8]) -> usize {
        let mut replies = 0;
        while let Some(at) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(at);
            self.read(line);
            replies += usize::from(self.end());
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.read(bytes);
        replies
    }

    /// Returns whether the server has refused a command or message.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused
    }

    fn read(&mut self, part: &[u8]) {
        let room = self.line.iter_mut().skip(self.length);
        self.length += room.zip(part).map(|(seen, &byte)| *seen = byte).count();
    }

    /// Ends the line, and returns whether the reply ends with it.
    fn end(&mut self) -> bool {
        let [first, _, _, separator] = std::mem::take(&mut self.line);
        self.length = 0;
        self.is_refused |= !matches!(first, b'2' | b'3');
        separator != b'-'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_counts_once_wherever_the_parts_end() {
        let bytes = b"220 ready\r\n250-one\r\n250-two\r\n250 three\r\n354\r\n250 unfinished";
        for size in 1..bytes.len() {
            let mut replies = Replies::default();
            let count: usize = bytes.chunks(size).map(|part| replies.count(part)).sum();
            assert_eq!((count, replies.is_refused()), (3, false), "in parts of {size}");
        }
    }

    #[test]
    fn a_refusal_is_detected() {
        let mut replies = Replies::default();
        assert_eq!(replies.count(b"250 ok\r\n550 no\r\n250 ok\r\n"), 3);
        assert!(replies.is_refused());
    }
}
