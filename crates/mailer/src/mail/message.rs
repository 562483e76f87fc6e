//! A finished message, in memory or in a file.

use std::{
    fmt,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use memchr::memchr;

use super::{
    header::Header,
    line_ends::{LineEnds, canonicalise},
};
use crate::{Error, Kind, Step};

/// Octets read from a file at once.
const BLOCK: usize = 64 * 1024;

/// A finished RFC 5322 message: what arrives is what was given, with every line end as CRLF and one
/// at the end.
///
/// Its bytes are in memory, or in a file that is read anew each time, block by block, so that a
/// message of any size takes constant memory. Cloning copies neither.
///
/// ```
/// use mailer::Message;
/// let message = Message::from_bytes("Subject: hello\n\nA line.")?;
/// assert_eq!(message.to_vec()?, b"Subject: hello\r\n\r\nA line.\r\n");
/// assert_eq!(message.size(), 27);
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone)]
pub struct Message {
    /// The beginning, or all of it: in canonical form, unless a file follows.
    head: Arc<Vec<u8>>,
    rest: Option<FileFrom>,
    facts: Facts,
}

/// A file without its first octets.
#[derive(Clone)]
struct FileFrom {
    path: Arc<PathBuf>,
    /// In canonical form.
    skipped: u64,
}

/// What a server wants to know before it takes the content.
#[derive(Clone, Copy, Default)]
struct Facts {
    size: u64,
    is_8bit: bool,
    has_utf8_header: bool,
}

impl Facts {
    fn of(message: &[u8]) -> Self {
        let mut header = Header::default();
        header.add(message);
        Self {
            size: message.len() as u64,
            is_8bit: !message.is_ascii(),
            has_utf8_header: header.is_utf8(),
        }
    }
}

impl Message {
    /// A message in memory.
    ///
    /// # Errors
    /// [`Kind::Message`] if it has a NUL, which no server has to take (RFC 5321 §4.5.2, RFC 5322 §4).
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let head = canonicalise(bytes.into());
        refuse_nul(&head)?;
        let facts = Facts::of(&head);
        Ok(Self { head: Arc::new(head), rest: None, facts })
    }

    /// A message in a file, which is read once now, to know its size, and once each time it is
    /// sent.
    ///
    /// # Errors
    /// [`Kind::Input`] if the file cannot be read, [`Kind::Message`] if it has a NUL.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::from_file_with_header(Vec::new(), path, 0)
    }

    /// A message whose first `skipped` octets are replaced by `header`: a header without its Bcc,
    /// say. They are counted as they would be sent, every line end as CRLF, and so is `header`.
    ///
    /// # Errors
    /// As [`Message::from_file`].
    pub fn from_file_with_header(
        header: impl Into<Vec<u8>>,
        path: impl Into<PathBuf>,
        skipped: u64,
    ) -> Result<Self, Error> {
        let rest = FileFrom { path: Arc::new(path.into()), skipped };
        let mut message =
            Self { head: Arc::new(header.into()), rest: Some(rest), facts: Facts::default() };
        message.facts = message.scan()?.measure()?;
        Ok(message)
    }

    /// Octets on the wire, dot-stuffing and the final dot not counted: what SIZE declares
    /// (RFC 1870 §5).
    #[must_use]
    pub fn size(&self) -> u64 {
        self.facts.size
    }

    /// Whether it has octets beyond ASCII, so that it needs 8BITMIME (RFC 6152).
    #[must_use]
    pub fn is_8bit(&self) -> bool {
        self.facts.is_8bit
    }

    /// Whether its header has text beyond ASCII in UTF-8, so that it needs SMTPUTF8 (RFC 6532 §3.2, RFC
    /// 6531 §3.2). Octets beyond ASCII that are no UTF-8 are something older, which no extension is for.
    #[must_use]
    pub fn has_utf8_header(&self) -> bool {
        self.facts.has_utf8_header
    }

    /// Reads it from the beginning.
    ///
    /// # Errors
    /// [`Kind::Input`] if its file cannot be opened.
    pub fn open(&self) -> Result<MessageReader, Error> {
        Ok(MessageReader { left: self.facts.size, ..self.scan()? })
    }

    /// The whole message, if it is in memory; `None` if it has to be read from a file.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.rest.is_none().then_some(self.head.as_slice())
    }

    /// A copy of the whole message in memory, wherever it is: for libraries that take it no other way.
    ///
    /// # Errors
    /// [`Kind::Input`] if its file cannot be read, or has changed.
    pub fn to_vec(&self) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::with_capacity(usize::try_from(self.size()).unwrap_or(0));
        let mut reader = self.open()?;
        loop {
            let block = reader.next_block(BLOCK)?;
            if block.is_empty() {
                return Ok(whole);
            }
            whole.extend_from_slice(block);
        }
    }

    /// A reader that does not know yet how much there is.
    fn scan(&self) -> Result<MessageReader, Error> {
        let Some(rest) = &self.rest else {
            let ready = Ready::Shared(self.head.clone());
            return Ok(MessageReader { ready, given: 0, left: u64::MAX, file: None });
        };
        let file = FileReader::open(rest)?;
        let mut ready = Vec::with_capacity(BLOCK + BLOCK / 8);
        LineEnds::default().push(&self.head, &mut ready);
        Ok(MessageReader { ready: Ready::Own(ready), given: 0, left: u64::MAX, file: Some(file) })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} octets", self.size())?;
        match &self.rest {
            Some(rest) => write!(f, ", from {})", rest.path.display()),
            None => f.write_str(")"),
        }
    }
}

/// Reads a message in canonical form, block by block.
pub struct MessageReader {
    ready: Ready,
    /// How much of `ready` has been given out.
    given: usize,
    /// Octets of the message still to be given out.
    left: u64,
    file: Option<FileReader>,
}

/// Canonical octets in memory.
enum Ready {
    Shared(Arc<Vec<u8>>),
    Own(Vec<u8>),
}

impl Ready {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

impl MessageReader {
    /// The next octets, `max` at the most; none at the end. In all exactly as many as
    /// [`Message::size`] said.
    ///
    /// # Errors
    /// [`Kind::Input`] if the file cannot be read, or is no longer what it was when its size was
    /// taken: then the mail must not be ended, for it would be another one.
    pub fn next_block(&mut self, max: usize) -> Result<&[u8], Error> {
        self.refill()?;
        let start = self.given;
        let count = max.min(self.ready.bytes().len() - start);
        let left = self.left.checked_sub(count as u64).filter(|left| count > 0 || *left == 0);
        self.left = left.ok_or_else(|| self.changed())?;
        self.given += count;
        Ok(self.ready.bytes().get(start..self.given).unwrap_or_default())
    }

    /// Octets still to come.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Reads all there is, whatever it turns out to be.
    fn measure(mut self) -> Result<Facts, Error> {
        let (mut facts, mut header) = (Facts::default(), Header::default());
        loop {
            self.refill()?;
            let block = self.ready.bytes().get(self.given..).unwrap_or_default();
            if block.is_empty() {
                return Ok(Facts { has_utf8_header: header.is_utf8(), ..facts });
            }
            refuse_nul(block)?;
            header.add(block);
            facts.size += block.len() as u64;
            facts.is_8bit |= !block.is_ascii();
            self.given += block.len();
        }
    }

    /// Makes sure that something is ready, unless all has been given out.
    fn refill(&mut self) -> Result<(), Error> {
        let (Some(file), Ready::Own(ready)) = (&mut self.file, &mut self.ready) else {
            return Ok(());
        };
        while self.given == ready.len() && !file.ended {
            ready.clear();
            self.given = 0;
            file.read_into(ready)?;
        }
        Ok(())
    }

    fn changed(&self) -> Error {
        let path = self.file.as_ref().map_or(Path::new("the message"), |file| &file.path);
        Error::new(Kind::Input, format!("{} changed while it was being sent", path.display()))
            .at(Step::Content)
            .hint("send a copy that nobody writes to")
    }
}

/// A file on its way into canonical form.
struct FileReader {
    file: File,
    path: Arc<PathBuf>,
    line_ends: LineEnds,
    raw: Vec<u8>,
    /// Canonical octets that are still to be left out.
    skip: u64,
    ended: bool,
}

impl FileReader {
    fn open(from: &FileFrom) -> Result<Self, Error> {
        let file =
            File::open(from.path.as_path()).map_err(|cause| unreadable(&from.path, cause))?;
        Ok(Self {
            file,
            path: from.path.clone(),
            line_ends: LineEnds::default(),
            raw: vec![0; BLOCK],
            skip: from.skipped,
            ended: false,
        })
    }

    fn read_into(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let count = self.file.read(&mut self.raw).map_err(|cause| unreadable(&self.path, cause))?;
        self.line_ends.push(self.raw.get(..count).unwrap_or_default(), out);
        if count == 0 {
            self.line_ends.finish(out);
            self.ended = true;
        }
        let skip = usize::try_from(self.skip).unwrap_or(usize::MAX).min(out.len());
        out.drain(..skip);
        self.skip -= skip as u64;
        Ok(())
    }
}

fn refuse_nul(block: &[u8]) -> Result<(), Error> {
    match memchr(0, block) {
        None => Ok(()),
        Some(_) => Err(Error::new(Kind::Message, "the message has a NUL character")
            .at(Step::Prepare)
            .hint("send such bytes as an attachment, which is encoded")),
    }
}

fn unreadable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Kind::Input, format!("cannot read {}", path.display()))
        .at(Step::Prepare)
        .because(cause)
        .hint("check its name and its permissions")
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};

    use super::*;

    fn file_of(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn a_file_gives_what_memory_gives() {
        let long: Vec<u8> = b"line\r\nand a longer one\n".repeat(20_000);
        for content in [b"a\nb".as_slice(), b"", b"\r", &long] {
            let file = file_of(content);
            let from_file = Message::from_file(file.path()).unwrap();
            let in_memory = Message::from_bytes(content).unwrap();
            assert_eq!(from_file.to_vec().unwrap(), in_memory.to_vec().unwrap());
            assert_eq!(in_memory.as_bytes(), Some(&*in_memory.to_vec().unwrap()));
            assert_eq!(from_file.as_bytes(), None);
            assert_eq!(from_file.size(), in_memory.size());
            assert_eq!(from_file.size(), from_file.to_vec().unwrap().len() as u64);
        }
    }

    #[test]
    fn blocks_are_as_large_as_asked_for_at_the_most() {
        let message = Message::from_bytes("0123456789").unwrap();
        let mut reader = message.open().unwrap();
        let mut sizes = Vec::new();
        loop {
            match reader.next_block(5).unwrap().len() {
                0 => break,
                n => sizes.push(n),
            }
        }
        assert_eq!((sizes, reader.left()), (vec![5, 5, 2], 0));
    }

    #[test]
    fn a_header_can_take_the_place_of_the_one_in_the_file() {
        let file = file_of(b"Bcc: eve@example.com\nA: 1\n\nbody\n");
        let skipped = "Bcc: eve@example.com\r\nA: 1\r\n".len() as u64;
        let message = Message::from_file_with_header("A: 1\r\n", file.path(), skipped).unwrap();
        assert_eq!(message.to_vec().unwrap(), b"A: 1\r\n\r\nbody\r\n");
    }

    #[test]
    fn a_file_that_changes_is_not_sent_as_another_mail() {
        for change in ["longer than before\n", "s\n", ""] {
            let mut file = file_of(b"a line\n");
            let message = Message::from_file(file.path()).unwrap();
            file.as_file().set_len(0).unwrap();
            file.rewind().unwrap();
            file.write_all(change.as_bytes()).unwrap();
            assert_eq!(message.to_vec().unwrap_err().kind(), Kind::Input, "{change:?}");
        }
    }

    #[test]
    fn what_cannot_be_sent_or_read_is_refused_at_once() {
        assert_eq!(Message::from_bytes("a\0b").unwrap_err().kind(), Kind::Message);
        assert_eq!(Message::from_file("no/such/file").unwrap_err().kind(), Kind::Input);
    }

    #[test]
    fn a_header_in_utf8_is_told_from_a_body_in_it() {
        for (content, wanted) in [
            ("Subject: caf\u{e9}\n\nx\n".as_bytes(), true),
            ("Subject: cafe\n\ncaf\u{e9}\n".as_bytes(), false),
            (b"Subject: caf\xe9\n\nx\n", false),
        ] {
            assert_eq!(Message::from_bytes(content).unwrap().has_utf8_header(), wanted);
            let file = file_of(content);
            assert_eq!(Message::from_file(file.path()).unwrap().has_utf8_header(), wanted);
        }
    }

    #[test]
    fn cloning_copies_no_content() {
        let message = Message::from_bytes("a line\r\n").unwrap();
        assert!(Arc::ptr_eq(&message.head, &message.clone().head));
    }
}
