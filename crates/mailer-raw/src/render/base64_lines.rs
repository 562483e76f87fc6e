//! Base64 in lines (RFC 2045 §6.8).

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::CRLF;

/// Octets that make a line of 76 characters, as long as it may be.
const BYTES_PER_LINE: usize = 57;
/// Octets of that line with its CRLF.
const LINE: usize = BYTES_PER_LINE / 3 * 4 + CRLF.len();

/// Appends bytes, line by line: beside the output there is never a second copy of them.
pub(super) fn encode(bytes: &[u8], out: &mut String) {
    for line in bytes.chunks(BYTES_PER_LINE) {
        STANDARD.encode_string(line, out);
        out.push_str(CRLF);
    }
}

/// Octets of that many once they are encoded, rounded up to whole lines.
pub(super) fn encoded_len(bytes: usize) -> usize {
    bytes.div_ceil(BYTES_PER_LINE).saturating_mul(LINE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_76_characters_long() {
        let mut out = String::new();
        encode(&[0; 58], &mut out);
        assert_eq!(out, format!("{}\r\nAA==\r\n", "A".repeat(76)));
        assert_eq!(encoded_len(58), 2 * 78);
    }

    #[test]
    fn nothing_makes_no_line() {
        let mut out = String::new();
        encode(&[], &mut out);
        assert_eq!((out.as_str(), encoded_len(0)), ("", 0));
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_they_read_back(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut out = String::new();
            encode(&bytes, &mut out);
            prop_assert!(out.len() <= encoded_len(bytes.len()));
            prop_assert!(out.split_terminator(CRLF).all(|line| (1..=76).contains(&line.len())));
            prop_assert_eq!(STANDARD.decode(out.replace(CRLF, "")).unwrap(), bytes);
        }
    }
}
