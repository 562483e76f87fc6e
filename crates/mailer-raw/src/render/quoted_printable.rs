//! Quoted-printable (RFC 2045 §6.7) for text: line ends stay line ends.

use std::fmt::Write as _;

use super::line::CRLF;

/// The maximum length of an encoded line in bytes, with the `=` of a soft line break and without its CRLF
/// (rule 5).
const LINE: usize = 76;

/// Appends the encoded text. Each of its lines must end in CRLF.
pub(super) fn encode(text: &str, out: &mut String) {
    for line in text.split_terminator(CRLF) {
        encode_line(line.as_bytes(), out);
        out.push_str(CRLF);
    }
}

/// Returns the encoded length of a text in bytes, without soft line breaks.
pub(super) fn encoded_len(text: &str) -> usize {
    text.bytes()
        .map(|byte| if is_literal(byte) || byte == b'\r' || byte == b'\n' { 1 } else { 3 })
        .sum()
}

fn encode_line(line: &[u8], out: &mut String) {
    let mut column = 0;
    for (index, &byte) in line.iter().enumerate() {
        let is_last = index + 1 == line.len();
        // Some servers remove white space at the end of a line (rule 3).
        let literal = is_literal(byte) && !(is_last && byte.is_ascii_whitespace());
        let width = if literal { 1 } else { 3 };
        let limit = if is_last { LINE } else { LINE - 1 };
        if column + width > limit {
            out.push_str("=\r\n");
            column = 0;
        }
        if literal {
            out.push(char::from(byte));
        } else {
            push_escaped(byte, out);
        }
        column += width;
    }
}

/// Whether the byte needs no escape (rules 2 and 3).
fn is_literal(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t') && byte != b'='
}

fn push_escaped(byte: u8, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "={byte:02X}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::unescape::unescape, *};

    fn encoded(text: &str) -> String {
        let mut out = String::new();
        encode(text, &mut out);
        out
    }

    #[test]
    fn text_is_encoded_by_the_rules_of_rfc_2045() {
        for (text, wanted) in [
            ("", ""),
            ("\r\n", "\r\n"),
            (
                "If you believe that truth=beauty, then surely mathematics is the most beautiful \
                 branch of philosophy.\r\n",
                "If you believe that truth=3Dbeauty, then surely mathematics is the most bea=\r\n\
                 utiful branch of philosophy.\r\n",
            ),
            ("\u{c}\r\n", "=0C\r\n"),
            ("white space \r\nand\ttab\t\r\n", "white space=20\r\nand\ttab=09\r\n"),
            ("-- \r\nä\r\n..\r\n", "--=20\r\n=C3=A4\r\n..\r\n"),
        ] {
            assert_eq!(encoded(text), wanted);
        }
    }

    #[test]
    fn a_line_is_filled_to_76_bytes() {
        let line = |length| encoded(&format!("{}\r\n", "a".repeat(length)));
        assert_eq!(line(76), format!("{}\r\n", "a".repeat(76)));
        assert_eq!(line(77), format!("{}=\r\naa\r\n", "a".repeat(75)));
        assert_eq!(
            encoded(&format!("{}é\r\n", "a".repeat(73))),
            format!("{}=\r\n=C3=A9\r\n", "a".repeat(73))
        );
        assert_eq!(
            encoded(&format!("{}\u{7f}\r\n", "a".repeat(73))),
            format!("{}=7F\r\n", "a".repeat(73))
        );
    }

    /// Decodes as the receiving side does (RFC 2045 §6.7).
    fn decode(encoded: &str) -> String {
        String::from_utf8(unescape(&encoded.replace("=\r\n", ""), b'=')).unwrap()
    }

    proptest! {
        #[test]
        fn every_text_has_short_lines_and_is_decoded_unchanged(
            lines in proptest::collection::vec("(\\PC|[\\x00-\\x09 =.é]){0,120}", 0..6),
        ) {
            let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let mut encoded = String::new();
            encode(&text, &mut encoded);
            prop_assert_eq!(decode(&encoded), text);
            for line in encoded.split_terminator(CRLF) {
                prop_assert!(line.len() <= LINE, "{:?}", line);
                prop_assert!(line.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')));
                prop_assert!(!line.ends_with([' ', '\t']), "{:?}", line);
            }
        }
    }
}
