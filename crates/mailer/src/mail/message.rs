//! A finished message, in memory or in a file.

mod facts;
mod file;
mod overwrite;
mod reader;

use std::{fmt, fs::File, ops::Range, path::PathBuf, sync::Arc};

pub use reader::MessageReader;

use self::{
    facts::{Facts, refuse_nul},
    file::{BLOCK, FilePart, unreadable},
};
use super::{header::Header, line_ends::canonicalise, scan::Scan};
use crate::Error;

/// A finished RFC 5322 message. The server receives its bytes unchanged, except that every line end is
/// CRLF and the last line has one.
///
/// The bytes are in memory, or in an open file. A file is read block by block each time the message is
/// sent, so that a message of any size needs constant memory. Cloning copies no content.
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
    /// The whole message in canonical form, or the part before `rest` as it was given.
    head: Arc<Vec<u8>>,
    rest: Option<FilePart>,
    facts: Facts,
}

impl Message {
    /// Returns a message in memory.
    ///
    /// # Errors
    /// [`Kind::Message`](crate::Kind::Message) if it has a NUL, which servers need not accept (RFC 5321 §4.5.2, RFC 5322 §4).
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let bytes = bytes.into();
        let scan = Scan::new(&bytes);
        refuse_nul(&scan)?;
        let mut header = Header::default();
        // The header matters only if it has bytes beyond ASCII.
        if scan.is_8bit {
            header.add(&bytes);
        }
        let facts = Facts::new(&scan, &header);
        Ok(Self { head: Arc::new(canonicalise(bytes, &scan)), rest: None, facts })
    }

    /// Opens a file as a message. The file is read once now, to measure it, and once each time it is
    /// sent.
    ///
    /// # Errors
    /// [`Kind::Input`](crate::Kind::Input) if the file cannot be read, [`Kind::Message`](crate::Kind::Message) if it has a NUL.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let name = path.into();
        let file = File::open(&name).map_err(|cause| unreadable(&name, cause))?;
        Self::from_open_file(Vec::new(), file, name, 0..u64::MAX)
    }

    /// Returns a message that consists of `header` and the bytes `range` of an open file. Errors call the
    /// file `name`; it may be deleted already. A range beyond the end of the file stops at its end. The
    /// file is read by position, so it cannot be a pipe.
    ///
    /// # Errors
    /// Returns the errors of [`Message::from_file`].
    pub fn from_open_file(
        header: impl Into<Vec<u8>>,
        file: File,
        name: impl Into<PathBuf>,
        range: Range<u64>,
    ) -> Result<Self, Error> {
        Self::from_parts(header.into(), FilePart::new(file, name.into(), range))
    }

    fn from_parts(head: Vec<u8>, rest: FilePart) -> Result<Self, Error> {
        let facts = rest.measure(&head)?;
        Ok(Self { head: Arc::new(head), rest: Some(rest), facts })
    }

    /// Returns the size in bytes, without dot-stuffing and the final dot: the value of SIZE
    /// (RFC 1870 §5).
    #[must_use]
    pub fn size(&self) -> u64 {
        self.facts.size
    }

    /// Whether it has non-ASCII bytes, so that it needs 8BITMIME (RFC 6152).
    #[must_use]
    pub fn is_8bit(&self) -> bool {
        self.facts.is_8bit
    }

    /// Whether its header has non-ASCII text in UTF-8 (RFC 6532 §3.2), so that it needs SMTPUTF8
    /// (RFC 6531 §3.4). Other non-ASCII bytes in a header are in a legacy encoding, for which there is no
    /// extension.
    #[must_use]
    pub fn has_utf8_header(&self) -> bool {
        self.facts.has_utf8_header
    }

    /// Whether a line may start with a dot, so that the content of DATA has to be examined for dots
    /// (RFC 5321 §4.5.2).
    #[must_use]
    pub fn may_have_dot_lines(&self) -> bool {
        self.facts.may_have_dot_lines
    }

    /// Returns a reader at the beginning of the message.
    #[must_use]
    pub fn open(&self) -> MessageReader {
        MessageReader::new(&self.head, self.rest.as_ref(), self.facts)
    }

    /// Returns the whole message if it is in memory, and `None` if it is in a file.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.rest.is_none().then_some(self.head.as_slice())
    }

    /// Returns a copy of the whole message in memory, for libraries that cannot read it in blocks.
    ///
    /// # Errors
    /// [`Kind::Input`](crate::Kind::Input) if the file cannot be read or has changed.
    pub fn to_vec(&self) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::with_capacity(usize::try_from(self.size()).unwrap_or(0));
        let mut reader = self.open();
        loop {
            let block = reader.next_block(BLOCK)?;
            if block.is_empty() {
                return Ok(whole);
            }
            whole.extend_from_slice(block);
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} bytes", self.size())?;
        match &self.rest {
            Some(rest) => write!(f, ", from {})", rest.name().display()),
            None => f.write_str(")"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;
    use crate::Kind;

    fn file_of(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn a_file_and_memory_yield_the_same_message() {
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

    /// A message that consists of this header and this range of a file with this content.
    fn of_part(header: &str, content: &[u8], range: Range<u64>) -> Message {
        let file = file_of(content).into_file();
        Message::from_open_file(header, file, "part.eml", range).unwrap()
    }

    #[test]
    fn a_message_joins_a_header_and_a_part_of_a_file() {
        let message = of_part("A: 1\n", b"Bcc: eve@example.com\nA: 1\n\nbody\n<plist>", 26..32);
        assert_eq!(message.to_vec().unwrap(), b"A: 1\r\n\r\nbody\r\n");
        assert_eq!(of_part("A: 1\r\n", b"x", 1..u64::MAX).to_vec().unwrap(), b"A: 1\r\n");
        assert_eq!(of_part("A: 1\r", b"\nb", 0..2).to_vec().unwrap(), b"A: 1\r\nb\r\n");
        assert_eq!(of_part("", b"x", 1..1).to_vec().unwrap(), b"\r\n");
    }

    #[test]
    fn nul_bytes_and_missing_files_are_refused_on_creation() {
        assert_eq!(Message::from_bytes("a\0b").unwrap_err().kind(), Kind::Message);
        assert_eq!(Message::from_file("no/such/file").unwrap_err().kind(), Kind::Input);
    }

    #[test]
    fn only_utf8_in_the_header_needs_smtputf8() {
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
    fn dots_at_the_start_of_lines_are_found() {
        for (content, wanted) in
            [("a\n.b\n", true), (".", true), ("a\r.\n", true), ("a.\n .b\n", false), ("", false)]
        {
            let from_file = Message::from_file(file_of(content.as_bytes()).path()).unwrap();
            assert_eq!(from_file.may_have_dot_lines(), wanted, "{content:?} in a file");
            let mut message = Message::from_bytes(content).unwrap();
            assert_eq!(message.may_have_dot_lines(), wanted, "{content:?}");
            if content.starts_with("a.") {
                message.overwrite(0, b".").unwrap();
                assert!(message.may_have_dot_lines());
            }
        }
    }

    proptest! {
        #[test]
        fn a_file_in_blocks_of_any_size_and_memory_yield_the_same_message(
            pieces in proptest::collection::vec(
                prop::sample::select(vec!["\r", "\n", "\r\n", "\r\n\r\n", ".", "a", "\u{e9}", "\0"]), 0..30),
            head in 0_usize..60,
            block_size in 1_usize..20,
            max in 1_usize..20,
        ) {
            let content = pieces.concat().into_bytes();
            let (head, rest) = content.split_at(head.min(content.len()));
            let mut part = FilePart::new(file_of(rest).into_file(), "a file".into(), 0..u64::MAX);
            part.block_size = block_size;
            let from_file = Message::from_parts(head.to_vec(), part);
            let Ok(in_memory) = Message::from_bytes(content.clone()) else {
                prop_assert!(content.contains(&0) && from_file.is_err());
                return Ok(());
            };
            let from_file = from_file.unwrap();
            prop_assert_eq!(from_file.facts, in_memory.facts);
            let (mut reader, mut read) = (from_file.open(), Vec::new());
            while reader.left() > 0 {
                let block = reader.next_block(max).unwrap();
                prop_assert!((1..=max).contains(&block.len()));
                read.extend_from_slice(block);
            }
            prop_assert_eq!(Some(read.as_slice()), in_memory.as_bytes());
            prop_assert!(reader.next_block(max).unwrap().is_empty());
        }
    }

    #[test]
    fn cloning_copies_no_content() {
        let message = Message::from_bytes("a line\r\n").unwrap();
        assert!(Arc::ptr_eq(&message.head, &message.clone().head));
    }
}
