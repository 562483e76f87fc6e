//! Replies, counted and not read.

use memchr::memchr;

/// Octets of a line that are looked at: the code, and what tells whether the reply goes on
/// (RFC 5321 §4.2.1).
const SEEN: usize = 4;

/// Counts replies in a stream of bytes that may be cut anywhere.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// The beginning of the line that is under way.
    line: [u8; SEEN],
    /// How much of it there is.
    length: usize,
    /// A reply was neither 2yz nor 3yz.
    refused: bool,
}

impl Replies {
    /// How many replies end in these bytes.
    pub(super) fn count(&mut self, mut bytes: &[u8]) -> usize {
        let mut replies = 0;
        while let Some(at) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(at);
            self.begin(line);
            replies += usize::from(self.end());
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.begin(bytes);
        replies
    }

    /// Whether a server that takes all that is said would not have said that.
    pub(super) fn refused(&self) -> bool {
        self.refused
    }

    fn begin(&mut self, part: &[u8]) {
        let room = self.line.iter_mut().skip(self.length);
        self.length += room.zip(part).map(|(seen, &octet)| *seen = octet).count();
    }

    /// Ends the line, and tells whether the reply ends with it.
    fn end(&mut self) -> bool {
        let [first, _, _, separator] = std::mem::take(&mut self.line);
        self.length = 0;
        self.refused |= !matches!(first, b'2' | b'3');
        separator != b'-'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_counts_once_however_it_is_cut() {
        let bytes = b"220 ready\r\n250-one\r\n250-two\r\n250 three\r\n354\r\n250 unfinished";
        for size in 1..bytes.len() {
            let mut replies = Replies::default();
            let count: usize = bytes.chunks(size).map(|part| replies.count(part)).sum();
            assert_eq!((count, replies.refused()), (3, false), "in parts of {size}");
        }
    }

    #[test]
    fn a_refusal_is_noticed() {
        let mut replies = Replies::default();
        assert_eq!(replies.count(b"250 ok\r\n550 no\r\n250 ok\r\n"), 3);
        assert!(replies.refused());
    }
}
