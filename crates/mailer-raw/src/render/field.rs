//! Header fields and their folding (RFC 5322 §2.2).

use super::line::CRLF;

/// The maximum length of a header line in bytes without its CRLF: RFC 2047 §2 allows this for a line with
/// an encoded word, and RFC 5322 §2.1.1 recommends at most 78.
const LINE: usize = 76;

/// The maximum length in bytes of a word that fits on its own line, after the space of a continuation.
pub(super) const WORD: usize = LINE - 1;

/// A field that is written word by word. Lines are folded between words only, and every line has a word. A
/// line of white space would end the header for some readers (RFC 5322 §3.2.2).
pub(super) struct Field<'a> {
    out: &'a mut String,
    column: usize,
}

impl<'a> Field<'a> {
    /// Writes a whole field whose value cannot be folded.
    pub(super) fn write(name: &str, value: impl AsRef<str>, out: &mut String) {
        let mut field = Field::begin(name, out);
        field.word(value.as_ref());
        field.end();
    }

    /// Begins a field.
    pub(super) fn begin(name: &str, out: &'a mut String) -> Self {
        out.push_str(name);
        out.push(':');
        Self { out, column: name.len() + 1 }
    }

    /// Returns the maximum length in bytes of the next word on this line.
    pub(super) fn room(&self) -> usize {
        WORD.saturating_sub(self.column)
    }

    /// Writes a space and a word, on the next line if this one has no room.
    pub(super) fn word(&mut self, word: &str) {
        if word.len() > self.room() && self.column > 0 {
            self.fold();
        }
        self.out.push(' ');
        self.out.push_str(word);
        self.column += 1 + word.len();
    }

    /// Starts a new line. A word must follow.
    pub(super) fn fold(&mut self) {
        self.out.push_str(CRLF);
        self.column = 0;
    }

    /// Ends the field.
    pub(super) fn end(self) {
        self.out.push_str(CRLF);
    }
}

/// Whether readers return this text unchanged if a header contains it unencoded. It must be ASCII without
/// anything that looks like an encoded word, and without white space that readers trim or squeeze, and each
/// word must fit on a line.
pub(super) fn reads_back(text: &str) -> bool {
    let words_fit = text.split(' ').all(|word| (1..=WORD).contains(&word.len()));
    words_fit && text.is_ascii() && !text.contains("=?")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(words: &[&str]) -> String {
        let mut out = String::new();
        let mut field = Field::begin("Subject", &mut out);
        words.iter().for_each(|word| field.word(word));
        field.end();
        out
    }

    #[test]
    fn a_line_is_filled_to_76_bytes_and_folded_before_the_next_word() {
        let (fits, too_long) = ("a".repeat(67), "a".repeat(68));
        assert_eq!(field(&[&fits, "b"]), format!("Subject: {fits}\r\n b\r\n"));
        assert_eq!(field(&[&too_long, "b"]), format!("Subject:\r\n {too_long} b\r\n"));
    }

    #[test]
    fn a_word_longer_than_a_line_makes_no_empty_line() {
        let long = "a".repeat(200);
        assert_eq!(field(&[&long, &long]), format!("Subject:\r\n {long}\r\n {long}\r\n"));
    }

    #[test]
    fn a_text_that_readers_might_change_needs_an_encoding() {
        for kept in ["a", "a b", "?= x =", "\"a\" (b), <c>", &"a".repeat(WORD)] {
            assert!(reads_back(kept), "{kept:?}");
        }
        for changed in ["", " a", "a ", "a  b", "ä", "=?utf-8?q?x?=", "x=?y", &"a".repeat(WORD + 1)]
        {
            assert!(!reads_back(changed), "{changed:?}");
        }
    }

    proptest! {
        #[test]
        fn an_unfolded_field_has_the_words_that_were_written(words in proptest::collection::vec("[!-~]{1,90}", 1..12)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let written = field(&words);
            // RFC 5322 §2.2.3: unfolding removes the CRLF before white space.
            let unfolded = written.replace("\r\n ", " ");
            prop_assert_eq!(unfolded, format!("Subject: {}\r\n", words.join(" ")));
            for line in written.split_terminator(CRLF) {
                let is_one_word = line.trim_start().len() > WORD && !line.trim_start().contains(' ');
                prop_assert!(line.len() <= LINE || is_one_word, "{:?}", line);
                prop_assert!(!line.trim().is_empty());
            }
        }
    }
}
