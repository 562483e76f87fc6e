//! How `Message::from_bytes` examined its bytes before it had one pass for all: it found one line end after the
//! other, and then looked for NUL, for bytes beyond ASCII and for the end of the header. The benchmark `offline`
//! measures both.

use memchr::{memchr, memchr2, memmem};

/// Returns whether the bytes are canonical, have a NUL, and have bytes beyond ASCII; and a copy of the header.
pub(crate) fn examine(bytes: &[u8]) -> ([bool; 3], Vec<u8>) {
    let end = memmem::find(bytes, b"\r\n\r\n").unwrap_or(bytes.len());
    let found = [are_canonical(bytes), memchr(0, bytes).is_some(), !bytes.is_ascii()];
    (found, bytes.get(..end).unwrap_or(bytes).to_vec())
}

fn are_canonical(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = memchr2(b'\r', b'\n', rest) {
        match rest.get(at..).and_then(|line_end| line_end.strip_prefix(b"\r\n")) {
            Some(next) => rest = next,
            None => return false,
        }
    }
    bytes.ends_with(b"\r\n")
}
