//! The lines of a file, with any kind of line end.

use memchr::memchr2;

/// A line and its position in the file.
pub(crate) struct Line<'a> {
    /// The position of its first byte.
    pub(crate) start: usize,
    /// The text, without the line end.
    pub(crate) text: &'a [u8],
    /// The position of the next line.
    pub(crate) end: usize,
}

/// An iterator over lines. Each of CR, LF and CRLF ends a line, as it does when the message is sent.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    is_whole: bool,
}

impl<'a> Lines<'a> {
    /// Returns the lines from position `at` on. Unless `bytes` are the whole file, the last line is
    /// returned only if its end is certain.
    pub(crate) fn new(bytes: &'a [u8], at: usize, is_whole: bool) -> Self {
        Self { bytes, at, is_whole }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let (text, after) =
            match memchr2(b'\r', b'\n', rest).and_then(|at| rest.split_at_checked(at)) {
                Some((text, [b'\r', b'\n', after @ ..])) => (text, after),
                // The next bytes of the file may begin with an LF.
                Some((_, [b'\r'])) | None if !self.is_whole => return None,
                Some((text, after)) => (text, after.get(1..).unwrap_or_default()),
                None => (rest, [].as_slice()),
            };
        self.at = self.bytes.len() - after.len();
        Some(Line { start, text, end: self.at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8], is_whole: bool) -> Vec<&[u8]> {
        Lines::new(bytes, 0, is_whole).map(|line| line.text).collect()
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        assert_eq!(texts(b"a\rb\nc\r\n\n\re", true), [b"a".as_slice(), b"b", b"c", b"", b"", b"e"]);
    }

    #[test]
    fn a_line_without_a_certain_end_needs_more_bytes() {
        assert_eq!(texts(b"a\nb", false), [b"a".as_slice()]);
        assert_eq!(texts(b"a\nb\r", false), [b"a".as_slice()]);
        assert_eq!(texts(b"a\nb\r\n", false), [b"a".as_slice(), b"b"]);
    }
}
