//! Header fields and their folding (RFC 5322 §2.2).

use super::CRLF;

/// Octets in a header line, its CRLF not counted: as many as RFC 2047 §2 allows a line with an
/// encoded word, and within the 78 of RFC 5322 §2.1.1.
const LINE: usize = 76;

/// Octets in a word that fits on a line of its own, behind the space that makes it a continuation.
pub(super) const WORD: usize = LINE - 1;

/// One field on its way out, word by word. A line is folded between words only and never without
/// one, so no line is white space alone: such a line would end the header for some readers
/// (RFC 5322 §3.2.2).
pub(super) struct Field<'a> {
    out: &'a mut String,
    column: usize,
}

impl<'a> Field<'a> {
    /// Writes a whole field whose value has no place to fold.
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

    /// Octets that the next word may have to stay on this line.
    pub(super) fn room(&self) -> usize {
        WORD.saturating_sub(self.column)
    }

    /// Writes a space and a word; on the next line if this one has no room for it.
    pub(super) fn word(&mut self, word: &str) {
        if word.len() > self.room() && self.column > 0 {
            self.fold();
        }
        self.out.push(' ');
        self.out.push_str(word);
        self.column += 1 + word.len();
    }

    /// Puts the next word, which has to follow, on a new line.
    pub(super) fn fold(&mut self) {
        self.out.push_str(CRLF);
        self.column = 0;
    }

    /// Ends the field.
    pub(super) fn end(self) {
        self.out.push_str(CRLF);
    }
}

/// Whether a text reads back the same if its words stand in a header as they are: it is ASCII, it
/// has nothing that looks like an encoded word, and white space that readers trim or squeeze it
/// has not; and each word fits on a line. Everything else needs an encoding.
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
    fn a_line_is_filled_to_76_octets_and_folded_before_the_next_word() {
        let (fits, too_long) = ("a".repeat(67), "a".repeat(68));
        assert_eq!(field(&[&fits, "b"]), format!("Subject: {fits}\r\n b\r\n"));
        assert_eq!(field(&[&too_long, "b"]), format!("Subject:\r\n {too_long} b\r\n"));
    }

    #[test]
    fn a_word_that_fits_nowhere_makes_no_empty_line() {
        let long = "a".repeat(200);
        assert_eq!(field(&[&long, &long]), format!("Subject:\r\n {long}\r\n {long}\r\n"));
    }

    #[test]
    fn what_a_reader_might_change_is_told_from_what_it_keeps() {
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
        fn unfolded_it_is_what_was_written(words in proptest::collection::vec("[!-~]{1,90}", 1..12)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let written = field(&words);
            // RFC 5322 §2.2.3: the CRLF before white space is taken away.
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
