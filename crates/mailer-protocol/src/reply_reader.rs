//! A parser for replies in a stream of bytes that may be cut anywhere (RFC 5321 §4.2).

use std::fmt;

use mailer::{Error, Mask, Reply, Step};
use memchr::{memchr, memchr2};

/// The maximum length of a line in bytes. RFC 5321 §4.5.3.1.5 allows 512; RFC 4954 §4 allows 12288 for
/// AUTH.
const MAX_LINE: usize = 12_288;
/// The maximum length of a reply in bytes, so that an endless reply cannot fill the memory.
const MAX_REPLY: usize = 64 * 1024;
/// The maximum number of characters of a line that an error quotes.
const MAX_SHOWN: usize = 80;

/// A parser that collects bytes and returns each reply when it is complete.
#[derive(Default)]
pub(crate) struct ReplyReader {
    /// The bytes that arrived and are not parsed yet.
    bytes: Vec<u8>,
    /// The start of the next line in `bytes`.
    start: usize,
    /// The lines so far of an incomplete reply.
    begun: Reply,
    /// Whether a reply is incomplete.
    goes_on: bool,
    /// The violation in these lines. The rest of the reply is read too, because it may state a reason.
    broken: Option<String>,
}

impl ReplyReader {
    /// Adds bytes from the server.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Parses the next complete reply into `reply`, whose buffer is reused. Returns false if more bytes are
    /// needed.
    ///
    /// # Errors
    /// Returns the violation of the grammar. The dialogue cannot continue after it.
    pub(crate) fn next_reply(&mut self, reply: &mut Reply) -> Result<bool, Malformed> {
        while let Some(line) =
            next_line(self.bytes.get(self.start..).unwrap_or_default(), self.goes_on)?
        {
            let Line { code, is_last, mut text } =
                parse_line(line).map_err(|error| error.after(self.begun_with(line)))?;
            if !self.goes_on {
                self.begun.code = code;
                self.begun.text.clear();
            } else {
                self.begun.text.push('\n');
            }
            if self.begun.code != code {
                let first = self.begun.code;
                let what = || format!("a reply changes its code from {first} to {code}");
                self.broken.get_or_insert_with(what);
                text = line;
            }
            // Almost all text is UTF-8, and the check is cheaper than a lossy conversion.
            match std::str::from_utf8(text) {
                Ok(text) => self.begun.text.push_str(text),
                Err(_) => self.begun.text.push_str(&String::from_utf8_lossy(text)),
            }
            self.start += line.len() + CRLF.len();
            self.goes_on = !is_last;
            if is_last {
                if let Some(what) = self.broken.take() {
                    let begun = std::mem::take(&mut self.begun);
                    return Err(Malformed { what, line: None, reply: Some(begun) });
                }
                std::mem::swap(&mut self.begun, reply);
                return Ok(true);
            }
            if self.begun.text.len() > MAX_REPLY {
                return Err(format!("a reply is longer than {MAX_REPLY} bytes").into());
            }
        }
        Ok(false)
    }

    /// Returns what has arrived of an incomplete reply: its lines, and the beginning of the next one.
    pub(crate) fn partial(&self) -> Option<Reply> {
        let waiting = self.bytes.get(self.start..).unwrap_or_default().trim_ascii_end();
        if self.goes_on {
            return self.begun_with(waiting);
        }
        let line = parse_line(waiting).ok().filter(|line| !line.text.is_empty())?;
        Some(Reply::new(line.code, String::from_utf8_lossy(line.text)))
    }

    /// Returns the lines of the incomplete reply, followed by `rest`.
    fn begun_with(&self, rest: &[u8]) -> Option<Reply> {
        let mut text = self.goes_on.then(|| self.begun.text.clone())?;
        if !rest.is_empty() {
            text.push('\n');
            text.push_str(&String::from_utf8_lossy(rest));
        }
        Some(Reply::new(self.begun.code, text))
    }

    /// Whether bytes have arrived that are not part of a complete reply.
    pub(crate) fn has_leftover(&self) -> bool {
        self.goes_on || self.start < self.bytes.len()
    }
}

// Written by hand: a server may have repeated a line of AUTH.
impl fmt::Debug for ReplyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplyReader({} bytes waiting)", self.bytes.len() - self.start)
    }
}

/// Returns the next line without its line end; `None` if it is incomplete. `goes_on` means that it is not
/// the first line of its reply.
fn next_line(waiting: &[u8], goes_on: bool) -> Result<Option<&[u8]>, Malformed> {
    let found = memchr(b'\n', waiting);
    if found.unwrap_or(waiting.len()) > MAX_LINE {
        return Err(format!("a reply line is longer than {MAX_LINE} bytes").into());
    }
    match found {
        // Within a reply, an invalid line is read to its end, because it may state a reason.
        None if goes_on => Ok(None),
        None => refuse_early(waiting).map(|()| None),
        Some(at) => match waiting.get(..at).and_then(|line| line.strip_suffix(b"\r")) {
            Some(line) => Ok(Some(line)),
            None => Err("a reply line ends in a bare LF".to_owned().into()),
        },
    }
}

const CRLF: &[u8] = b"\r\n";

/// A line of a reply.
struct Line<'a> {
    code: u16,
    is_last: bool,
    text: &'a [u8],
}

/// `Reply-code [ ("-" / SP) [ textstring ] ]`; a server may leave out the space with the text.
///
/// The second digit of the grammar ends at 5, but servers send 571 for 5.7.1, and a client has to interpret the first
/// digit only if it does not know a code (RFC 5321 §4.2).
fn parse_line(line: &[u8]) -> Result<Line<'_>, Malformed> {
    let [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = line else {
        return Err(Malformed::line("a reply has no code", line));
    };
    let (is_last, text) = match rest {
        [] => (true, rest),
        [b' ', text @ ..] => (true, text),
        [b'-', text @ ..] => (false, text),
        _ => return Err(Malformed::line("no space after the code of a reply", line)),
    };
    if memchr2(0, b'\r', text).is_some() {
        return Err(Malformed::line("a reply has a NUL or a bare CR", line));
    }
    let digit = |byte: &u8| u16::from(byte - b'0');
    Ok(Line { code: digit(a) * 100 + digit(b) * 10 + digit(c), is_last, text })
}

/// Refuses an incomplete line that cannot become a reply: a TLS server, for example, never ends it.
fn refuse_early(begun: &[u8]) -> Result<(), Malformed> {
    match begun {
        [b'2'..=b'5', ..] | [] => Ok(()),
        [0x15 | 0x16, 3, ..] => {
            Err("the server sends TLS where plain text is expected".to_owned().into())
        }
        _ => Err(Malformed::line("a reply has no code", begun)),
    }
}

/// A violation of the grammar of replies.
#[derive(Debug)]
pub(crate) struct Malformed {
    what: String,
    /// The invalid line.
    line: Option<Vec<u8>>,
    /// The lines that the server sent before the violation, and the invalid one.
    reply: Option<Reply>,
}

impl Malformed {
    fn line(what: &str, line: &[u8]) -> Self {
        Self { what: what.to_owned(), line: Some(line.to_vec()), reply: None }
    }

    /// Adds the lines of the reply that came before.
    fn after(self, partial: Option<Reply>) -> Self {
        Self { reply: partial, ..self }
    }

    /// Returns the error at this step, with everything that the server sent.
    pub(crate) fn into_error(mut self, step: Step, mask: &Mask) -> Error {
        let reply = self.reply.take();
        let error = Error::not_smtp(step, self.describe(mask));
        match reply {
            Some(reply) => error.with_reply(Reply::new(reply.code, mask.apply(reply.text))),
            None => error,
        }
    }

    /// Returns a description with the beginning of the line. The mask is applied before the line is cut,
    /// because it would not recognise the beginning of a secret.
    fn describe(self, mask: &Mask) -> String {
        let Some(line) = self.line else { return self.what };
        let line = mask.apply(String::from_utf8_lossy(&line).into_owned());
        let shown: String = line.chars().take(MAX_SHOWN).collect();
        format!("{}: \"{shown}\"", self.what)
    }
}

impl From<String> for Malformed {
    fn from(what: String) -> Self {
        Self { what, line: None, reply: None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns everything that can be read from these pieces: the replies, and then the error, if any.
    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Reply>, Option<String>) {
        let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
        for piece in pieces {
            reader.push(piece);
            let mut reply = Reply::default();
            loop {
                match reader.next_reply(&mut reply) {
                    Ok(true) => replies.push(reply.clone()),
                    Ok(false) => break,
                    Err(error) => return (replies, Some(error.describe(&Mask::new(None)))),
                }
            }
        }
        (replies, None)
    }

    #[test]
    fn replies_of_one_and_of_many_lines_are_read() {
        let (replies, error) =
            read([b"220 mail.example.com ready\r\n250-one\r\n250-two\r\n250 three\r\n354\r\n"
                .as_slice()]);
        assert_eq!(error, None);
        assert_eq!(
            replies,
            [
                Reply::new(220, "mail.example.com ready"),
                Reply::new(250, "one\ntwo\nthree"),
                Reply::new(354, ""),
            ]
        );
        assert_eq!(read([b"571 no\r\n".as_slice()]), (vec![Reply::new(571, "no")], None));
    }

    #[test]
    fn invalid_replies_are_refused() {
        for (bytes, part) in [
            (b"hello\r\n".as_slice(), "no code"),
            (b"199 x\r\n", "no code"),
            (b"25 x\r\n", "no code"),
            (b"250x\r\n", "no space"),
            (b"250 a\n", "bare LF"),
            (b"250 a\0b\r\n", "NUL"),
            (b"250 a\rb\r\n", "bare CR"),
            (b"250-a\r\n550 b\r\n", "changes its code"),
            (b"\x15\x03\x01\x00\x02\x02\x46", "sends TLS"),
            (b"HTTP/1.1 400", "no code"),
        ] {
            let (_, error) = read([bytes]);
            assert!(error.as_ref().is_some_and(|e| e.contains(part)), "{part}: {error:?}");
        }
    }

    /// The text may state why the server closes the connection.
    #[test]
    fn all_text_of_an_invalid_reply_is_kept() {
        for (bytes, what, text) in [
            ("550-blocked\r\n451 see a.test\r\n", "changes its code", "blocked\n451 see a.test"),
            ("550-a\r\n451-b\r\n550 c\r\n", "from 550 to 451", "a\n451-b\nc"),
            ("550-blocked\r\nsee a.test\r\n", "no code", "blocked\nsee a.test"),
            ("550-a\r\n550x b\r\n", "no space", "a\n550x b"),
        ] {
            for size in [1, 7, bytes.len()] {
                let mut reader = ReplyReader::default();
                let mut reply = Reply::default();
                let error = bytes.as_bytes().chunks(size).find_map(|piece| {
                    reader.push(piece);
                    reader.next_reply(&mut reply).err()
                });
                let error = error.expect("an error").into_error(Step::Mail, &Mask::new(None));
                assert!(error.to_string().contains(what), "{error}");
                assert_eq!(error.reply(), Some(&Reply::new(550, text)), "{size}");
            }
        }
    }

    #[test]
    fn an_incomplete_reply_can_be_read() {
        let partial = |bytes: &[u8]| {
            let mut reader = ReplyReader::default();
            reader.push(bytes);
            assert!(!reader.next_reply(&mut Reply::default()).unwrap());
            reader.partial()
        };
        assert_eq!(partial(b"550-a\r\n550 b"), Some(Reply::new(550, "a\n550 b")));
        assert_eq!(partial(b"550 blocked"), Some(Reply::new(550, "blocked")));
        assert_eq!(partial(b"55"), None);
        assert_eq!(partial(b""), None);
    }

    #[test]
    fn endless_replies_are_refused() {
        let line = [b"250 ".as_slice(), &[b'a'; MAX_LINE]].concat();
        assert!(read([line.as_slice()]).1.is_some_and(|e| e.contains("line is longer")));
        let lines = b"250-abcdefgh\r\n".repeat(10_000);
        assert!(read(lines.chunks(1000)).1.is_some_and(|e| e.contains("reply is longer")));
    }

    proptest! {
        #[test]
        fn splitting_the_bytes_anywhere_changes_nothing(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b"250 ok\r\n".to_vec()), Just(b"250-a\r\n".to_vec()),
                    Just(b"550 no\r\n".to_vec()), any::<[u8; 3]>().prop_map(Vec::from)], 0..6),
            cuts in proptest::collection::vec(0_usize..50, 0..5),
        ) {
            let bytes = bytes.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let cut = read(cuts.windows(2).map(|w| &bytes[w[0]..w[1]]));
            let whole = read([bytes.as_slice()]);
            prop_assert_eq!(&cut.0, &whole.0);
            prop_assert_eq!(cut.1.is_some(), whole.1.is_some());
        }
    }
}
