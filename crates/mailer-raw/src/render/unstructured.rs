//! Values that a draft gives in plain Unicode (RFC 5322 §2.2.1).

use mailer::HeaderField;

use super::{encoded_word, field::Field};

/// Writes a field of the draft. Words in ASCII stay as they are, so that structured values such as
/// `<1@example.com>` are kept; runs of other words become encoded words (RFC 2047).
pub(super) fn write(header_field: &HeaderField, out: &mut String) {
    let mut field = Field::begin(header_field.name(), out);
    let words: Vec<&str> = header_field.value().split(' ').collect();
    for run in words.chunk_by(|left, right| needs_encoding(left) == needs_encoding(right)) {
        if run.first().is_some_and(|word| needs_encoding(word)) {
            let text = run.join(" ");
            encoded_word::encode(&text, field.room()).iter().for_each(|word| field.word(word));
        } else {
            run.iter().for_each(|word| field.word(word));
        }
    }
    field.end();
}

/// Whether a reader would change the word: it is not ASCII, or looks like an encoded word.
fn needs_encoding(word: &str) -> bool {
    !word.is_ascii() || word.contains("=?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        write(&text.parse().unwrap(), &mut out);
        out
    }

    #[test]
    fn ascii_is_kept_and_other_words_are_encoded() {
        for (text, wanted) in [
            ("X-A: b  c", "X-A: b  c\r\n"),
            ("In-Reply-To: <1@example.com>", "In-Reply-To: <1@example.com>\r\n"),
            ("Sender: Jörgen <j@x.test>", "Sender: =?utf-8?q?J=C3=B6rgen?= <j@x.test>\r\n"),
            ("X: a ö ü b", "X: a =?utf-8?b?w7Ygw7w=?= b\r\n"),
            ("X: =?utf-8?q?x?=", "X: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n"),
        ] {
            assert_eq!(written(text), wanted);
        }
    }

    #[test]
    fn a_long_word_in_ascii_is_not_changed() {
        let url = format!("<https://example.com/{}>", "x".repeat(200));
        let text = format!("List-Unsubscribe: <mailto:leave@example.com>, {url}");
        let wanted = format!("List-Unsubscribe: <mailto:leave@example.com>,\r\n {url}\r\n");
        assert_eq!(written(&text), wanted);
    }
}
