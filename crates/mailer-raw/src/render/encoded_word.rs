//! Encoded words: text beyond ASCII in header fields (RFC 2047).
//!
//! The whole text is encoded, not only the words that need it. Readers drop the white space between two
//! encoded words (§6.2) and keep the white space inside, so the spaces are unambiguous.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The maximum length of an encoded word in bytes (§2).
const MAX: usize = 75;
/// The length in bytes of what surrounds the encoded text: `=?utf-8?q?` and `?=`.
const FRAME: usize = 12;
/// The length of the longest encoded character: four bytes in Q.
const LONGEST_CHARACTER: usize = 12;

/// Encodes a text as one or more words, split between characters (§5). The first word has at most `room`
/// bytes, unless no character fits into that: then it is meant for the next line.
pub(super) fn encode(text: &str, room: usize) -> Vec<String> {
    let coding = Coding::shorter_for(text);
    let mut room = if room < FRAME + LONGEST_CHARACTER { MAX } else { room.min(MAX) };
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, tail) = coding.split(rest, room - FRAME);
        words.push(coding.word(part));
        rest = tail;
        room = MAX;
    }
    words
}

#[derive(Clone, Copy)]
enum Coding {
    B,
    Q,
}

impl Coding {
    /// Returns the encoding that makes the text shorter, or Q if both do, because people can partly read
    /// it.
    fn shorter_for(text: &str) -> Self {
        let q: usize = text.bytes().map(q_len).sum();
        if q <= text.len().div_ceil(3) * 4 { Self::Q } else { Self::B }
    }

    /// Splits the text after the last character whose encoded form ends within `room` bytes.
    fn split(self, text: &str, room: usize) -> (&str, &str) {
        let budget = match self {
            Self::B => room / 4 * 3,
            Self::Q => room,
        };
        let mut used = 0;
        for (at, c) in text.char_indices() {
            used += match self {
                Self::B => c.len_utf8(),
                Self::Q => c.encode_utf8(&mut [0; 4]).bytes().map(q_len).sum(),
            };
            if used > budget {
                return text.split_at(at);
            }
        }
        (text, "")
    }

    fn word(self, text: &str) -> String {
        match self {
            Self::B => format!("=?utf-8?b?{}?=", STANDARD.encode(text)),
            Self::Q => format!("=?utf-8?q?{}?=", text.bytes().map(q).collect::<String>()),
        }
    }
}

/// Encodes a byte in the strictest form of Q, which is allowed before an address too (§5, rule 3).
fn q(byte: u8) -> String {
    match byte {
        b' ' => "_".into(),
        _ if is_literal_in_q(byte) => char::from(byte).into(),
        _ => format!("={byte:02X}"),
    }
}

fn q_len(byte: u8) -> usize {
    if byte == b' ' || is_literal_in_q(byte) { 1 } else { 3 }
}

fn is_literal_in_q(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::unescape::unescape, *};

    #[test]
    fn the_examples_of_rfc_2047_in_utf_8() {
        for (text, wanted) in [
            ("Keld Jørn Simonsen", "=?utf-8?q?Keld_J=C3=B8rn_Simonsen?="),
            ("Patrik Fältström", "=?utf-8?b?UGF0cmlrIEbDpGx0c3Ryw7Zt?="),
            ("a b", "=?utf-8?q?a_b?="),
            ("an under_score?", "=?utf-8?q?an_under=5Fscore=3F?="),
            ("עולם", "=?utf-8?b?16LXldec150=?="),
        ] {
            assert_eq!(encode(text, MAX), [wanted]);
        }
    }

    #[test]
    fn words_are_filled_and_split_between_characters() {
        let words = encode(&"語".repeat(40), 40);
        assert_eq!(words.iter().map(String::len).collect::<Vec<_>>(), [40, 72, 72, 24]);
        let words = encode(&"aé".repeat(30), MAX);
        assert!(words.iter().all(|word| word.len() <= MAX && !word.contains("=C3?=")));
    }

    #[test]
    fn a_word_that_does_not_fit_is_meant_for_the_next_line() {
        assert_eq!(encode("née", 3), ["=?utf-8?q?n=C3=A9e?="]);
        assert_eq!(encode("🦀", FRAME + LONGEST_CHARACTER).len(), 1);
    }

    /// A minimal reader of RFC 2047.
    fn decode(word: &str) -> Vec<u8> {
        let inside = word.strip_prefix("=?utf-8?").unwrap().strip_suffix("?=").unwrap();
        match inside.split_once('?').unwrap() {
            ("b", text) => STANDARD.decode(text).unwrap(),
            ("q", text) => unescape(&text.replace('_', " "), b'='),
            (coding, _) => panic!("{coding} is no coding"),
        }
    }

    proptest! {
        #[test]
        fn the_words_contain_whole_characters_and_decode_to_the_text(
            text in "(\\PC|[ _=?aé語]){0,120}", room in 0_usize..90,
        ) {
            let words = encode(&text, room);
            let texts = words.iter().map(|word| String::from_utf8(decode(word)).unwrap());
            prop_assert_eq!(texts.collect::<String>(), text);
            for (index, word) in words.iter().enumerate() {
                let room = if index > 0 || room < FRAME + LONGEST_CHARACTER { MAX } else { room };
                prop_assert!(word.len() <= room.min(MAX), "{}", word);
                prop_assert!(word.bytes().all(|byte| byte.is_ascii_graphic()), "{}", word);
            }
        }
    }
}
