//! The body of a text part, in the plainest encoding that carries it whole (RFC 2045 §6).

use super::{CRLF, base64_lines, boundary::BOUNDARY_LINE, quoted_printable};

/// Octets in a line, its CRLF not counted (RFC 5322 §2.1.1 advises it; 998 is the limit).
const LINE: usize = 78;

/// A text with CRLF line ends, and how it is encoded.
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
    /// The body of a text whose line ends may be of any kind, the last one missing.
    pub(super) fn new(text: &str) -> Self {
        let text = with_crlf(text);
        let encoding = Encoding::plainest_for(&text);
        Self { text, encoding }
    }

    /// What Content-Transfer-Encoding says.
    pub(super) fn encoding_name(&self) -> &'static str {
        match self.encoding {
            Encoding::SevenBit => "7bit",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Base64 => "base64",
        }
    }

    /// Writes it; it ends in CRLF, unless there is nothing.
    pub(super) fn write(&self, out: &mut String) {
        match self.encoding {
            Encoding::SevenBit => out.push_str(&self.text),
            Encoding::QuotedPrintable => quoted_printable::encode(&self.text, out),
            Encoding::Base64 => base64_lines::encode(self.text.as_bytes(), out),
        }
    }
}

impl Encoding {
    fn plainest_for(text: &str) -> Self {
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

/// Whether a line needs no encoding: ASCII, not too long, no white space at its end for a server to
/// strip, and nothing that could be taken for the end of a part: some readers look for one in the middle
/// of a line too.
fn travels_safely(line: &str) -> bool {
    line.len() <= LINE
        && line.bytes().all(|b| matches!(b, b' '..=b'~' | b'\t'))
        && !line.ends_with([' ', '\t'])
        && !line.contains(BOUNDARY_LINE)
}

/// The text with CRLF for each CR, LF and CRLF, and at its end.
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
    fn plain_text_stays_plain() {
        for text in ["", "a\n.\n..\n\n", "a\tb", "From me", &"a".repeat(LINE)] {
            assert_eq!(encoding(text), Encoding::SevenBit, "{text:?}");
        }
    }

    #[test]
    fn what_could_be_changed_on_the_way_is_encoded() {
        for text in ["ä", "a \nb", "-- \n", "a\t", "\0", "--=_", "a--=_1", &"a".repeat(LINE + 1)] {
            assert_ne!(encoding(text), Encoding::SevenBit, "{text:?}");
        }
    }

    #[test]
    fn the_shorter_encoding_wins() {
        assert_eq!(encoding("Grüße aus Köln"), Encoding::QuotedPrintable);
        assert_eq!(encoding(&"a".repeat(5000)), Encoding::QuotedPrintable);
        assert_eq!(
            encoding("おはようございます。お元気ですか。今日はいい天気ですね。"),
            Encoding::Base64
        );
    }
}
