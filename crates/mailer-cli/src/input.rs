//! Reads files, pipes and stdin once, with limits on size and time.
//!
//! A name on the command line may be a pipe that no program writes to, or a device that never ends. Every
//! source therefore has a limit in bytes, and pipes have a limit in time if `--timeout` is set.

mod line;

use std::{
    fs::{self, File},
    io::{self, Read, Seek as _},
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

pub(crate) use line::{MAX_LINE, first_line};

/// The largest body, attachment or spooled message, in bytes. A message in a regular file is read in
/// place and may have any size.
pub(crate) const MAX_CONTENT: u64 = 256 * 1024 * 1024;

/// The largest file with settings, addresses or an earlier result, in bytes.
const MAX_TEXT: u64 = 64 * 1024 * 1024;

/// The byte order mark that Windows programs write at the start of text.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The limits on reading one source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: u64,
    /// The limit on reading a pipe, from opening it to its end; `None` is no limit.
    pub(crate) time: Option<Duration>,
}

/// Reads a file, pipe or device, or stdin if the path is `-`.
pub(crate) fn read(path: &Path, limits: Limits) -> io::Result<Vec<u8>> {
    if is_file(path)? {
        return read_all(File::open(path)?, limits.bytes);
    }
    let path = path.to_owned();
    within(limits.time, move || read_all(source(&path)?, limits.bytes))
}

/// Reads a text from a file, pipe or device, without a byte order mark.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let bytes = read(path, Limits { bytes: MAX_TEXT, time: None })?;
    let text = String::from_utf8(bytes).map_err(|cause| {
        let what = match is_utf16(cause.as_bytes()) {
            true => "it is UTF-16 text, not UTF-8".to_owned(),
            false => format!("it is not UTF-8 text: {}", cause.utf8_error()),
        };
        io::Error::new(io::ErrorKind::InvalidData, what)
    })?;
    Ok(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
}

/// Returns whether a text begins with the byte order mark of UTF-16.
pub(crate) fn is_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// Opens a file that can be read at any position. A pipe or a device is spooled: it is copied to a file
/// without a name, so that nothing remains however the process ends.
pub(crate) fn open(path: &Path, limits: Limits) -> io::Result<File> {
    if is_file(path)? {
        return File::open(path);
    }
    let path = path.to_owned();
    within(limits.time, move || spool(source(&path)?, limits.bytes))
}

/// Whether the path names a regular file, which can be read without waiting for another program.
fn is_file(path: &Path) -> io::Result<bool> {
    Ok(path.as_os_str() != "-" && fs::metadata(path)?.is_file())
}

fn source(path: &Path) -> io::Result<Box<dyn Read>> {
    match path.as_os_str() == "-" {
        true => Ok(Box::new(io::stdin())),
        false => Ok(Box::new(File::open(path)?)),
    }
}

fn read_all(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    check_size(read as u64, limit)?;
    Ok(bytes)
}

fn spool(source: impl Read, limit: u64) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let copied = io::copy(&mut source.take(limit.saturating_add(1)), &mut file)?;
    check_size(copied, limit)?;
    file.rewind()?;
    Ok(file)
}

fn check_size(read: u64, limit: u64) -> io::Result<()> {
    if read <= limit {
        return Ok(());
    }
    let size = match limit >> 20 {
        0 => format!("{} KiB", limit >> 10),
        mib => format!("{mib} MiB"),
    };
    Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {size}")))
}

/// Returns the result of `work`, or an error after this time. The thread then remains: only its source can
/// wake it, and the process is about to end.
fn within<T: Send + 'static>(
    limit: Option<Duration>,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let Some(limit) = limit else { return work() };
    let (sender, result) = mpsc::channel();
    // Sending fails if the time is over.
    thread::Builder::new().spawn(move || drop(sender.send(work())))?;
    result.recv_timeout(limit).unwrap_or_else(|_| {
        let text = format!("it did not end within {} s", limit.as_secs_f64());
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_source_above_the_limit_is_an_error() {
        assert_eq!(read_all(io::repeat(0).take(10), 10).unwrap().len(), 10);
        let kind = |result: io::Result<()>| result.unwrap_err().kind();
        assert_eq!(kind(read_all(io::repeat(0), 1 << 20).map(drop)), io::ErrorKind::FileTooLarge);
        assert_eq!(kind(spool(io::repeat(0), 1 << 20).map(drop)), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_spooled_source_is_read_from_its_start() {
        let mut text = String::new();
        spool(b"all of it".as_slice(), 9).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "all of it");
    }

    #[test]
    fn a_pipe_that_does_not_end_times_out() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"some").unwrap();
        let limit = Some(Duration::from_millis(1));
        let error = within(limit, move || io::copy(&mut reader, &mut io::sink())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
