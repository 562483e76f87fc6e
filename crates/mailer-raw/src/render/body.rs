//! The body of a text part, in the simplest encoding that carries it unchanged (RFC 2045 §6).

use super::{base64_lines, boundary::BOUNDARY_LINE, line::CRLF, quoted_printable};

/// The maximum length of a line in bytes without its CRLF (RFC 5322 §2.1.1 recommends it; 998 is the
/// limit).
const LINE: usize = 78;

/// A text with CRLF line ends, and its encoding.
pub(super) struct Body {
    text: String,
    encoding: Encoding,
}

/// A content transfer encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    SevenBit,
    QuotedPrintable,
    Base64,
}

impl Body {
    /// Creates the body of a text. Its line ends may be CR, LF or CRLF, and the last one may be missing.
    pub(super) fn new(text: &str) -> Self {
        let text = with_crlf(text);
        let encoding = Encoding::simplest_for(&text);
        Self { text, encoding }
    }

    /// Returns the value of Content-Transfer-Encoding.
    pub(super) fn encoding_name(&self) -> &'static str {
        match self.encoding {
            Encoding::SevenBit => "7bit",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Base64 => "base64",
        }
    }

    /// Writes the body. It ends in CRLF, unless it is empty.
    pub(super) fn write(&self, out: &mut String) {
        match self.encoding {
            Encoding::SevenBit => out.push_str(&self.text),
            Encoding::QuotedPrintable => quoted_printable::encode(&self.text, out),
            Encoding::Base64 => base64_lines::encode(self.text.as_bytes(), out),
        }
    }
}

impl Encoding {
    fn simplest_for(text: &str) -> Self {
        if text.split_terminator(CRLF).all(travels_safely) {
            return Self::SevenBit;
        }
        let by_quoting = quoted_printable::encoded_len(text);
        if by_quoting <= base64_lines::encoded_len(text.len()) {
            Self::QuotedPrintable
        } else {
            Self::Base64
        }
    }
}

/// Whether a line needs no encoding. It must be ASCII and short, without white space at its end, which a
/// server might strip, and without the start of a boundary, which some readers find in the middle of a line
/// too.
fn travels_safely(line: &str) -> bool {
    line.len() <= LINE
        && line.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t'))
        && !line.ends_with([' ', '\t'])
        && !line.contains(BOUNDARY_LINE)
}

/// Returns the text with CRLF for each CR, LF and CRLF, and at its end.
fn with_crlf(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 16 + CRLF.len());
    for line in text.replace(CRLF, "\n").split_terminator(['\r', '\n']) {
        lines.push_str(line);
        lines.push_str(CRLF);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(text: &str) -> Encoding {
        Body::new(text).encoding
    }

    #[test]
    fn every_kind_of_line_end_becomes_crlf() {
        for (text, wanted) in [
            ("", ""),
            ("a", "a\r\n"),
            ("a\nb\n", "a\r\nb\r\n"),
            ("a\rb\r\nc\n\n", "a\r\nb\r\nc\r\n\r\n"),
            ("\n\r\r\n", "\r\n\r\n\r\n"),
        ] {
            assert_eq!(with_crlf(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn plain_text_is_not_encoded() {
        for text in ["", "a\n.\n..\n\n", "a\tb", "From me", &"a".repeat(LINE)] {
            assert_eq!(encoding(text), Encoding::SevenBit, "{text:?}");
        }
    }

    #[test]
    fn text_that_a_server_might_change_is_encoded() {
        for text in ["ä", "a \nb", "-- \n", "a\t", "\0", "--=_", "a--=_1", &"a".repeat(LINE + 1)] {
            assert_ne!(encoding(text), Encoding::SevenBit, "{text:?}");
        }
    }

    #[test]
    fn the_shorter_encoding_is_chosen() {
        assert_eq!(encoding("Grüße aus Köln"), Encoding::QuotedPrintable);
        assert_eq!(encoding(&"a".repeat(5000)), Encoding::QuotedPrintable);
        assert_eq!(
            encoding("おはようございます。お元気ですか。今日はいい天気ですね。"),
            Encoding::Base64
        );
    }
}
