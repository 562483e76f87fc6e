//! Base64 in lines (RFC 2045 §6.8).

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::line::CRLF;

/// The number of bytes that make a line of 76 characters, the maximum.
const BYTES_PER_LINE: usize = 57;
/// The length of that line in bytes, with its CRLF.
const LINE: usize = BYTES_PER_LINE / 3 * 4 + CRLF.len();

/// Appends the encoded bytes line by line, without another copy of them.
pub(super) fn encode(bytes: &[u8], out: &mut String) {
    for line in bytes.chunks(BYTES_PER_LINE) {
        STANDARD.encode_string(line, out);
        out.push_str(CRLF);
    }
}

/// Returns the encoded length of that many bytes, rounded up to whole lines.
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
    fn no_bytes_make_no_line() {
        let mut out = String::new();
        encode(&[], &mut out);
        assert_eq!((out.as_str(), encoded_len(0)), ("", 0));
    }

    proptest! {
        #[test]
        fn all_bytes_are_decoded_unchanged(
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
