//! Keeps the header of a message while its content passes.

use memchr::memmem;

/// The most bytes of a header that are kept.
const LIMIT: usize = 64 * 1024;

/// The line end before the empty line that ends a header, with the empty line.
const END: &[u8] = b"\r\n\r\n";

/// The header of a message so far.
#[derive(Debug, Default)]
pub(crate) struct Header {
    bytes: Vec<u8>,
    is_complete: bool,
}

impl Header {
    /// Takes the next bytes of the content.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if self.is_complete {
            return;
        }
        let before = self.bytes.len();
        let room = LIMIT.saturating_sub(before);
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        // The end may begin in the bytes before.
        let from = before.saturating_sub(END.len() - 1);
        let end = memmem::find(self.bytes.get(from..).unwrap_or_default(), END);
        if let Some(end) = end {
            self.bytes.truncate(from + end + 2);
        }
        self.is_complete = end.is_some() || self.bytes.len() >= LIMIT;
    }

    /// Returns the fields, each with its line end. Content without an empty line is all header, and content
    /// that begins with one has none.
    pub(crate) fn finish(self) -> Vec<u8> {
        if self.bytes.starts_with(b"\r\n") { Vec::new() } else { self.bytes }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(content: &[u8], piece: usize) -> Vec<u8> {
        let mut header = Header::default();
        content.chunks(piece).for_each(|piece| header.write(piece));
        header.finish()
    }

    #[test]
    fn it_ends_before_the_empty_line_and_is_limited() {
        assert_eq!(header(b"A: b\r\nC: d\r\n\r\nE: f\r\n", 99), b"A: b\r\nC: d\r\n");
        assert_eq!(header(b"\r\nbody\r\n\r\nmore\r\n", 99), b"");
        assert_eq!(header(b"A: b\r\n", 99), b"A: b\r\n");
        assert_eq!(header(&[b'a'; 2 * LIMIT], 1000).len(), LIMIT);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(content in "[\r\na]{0,40}", piece in 1_usize..9) {
            prop_assert_eq!(header(content.as_bytes(), piece), header(content.as_bytes(), 99));
        }
    }
}
