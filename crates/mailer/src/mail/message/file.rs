//! The part of an open file that holds the rest of a message.

use std::{
    fs::File,
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{Error, Kind, Step, mail::line_ends::LineEnds};

/// The maximum number of bytes per read.
pub(super) const BLOCK: usize = 64 * 1024;

/// A part of an open file.
#[derive(Clone)]
pub(super) struct FilePart {
    /// Shared by all clones, because it is read by position.
    file: Arc<File>,
    /// The name of the file in errors.
    name: Arc<PathBuf>,
    range: Range<u64>,
}

impl FilePart {
    pub(super) fn new(file: File, name: PathBuf, range: Range<u64>) -> Self {
        Self { file: Arc::new(file), name: Arc::new(name), range }
    }

    pub(super) fn name(&self) -> &Path {
        &self.name
    }
}

/// A reader that converts a part of a file to canonical form.
pub(super) struct FileReader {
    part: FilePart,
    line_ends: LineEnds,
    raw: Vec<u8>,
    /// Whether anything has been read yet.
    pub(super) has_begun: bool,
    /// Whether the whole part has been read.
    pub(super) has_ended: bool,
}

impl FileReader {
    /// Returns a reader that continues the conversion of `line_ends`.
    pub(super) fn new(part: FilePart, line_ends: LineEnds) -> Self {
        Self { part, line_ends, raw: vec![0; BLOCK], has_begun: false, has_ended: false }
    }

    /// Appends the next bytes in canonical form; at the end, appends the last line end if it is missing.
    pub(super) fn read_into(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let FilePart { file, name, range } = &mut self.part;
        let wanted = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let buffer = self.raw.get_mut(..wanted.min(BLOCK)).unwrap_or_default();
        let count = read_at(file, buffer, range.start).map_err(|cause| unreadable(name, cause))?;
        range.start += count as u64;
        self.has_begun = true;
        self.line_ends.push(buffer.get(..count).unwrap_or_default(), out);
        if count == 0 {
            self.line_ends.finish(out);
            self.has_ended = true;
        }
        Ok(())
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
