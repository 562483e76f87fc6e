//! The replies of a sink. It finds the ends of lines and messages, and examines nothing else.

use std::sync::LazyLock;

use memchr::{memchr, memmem::Finder};

/// A sink closes the connection when more bytes than this arrive without a line end. RFC 5321 §4.5.3.1.4 allows 512 per
/// command line, and extensions add to that.
const MAX_LINE: usize = 2048;
/// The end of content after DATA (RFC 5321 §4.1.1.4). The line end of the DATA command counts as its start, for an
/// empty content.
const END: &[u8] = b"\r\n.\r\n";

static FIND_END: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(END));

/// What comes next in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Line,
    /// Content up to the final dot.
    Lines,
    /// The rest of a chunk, and whether it is the last one of its message.
    Chunk {
        left: usize,
        is_last: bool,
    },
}

/// A reason to stop reading commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    StartTls,
    Close,
}

/// The state of one connection.
#[derive(Debug)]
pub(super) struct Answers {
    expected: Expected,
    offers_tls: bool,
    /// The replies that are not sent yet.
    pub(super) replies: Vec<u8>,
    pub(super) messages: u64,
    /// The bytes of contents as they were transferred, stuffed dots included.
    pub(super) bytes: u64,
}

impl Answers {
    /// Begins a connection with the greeting, or after STARTTLS without one.
    pub(super) fn new(offers_tls: bool, greeting: &[u8]) -> Self {
        let (expected, replies) = (Expected::Line, greeting.to_vec());
        Self { expected, offers_tls, replies, messages: 0, bytes: 0 }
    }

    /// Answers everything that is complete in the input. Returns the number of bytes that this has used.
    pub(super) fn answer(&mut self, input: &[u8]) -> (usize, Option<Interruption>) {
        let mut used = 0;
        loop {
            let rest = input.get(used..).unwrap_or_default();
            let before = self.expected;
            let (count, interruption) = match before {
                Expected::Line => self.line(rest),
                Expected::Lines => (self.lines(rest), None),
                Expected::Chunk { left, is_last } => (self.chunk(rest.len(), left, is_last), None),
            };
            used += count;
            let is_stuck = count == 0 && self.expected == before;
            if is_stuck || interruption.is_some() {
                return (used, interruption);
            }
        }
    }

    fn line(&mut self, rest: &[u8]) -> (usize, Option<Interruption>) {
        let Some(end) = memchr(b'\n', rest) else {
            return (0, (rest.len() > MAX_LINE).then_some(Interruption::Close));
        };
        let line = rest.get(..=end).unwrap_or_default();
        let mut verb = [0; 4];
        verb.iter_mut().zip(line).for_each(|(to, from)| *to = from.to_ascii_uppercase());
        let (reply, interruption): (&[u8], _) = match &verb {
            b"MAIL" | b"RCPT" | b"RSET" | b"NOOP" | b"HELO" => (b"250 2.0.0 Ok\r\n", None),
            b"EHLO" if self.offers_tls => (
                b"250-sink.example.test\r\n250-PIPELINING\r\n250-SIZE\r\n250-CHUNKING\r\n250 STARTTLS\r\n",
                None,
            ),
            b"EHLO" => {
                (b"250-sink.example.test\r\n250-PIPELINING\r\n250-SIZE\r\n250 CHUNKING\r\n", None)
            }
            b"DATA" if line.ends_with(b"\r\n") => {
                self.expected = Expected::Lines;
                self.replies.extend_from_slice(b"354 Go ahead\r\n");
                return (line.len() - 2, None);
            }
            b"BDAT" => match parse_bdat(line) {
                Some(expected) => {
                    self.expected = expected;
                    (b"", None)
                }
                None => (b"501 5.5.4 Syntax: BDAT SIZE [LAST]\r\n", Some(Interruption::Close)),
            },
            b"STAR" if self.offers_tls => (b"220 2.0.0 Go ahead\r\n", Some(Interruption::StartTls)),
            b"QUIT" => (b"221 2.0.0 Bye\r\n", Some(Interruption::Close)),
            _ => (b"502 5.5.1 Not implemented\r\n", None),
        };
        self.replies.extend_from_slice(reply);
        (line.len(), interruption)
    }

    /// Looks for the final dot. Bytes that may be its beginning stay in the input.
    fn lines(&mut self, rest: &[u8]) -> usize {
        let Some(at) = FIND_END.find(rest) else {
            let count = rest.len().saturating_sub(END.len() - 1);
            self.bytes += count as u64;
            return count;
        };
        self.bytes += at as u64;
        self.accept_message();
        at + END.len()
    }

    fn chunk(&mut self, available: usize, left: usize, is_last: bool) -> usize {
        let count = available.min(left);
        self.bytes += count as u64;
        self.expected = Expected::Chunk { left: left - count, is_last };
        if count == left {
            match is_last {
                true => self.accept_message(),
                false => {
                    self.expected = Expected::Line;
                    self.replies.extend_from_slice(b"250 2.0.0 Ok\r\n");
                }
            }
        }
        count
    }

    fn accept_message(&mut self) {
        self.expected = Expected::Line;
        self.messages += 1;
        self.replies.extend_from_slice(b"250 2.0.0 Ok\r\n");
    }
}

/// Returns the chunk that follows a line `BDAT SIZE [LAST]` (RFC 3030 §2).
fn parse_bdat(line: &[u8]) -> Option<Expected> {
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace().skip(1);
    let left = words.next()?.parse().ok()?;
    let is_last = words.next().is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
    Some(Expected::Chunk { left, is_last })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes the input on in parts of this size, and returns the replies.
    fn replies(input: &[u8], size: usize) -> (String, Answers) {
        let mut answers = Answers::new(true, b"");
        let mut waiting = Vec::new();
        for part in input.chunks(size) {
            waiting.extend_from_slice(part);
            let (used, _) = answers.answer(&waiting);
            waiting.drain(..used);
            assert!(waiting.len() < 40, "{} bytes wait", waiting.len());
        }
        (String::from_utf8_lossy(&answers.replies).into_owned(), answers)
    }

    #[test]
    fn every_command_and_every_message_has_one_reply_wherever_the_parts_end() {
        let input = b"NOOP\r\nmail FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nx\r\n..\r\n\r\n.y\r\n.\r\n\
            MAIL FROM:<>\r\nDATA\r\n.\r\nBDAT 0 LAST\r\nBDAT 7\r\n.\r\nQUIT\
            bdat 2 last\r\n\r\nRSET\r\nWHAT\r\n";
        for size in 1..input.len() {
            let (replies, answers) = replies(input, size);
            let codes: Vec<&str> = replies.lines().filter_map(|line| line.get(..3)).collect();
            let expected = "250 250 250 354 250 250 354 250 250 250 250 250 502"
                .split(' ')
                .collect::<Vec<_>>();
            assert_eq!(codes, expected, "in parts of {size}");
            // The contents of DATA, the last chunk of one message, and two chunks of another.
            assert_eq!((answers.messages, answers.bytes), (4, 13 + 7 + 2), "in parts of {size}");
        }
    }

    #[test]
    fn a_line_without_an_end_closes_the_connection() {
        let mut answers = Answers::new(false, b"");
        assert_eq!(answers.answer(&[b'x'; MAX_LINE]), (0, None));
        assert_eq!(answers.answer(&[b'x'; MAX_LINE + 1]), (0, Some(Interruption::Close)));
        assert_eq!(answers.answer(b"BDAT -1\r\n"), (9, Some(Interruption::Close)));
    }

    #[test]
    fn starttls_is_offered_only_without_tls() {
        let (offered, _) = replies(b"EHLO a\r\nSTARTTLS\r\n", 64);
        assert!(offered.contains("250 STARTTLS\r\n220 "));
        let mut inside = Answers::new(false, b"");
        assert_eq!(inside.answer(b"EHLO a\r\nSTARTTLS\r\n"), (18, None));
        assert!(inside.replies.ends_with(b"502 5.5.1 Not implemented\r\n"));
    }
}
