//! Reading a message block by block.

use std::{fmt, sync::Arc};

use super::{
    facts::Facts,
    file::{FilePart, FileReader},
};
use crate::{Error, Kind, mail::line_ends::LineEnds};

/// A reader of a message in canonical form, block by block.
pub struct MessageReader {
    ready: Ready,
    /// The number of bytes of `ready` that were returned already.
    given: usize,
    /// The number of bytes of the message that remain.
    left: u64,
    /// The properties that the bytes must match.
    announced: Facts,
    file: Option<FileReader>,
}

impl fmt::Debug for MessageReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageReader").field("left", &self.left).finish_non_exhaustive()
    }
}

/// Canonical bytes in memory.
enum Ready {
    Shared(Arc<Vec<u8>>),
    Owned(Vec<u8>),
}

impl Ready {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

impl MessageReader {
    /// Returns a reader of `head`, which is in canonical form if there is no `rest`. It fails if the bytes do not
    /// match `facts`.
    pub(super) fn new(head: &Arc<Vec<u8>>, rest: Option<&FilePart>, facts: Facts) -> Self {
        let (ready, file) = match rest {
            None => (Ready::Shared(Arc::clone(head)), None),
            Some(part) => {
                let (mut ready, mut line_ends) = (Vec::new(), LineEnds::default());
                line_ends.push(head, &mut ready);
                (Ready::Owned(ready), Some(FileReader::new(part.up_to(facts.size), line_ends)))
            }
        };
        Self { ready, given: 0, left: facts.size, announced: facts, file }
    }

    /// Returns the next bytes, at most `max`; an empty slice is the end. All blocks together have exactly
    /// [`Message::size`](crate::Message::size) bytes. They have no NUL, and no non-ASCII byte unless
    /// [`Message::is_8bit`](crate::Message::is_8bit) holds.
    ///
    /// # Errors
    /// [`Kind::Input`] if the file cannot be read or has changed since it was measured. The transfer must
    /// then be aborted: to end it would send another message.
    pub fn next_block(&mut self, max: usize) -> Result<&[u8], Error> {
        self.refill()?;
        let rest = self.ready.bytes().get(self.given..).unwrap_or_default();
        let block = whole_line_ends(rest.get(..max).unwrap_or(rest));
        let (count, is_last) = (block.len(), block.len() == rest.len());
        let left = self.left.checked_sub(count as u64).filter(|&left| match left {
            0 => is_last && self.has_ended(),
            _ => count > 0,
        });
        self.left = left.ok_or_else(|| self.changed())?;
        let start = self.given;
        self.given += count;
        Ok(self.ready.bytes().get(start..self.given).unwrap_or_default())
    }

    /// Returns the number of bytes that remain.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Reads until bytes are ready or the message ends. The last bytes are ready only once the file has
    /// reported its end, so that a file that has grown is noticed in time. A header that was given
    /// separately leaves together with the first bytes of the file.
    fn refill(&mut self) -> Result<(), Error> {
        let announced = self.announced;
        let (Some(file), Ready::Owned(ready)) = (&mut self.file, &mut self.ready) else {
            return Ok(());
        };
        while !file.has_ended {
            match ready.len() - self.given {
                0 => {
                    self.given = 0;
                    file.read(ready)?;
                }
                _ if !file.has_begun => file.read_more(ready)?,
                rest if rest as u64 == self.left => file.read_end(ready)?,
                _ => break,
            }
            if !announced.allow(file.scan()) {
                ready.truncate(self.given);
                return Err(file.changed());
            }
        }
        Ok(())
    }

    /// Whether `ready` holds the last bytes.
    fn has_ended(&self) -> bool {
        self.file.as_ref().is_none_or(|file| file.has_ended)
    }

    fn changed(&self) -> Error {
        let inside = || Error::new(Kind::Internal, "the message in memory changed");
        self.file.as_ref().map_or_else(inside, FileReader::changed)
    }
}

/// Returns the block without a final CR, whose LF is in the next block. If the next block is never sent,
/// there is no bare CR on the wire.
fn whole_line_ends(block: &[u8]) -> &[u8] {
    block.strip_suffix(b"\r").filter(|rest| !rest.is_empty()).unwrap_or(block)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};

    use memchr::memmem;
    use tempfile::NamedTempFile;

    use super::*;
    use crate::{Message, mail::message::file::BLOCK};

    fn file_of(content: &[u8]) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn blocks_do_not_exceed_the_maximum() {
        let message = Message::from_bytes("0123456789").unwrap();
        let mut reader = message.open();
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
    fn readers_of_one_file_do_not_disturb_each_other() {
        let content = b"a line\r\n".repeat(20_000);
        let message = Message::from_file(file_of(&content).path()).unwrap();
        let mut readers = [message.open(), message.open()];
        let mut read = [Vec::new(), Vec::new()];
        while readers[0].left() > 0 {
            for (reader, read) in readers.iter_mut().zip(&mut read) {
                read.extend_from_slice(reader.next_block(1000).unwrap());
            }
        }
        assert!(read.iter().all(|read| *read == content));
    }

    /// A file that changes after the message was measured.
    fn changed(before: &[u8], after: &[u8]) -> Message {
        let mut file = file_of(before);
        let message = Message::from_file(file.path()).unwrap();
        file.as_file().set_len(0).unwrap();
        file.rewind().unwrap();
        file.write_all(after).unwrap();
        message
    }

    #[test]
    fn a_changed_file_is_an_error() {
        for change in [
            "longer than before\n",
            "s\n",
            "",
            "a l\0ne\n",
            "a l\u{e9}e\n",
            "a\nline\n",
            ". line\n",
        ] {
            let message = changed(b"a line\n", change.as_bytes());
            assert_eq!(message.to_vec().unwrap_err().kind(), Kind::Input, "{change:?}");
        }
    }

    #[test]
    fn blocks_before_the_error_of_a_changed_file_are_valid() {
        let before = b"a line\n".repeat(50_000);
        for change in ["a\0", "\u{e9}\n", "\n\n\n", "\r\r", "a\r\n", "\n.a"] {
            let message = changed(&before, &change.as_bytes().repeat(120_000));
            for max in [7, 1000, 1 << 20] {
                let (mut reader, mut sent) = (message.open(), Vec::new());
                let error = loop {
                    match reader.next_block(max) {
                        Ok(block) => sent.extend_from_slice(block),
                        Err(error) => break error,
                    }
                };
                assert_eq!(error.kind(), Kind::Input, "{change:?}");
                assert!(sent.is_ascii() && !sent.contains(&0) && !sent.ends_with(b"\r"));
                assert!(memmem::find(&sent, b"\n.").is_none());
                let bare = |byte| sent.iter().filter(|&&b| b == byte).count();
                assert_eq!(bare(b'\r'), bare(b'\n'), "{change:?} in blocks of {max}");
            }
        }
    }

    #[test]
    fn the_last_block_is_withheld_if_the_file_has_grown() {
        let line = b"a line\r\n".repeat(BLOCK / 8);
        let message = changed(&line, &line.repeat(2));
        let (mut reader, mut given) = (message.open(), 0);
        while let Ok(block) = reader.next_block(100) {
            given += block.len();
        }
        assert!(given < line.len(), "the whole message was returned although the file has grown");
    }
}
