//! Reading a message block by block.

use std::sync::Arc;

use super::{
    Facts,
    file::{BLOCK, FilePart, FileReader},
    refuse_nul,
};
use crate::{
    Error, Kind,
    mail::{header::Header, line_ends::LineEnds},
};

/// Reads a message in canonical form, block by block.
pub struct MessageReader {
    ready: Ready,
    /// How much of `ready` has been given out.
    given: usize,
    /// Octets of the message still to be given out.
    left: u64,
    /// What the server is told of the message; unknown as long as it is measured.
    announced: Option<Facts>,
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
    /// A reader of a head in canonical form, or of any head and a part of a file.
    pub(super) fn unmeasured(head: &Arc<Vec<u8>>, rest: Option<&FilePart>) -> Self {
        let (ready, file) = match rest {
            None => (Ready::Shared(Arc::clone(head)), None),
            Some(part) => {
                let (mut ready, mut line_ends) = (Vec::with_capacity(BLOCK), LineEnds::default());
                line_ends.push(head, &mut ready);
                (Ready::Own(ready), Some(FileReader::new(part.clone(), line_ends)))
            }
        };
        Self { ready, given: 0, left: u64::MAX, announced: None, file }
    }

    /// The same reader, which gives what these facts announce or fails.
    pub(super) fn announced(self, facts: Facts) -> Self {
        Self { left: facts.size, announced: Some(facts), ..self }
    }

    /// The next octets, `max` at the most; none at the end. In all exactly as many as
    /// [`Message::size`] said, without a NUL, and without an octet beyond ASCII unless
    /// [`Message::is_8bit`] said so.
    ///
    /// # Errors
    /// [`Kind::Input`] if the file cannot be read, or is no longer what it was when its size was
    /// taken: then the mail must not be ended, for it would be another one.
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

    /// Octets still to come.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Reads all there is, whatever it turns out to be.
    pub(super) fn measure(mut self) -> Result<Facts, Error> {
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

    /// Makes sure that something is ready, unless all has been given out. What seems to be the end is
    /// ready only once the file is known to end there.
    fn refill(&mut self) -> Result<(), Error> {
        let announced = self.announced;
        let (Some(file), Ready::Own(ready)) = (&mut self.file, &mut self.ready) else {
            return Ok(());
        };
        while !file.has_ended {
            let rest = ready.len() - self.given;
            if rest > 0 && rest as u64 != self.left {
                break;
            }
            if rest == 0 {
                ready.clear();
                self.given = 0;
            }
            let start = ready.len();
            file.read_into(ready)?;
            let new = ready.get(start..).unwrap_or_default();
            if announced.is_some_and(|facts| !facts.allow(new)) {
                return Err(file.changed());
            }
        }
        Ok(())
    }

    /// Whether nothing follows what is ready.
    fn has_ended(&self) -> bool {
        self.file.as_ref().is_none_or(|file| file.has_ended)
    }

    fn changed(&self) -> Error {
        let inside = || Error::new(Kind::Internal, "the message in memory changed");
        self.file.as_ref().map_or_else(inside, FileReader::changed)
    }
}

/// The block without a CR at its end whose LF is in the next one: where the next one is never sent, no
/// bare CR stays on the wire.
fn whole_line_ends(block: &[u8]) -> &[u8] {
    block.strip_suffix(b"\r").filter(|rest| !rest.is_empty()).unwrap_or(block)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};

    use tempfile::NamedTempFile;

    use super::*;
    use crate::Message;

    fn file_of(content: &[u8]) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn blocks_are_as_large_as_asked_for_at_the_most() {
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
    fn a_file_that_changes_is_not_sent_as_another_mail() {
        for change in ["longer than before\n", "s\n", "", "a l\0ne\n", "a l\u{e9}e\n", "a\nline\n"]
        {
            let message = changed(b"a line\n", change.as_bytes());
            assert_eq!(message.to_vec().unwrap_err().kind(), Kind::Input, "{change:?}");
        }
    }

    #[test]
    fn a_file_that_changes_leaves_nothing_that_cannot_be_sent() {
        let before = b"a line\n".repeat(50_000);
        for change in ["a\0", "\u{e9}\n", "\n\n\n", "\r\r", "a\r\n"] {
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
                let bare = |byte| sent.iter().filter(|&&b| b == byte).count();
                assert_eq!(bare(b'\r'), bare(b'\n'), "{change:?} in blocks of {max}");
            }
        }
    }

    #[test]
    fn an_end_is_given_only_where_the_file_ends() {
        let line = b"a line\r\n".repeat(BLOCK / 8);
        let message = changed(&line, &line.repeat(2));
        let (mut reader, mut given) = (message.open(), 0);
        while let Ok(block) = reader.next_block(100) {
            given += block.len();
        }
        assert!(given < line.len(), "all was given though more follows");
    }
}
