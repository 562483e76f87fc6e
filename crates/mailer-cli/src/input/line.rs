//! The first line of a source that may never end.

use std::io::{self, Read};

/// The longest first line, in bytes.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// Returns the bytes before the first LF, or all bytes if there is none. It reads into one buffer that never
/// moves, so that a secret leaves no copy in memory, and stops at the LF.
///
/// # Errors
/// Those of the source, and [`io::ErrorKind::FileTooLarge`] if the line is longer than [`MAX_LINE`].
pub(crate) fn first_line(mut source: impl Read) -> io::Result<Vec<u8>> {
    let mut line = vec![0; MAX_LINE + 1];
    let mut length = 0;
    loop {
        let free = line.get_mut(length..).unwrap_or_default();
        if free.is_empty() {
            let text = format!("its first line is longer than {} KiB", MAX_LINE >> 10);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        let count = match source.read(free) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let end = memchr::memchr(b'\n', free.get(..count).unwrap_or_default());
        length += end.unwrap_or(count);
        if end.is_some() || count == 0 {
            line.truncate(length);
            return Ok(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stops_at_the_first_lf() {
        for text in ["sesame\n", "sesame\nsecond\n", "sesame"] {
            assert_eq!(first_line(text.as_bytes()).unwrap(), b"sesame");
        }
        assert_eq!(first_line(b"".as_slice()).unwrap(), b"");
        let in_pieces = b"ses".chain(b"ame\nsec".as_slice());
        assert_eq!(first_line(in_pieces).unwrap(), b"sesame");
    }

    #[test]
    fn a_line_above_the_limit_is_an_error() {
        assert_eq!(first_line(io::repeat(0)).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(first_line(io::repeat(0).take(MAX_LINE as u64)).unwrap().len(), MAX_LINE);
    }
}
