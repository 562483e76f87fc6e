//! The header of a message that is read block by block.

use memchr::memmem;

/// The maximum number of bytes that are examined as a header.
const MAX_HEADER: usize = 256 * 1024;
/// The line end of the last field and the empty line (RFC 5322 §2.1).
const END: &[u8] = b"\r\n\r\n";

/// The header of a message, collected block by block.
#[derive(Default)]
pub(super) struct Header {
    bytes: Vec<u8>,
    is_whole: bool,
}

impl Header {
    /// Adds the next block of the message, in canonical form.
    pub(super) fn add(&mut self, block: &[u8]) {
        if self.is_whole {
            return;
        }
        // The end may be split across two blocks.
        let from = self.bytes.len().saturating_sub(END.len());
        let room = MAX_HEADER.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(block.get(..room).unwrap_or(block));
        let new = self.bytes.get(from..).unwrap_or_default();
        let end = memmem::find(new, END).map(|at| from + at);
        self.is_whole = end.is_some() || self.bytes.len() == MAX_HEADER;
        self.bytes.truncate(end.unwrap_or(self.bytes.len()));
    }

    /// Whether it has non-ASCII text in UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        !self.bytes.is_ascii() && std::str::from_utf8(&self.bytes).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_wherever_the_message_is_cut_into_blocks() {
        let message = "A: \u{e9}\r\n\r\n\u{e9}\r\n\r\n".as_bytes();
        for cut in 0..message.len() {
            let mut header = Header::default();
            header.add(&message[..cut]);
            header.add(&message[cut..]);
            assert_eq!(header.bytes, "A: \u{e9}".as_bytes(), "cut at {cut}");
        }
    }
}
