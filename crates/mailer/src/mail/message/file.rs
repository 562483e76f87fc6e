//! The part of an open file that holds the rest of a message.

use std::{
    fs::File,
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::facts::{Facts, refuse_nul};
use crate::{
    Error, Kind, Step,
    mail::{header::Header, line_ends::LineEnds, scan::Scan},
};

/// The maximum number of bytes per read.
pub(super) const BLOCK: usize = 64 * 1024;

/// Room for most small files, in bytes.
const SMALL_BLOCK: u64 = 4096;

/// A part of an open file.
#[derive(Clone)]
pub(super) struct FilePart {
    /// Shared by all clones, because it is read by position.
    file: Arc<File>,
    /// The name of the file in errors.
    name: Arc<PathBuf>,
    range: Range<u64>,
    /// The maximum number of bytes per read.
    pub(super) block_size: usize,
}

impl FilePart {
    pub(super) fn new(file: File, name: PathBuf, range: Range<u64>) -> Self {
        Self { file: Arc::new(file), name: Arc::new(name), range, block_size: BLOCK }
    }

    pub(super) fn name(&self) -> &Path {
        &self.name
    }

    /// Returns this part with blocks of at most `size` bytes.
    pub(super) fn up_to(&self, size: u64) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Self { block_size: self.block_size.min(size), ..self.clone() }
    }

    /// Reads a message that consists of `head` and this part, and returns its facts.
    pub(super) fn measure(&self, head: &[u8]) -> Result<Facts, Error> {
        let (mut scan, mut header) = (Scan::new(head), Header::default());
        header.add(head);
        // A system file may have no length and content all the same.
        let length = self.file.metadata().map_or(u64::MAX, |it| it.len().max(SMALL_BLOCK));
        let (mut part, mut block) = (self.up_to(length), Vec::new());
        loop {
            refuse_nul(&scan)?;
            part.read(&mut block)?;
            if block.is_empty() {
                return Ok(Facts::new(&scan, &header));
            }
            scan.add(&block);
            header.add(&block);
        }
    }

    /// Replaces the content of `block` by the next bytes, and removes them from this part. At the end of the part,
    /// `block` is empty.
    fn read(&mut self, block: &mut Vec<u8>) -> Result<(), Error> {
        let left = self.range.end.saturating_sub(self.range.start);
        // A block that was full before needs no initialization.
        block.resize(usize::try_from(left).unwrap_or(usize::MAX).min(self.block_size), 0);
        let count = read_at(&self.file, block, self.range.start)
            .map_err(|cause| unreadable(&self.name, cause))?;
        block.truncate(count);
        self.range.start += count as u64;
        Ok(())
    }
}

/// A reader that converts a part of a file to canonical form.
pub(super) struct FileReader {
    part: FilePart,
    line_ends: LineEnds,
    /// A block as it is in the file, while it is converted.
    spare: Vec<u8>,
    /// Whether anything has been read yet.
    pub(super) has_begun: bool,
    /// Whether the whole part has been read.
    pub(super) has_ended: bool,
}

impl FileReader {
    /// Returns a reader that continues the conversion of `line_ends`.
    pub(super) fn new(part: FilePart, line_ends: LineEnds) -> Self {
        Self { part, line_ends, spare: Vec::new(), has_begun: false, has_ended: false }
    }

    /// Replaces `out` by the next bytes in canonical form; at the end, by the last line end if it is missing.
    pub(super) fn read(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.part.read(out)?;
        let is_end = out.is_empty();
        self.line_ends.convert(out, &mut self.spare);
        self.note_read(is_end, out);
        Ok(())
    }

    /// Appends the next bytes in canonical form; at the end, the last line end if it is missing.
    pub(super) fn read_more(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.part.read(&mut self.spare)?;
        self.line_ends.push(&self.spare, out);
        self.note_read(self.spare.is_empty(), out);
        Ok(())
    }

    /// Checks that the file ends here. If it does not, a byte is appended, which makes the message too long.
    pub(super) fn read_end(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        self.part.block_size = 1;
        self.read_more(out)
    }

    fn note_read(&mut self, is_end: bool, out: &mut Vec<u8>) {
        self.has_begun = true;
        if is_end {
            self.line_ends.finish(out);
            self.has_ended = true;
        }
    }

    /// Returns what has been found in everything that was read.
    pub(super) fn scan(&self) -> &Scan {
        self.line_ends.scan()
    }

    /// Returns the error for a file that changed after it was measured.
    pub(super) fn changed(&self) -> Error {
        let name = self.part.name.display();
        Error::new(Kind::Input, format!("{name} changed while it was being sent"))
            .with_step(Step::Content)
            .with_hint("send a copy that no program writes to")
    }
}

/// Reads at this position, independently of other readers of the file.
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, buffer, position);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, position);
        match read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::new(Kind::Input, format!("cannot read {}", path.display()))
        .with_step(Step::Prepare)
        .with_cause(cause)
        .with_hint("check its name and its permissions")
}
