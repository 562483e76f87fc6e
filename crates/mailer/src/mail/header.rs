//! The header of a message that is read block by block.

use memchr::memchr2_iter;

/// The maximum number of bytes that are examined as a header.
const MAX_HEADER: usize = 256 * 1024;

/// The header of a message, collected block by block.
#[derive(Default)]
pub(super) struct Header {
    bytes: Vec<u8>,
    is_whole: bool,
}

impl Header {
    /// Adds the next block of the message, with any line ends.
    pub(super) fn add(&mut self, block: &[u8]) {
        if self.is_whole {
            return;
        }
        let room = MAX_HEADER.saturating_sub(self.bytes.len());
        let block = block.get(..room).unwrap_or(block);
        // A message begins at the start of a line.
        let end = empty_line(self.bytes.last().copied().unwrap_or(b'\n'), block);
        self.bytes.extend_from_slice(block.get(..end.unwrap_or(room)).unwrap_or(block));
        self.is_whole = end.is_some() || self.bytes.len() == MAX_HEADER;
    }

    /// Whether it has non-ASCII text in UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        !self.bytes.is_ascii() && std::str::from_utf8(&self.bytes).is_ok()
    }
}

/// Returns where the empty line is that ends a header (RFC 5322 §2.1): at a line end directly after another.
fn empty_line(before: u8, block: &[u8]) -> Option<usize> {
    let at = |index: usize| block.get(index).copied();
    memchr2_iter(b'\r', b'\n', block).find(|&index| {
        let before = index.checked_sub(1).map_or(Some(before), at);
        matches!((before, at(index)), (Some(b'\n'), _) | (Some(b'\r'), Some(b'\r')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_wherever_the_message_is_cut_into_blocks() {
        for line_end in ["\r\n", "\n", "\r"] {
            let message = "A: \u{e9}|B: 1||\u{e9}||".replace('|', line_end).into_bytes();
            let wanted = "A: \u{e9}|B: 1|".replace('|', line_end).into_bytes();
            for cut in 0..message.len() {
                let mut header = Header::default();
                header.add(&message[..cut]);
                header.add(&message[cut..]);
                assert_eq!(header.bytes, wanted, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_message_that_begins_with_an_empty_line_has_no_header() {
        for line_end in ["\r\n", "\n", "\r"] {
            let mut header = Header::default();
            header.add(format!("{line_end}\u{e9}").as_bytes());
            assert!(!header.is_utf8());
        }
    }
}
