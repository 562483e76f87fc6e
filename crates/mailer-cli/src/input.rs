//! Reading files, pipes and stdin: once, bounded in size and in time.
//!
//! Whatever is named on the command line may be a pipe that nothing is written to, or a device that
//! never ends. So every source has a limit of bytes, and a pipe a limit of time if `--timeout` sets one.

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

/// Bytes of a file that goes into a mail, and of a message that is spooled, at most. A message in a
/// file of its own is read in place, and may have any size.
pub(crate) const MAX_CONTENT: u64 = 256 * 1024 * 1024;

/// How much may be read, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: u64,
    /// The longest that a pipe may take, from opening it to its end; no limit where there is none.
    pub(crate) time: Option<Duration>,
}

/// The bytes of a file, pipe or device, or of stdin if it is `-`.
pub(crate) fn read(path: &Path, limits: Limits) -> io::Result<Vec<u8>> {
    if is_file(path)? {
        return read_all(File::open(path)?, limits.bytes);
    }
    let path = path.to_owned();
    in_time(limits.time, move || read_all(source(&path)?, limits.bytes))
}

/// A file that can be read by position, from its beginning. What is no file is spooled: copied to a file
/// without a name, so that nothing is left of it however the process ends.
pub(crate) fn open(path: &Path, limits: Limits) -> io::Result<File> {
    if is_file(path)? {
        return File::open(path);
    }
    let path = path.to_owned();
    in_time(limits.time, move || spool(source(&path)?, limits.bytes))
}

/// Whether it is a regular file: then opening and reading it waits for nothing.
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
    refuse_more(read as u64, limit)?;
    Ok(bytes)
}

fn spool(source: impl Read, limit: u64) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let copied = io::copy(&mut source.take(limit.saturating_add(1)), &mut file)?;
    refuse_more(copied, limit)?;
    file.rewind()?;
    Ok(file)
}

fn refuse_more(read: u64, limit: u64) -> io::Result<()> {
    if read <= limit {
        return Ok(());
    }
    let size = match limit >> 20 {
        0 => format!("{} KiB", limit >> 10),
        mib => format!("{mib} MiB"),
    };
    Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {size}")))
}

/// What `work` gives, within this time. A thread that is still waiting then is left behind: nothing but
/// its source can wake it, and the process is about to end.
fn in_time<T: Send + 'static>(
    limit: Option<Duration>,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let Some(limit) = limit else { return work() };
    let (sender, result) = mpsc::channel();
    // Nothing is received any more once the time is over.
    thread::Builder::new().spawn(move || drop(sender.send(work())))?;
    result.recv_timeout(limit).unwrap_or_else(|_| {
        let text = format!("its end did not come within {} s", limit.as_secs_f64());
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_is_too_large_is_not_read() {
        assert_eq!(read_all(io::repeat(0).take(10), 10).unwrap().len(), 10);
        let kind = |result: io::Result<()>| result.unwrap_err().kind();
        assert_eq!(kind(read_all(io::repeat(0), 1 << 20).map(drop)), io::ErrorKind::FileTooLarge);
        assert_eq!(kind(spool(io::repeat(0), 1 << 20).map(drop)), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn what_is_spooled_reads_from_its_beginning() {
        let mut text = String::new();
        spool(b"all of it".as_slice(), 9).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "all of it");
    }

    #[test]
    fn a_pipe_that_does_not_end_ends_with_the_time() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"some").unwrap();
        let limit = Some(Duration::from_millis(1));
        let error = in_time(limit, move || io::copy(&mut reader, &mut io::sink())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
