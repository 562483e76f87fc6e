//! Parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231).

use super::{
    field::{self, WORD},
    mailbox::quote,
};

/// The number of bytes that are reserved for the semicolon after a parameter.
const SEMICOLON: usize = 1;

/// Encodes a parameter in the simplest form that holds its value: a quoted string, the extended form of
/// RFC 2231 §4, or several pieces of it (§3). Each fits on one line.
pub(super) fn encode(name: &str, value: &str) -> Vec<String> {
    let quoted = format!("{name}={}", quote(value));
    if field::reads_back(value) && fits(&quoted) {
        return vec![quoted];
    }
    let extended = format!("{name}*=utf-8''{}", percent_encode(value));
    if fits(&extended) { vec![extended] } else { pieces(name, value) }
}

fn fits(parameter: &str) -> bool {
    parameter.len() + SEMICOLON <= WORD
}

/// Returns `name*0*=utf-8''...`, `name*1*=...` and so on, split between characters.
fn pieces(name: &str, value: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = format!("{name}*0*=utf-8''");
    for c in value.chars() {
        let encoded = percent_encode(c.encode_utf8(&mut [0; 4]));
        if piece.len() + encoded.len() + SEMICOLON > WORD {
            pieces.push(piece);
            piece = format!("{name}*{}*=", pieces.len());
        }
        piece.push_str(&encoded);
    }
    pieces.push(piece);
    pieces
}

/// Escapes more characters than RFC 2231 §7 requires, because some readers misinterpret the others.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::unescape::unescape, *};

    #[test]
    fn ascii_is_quoted_and_other_text_extended() {
        for (value, wanted) in [
            ("plan.pdf", "filename=\"plan.pdf\""),
            ("my plan.pdf", "filename=\"my plan.pdf\""),
            ("a\"b\\c", "filename=\"a\\\"b\\\\c\""),
            ("Grüße.txt", "filename*=utf-8''Gr%C3%BC%C3%9Fe.txt"),
            ("50% 'off'*", "filename=\"50% 'off'*\""),
            ("50 € 'off'*", "filename*=utf-8''50%20%E2%82%AC%20%27off%27%2A"),
            (" a ", "filename*=utf-8''%20a%20"),
        ] {
            assert_eq!(encode("filename", value), [wanted]);
        }
    }

    /// The title of the example in RFC 2231 §4.1, twice.
    #[test]
    fn a_long_value_is_continued() {
        let value = "This is even more ***fun*** isn't it! ".repeat(2);
        assert_eq!(
            encode("title", &value),
            [
                "title*0*=utf-8''This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t",
                "title*1*=%20it%21%20This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn",
                "title*2*=%27t%20it%21%20",
            ]
        );
        assert!(encode("filename", &"🏳️‍🌈".repeat(30)).iter().all(|piece| fits(piece)));
    }

    /// A minimal reader of RFC 2045 §5.1 and RFC 2231.
    fn decode(parameters: &[String]) -> String {
        if let [parameter] = parameters
            && let Some(quoted) = parameter.strip_prefix("name=\"")
        {
            return quoted.strip_suffix('"').unwrap().replace("\\\"", "\"").replace("\\\\", "\\");
        }
        let pieces = parameters.iter().enumerate().map(|(index, parameter)| {
            let name =
                if parameters.len() == 1 { "name*=".into() } else { format!("name*{index}*=") };
            let value = parameter.strip_prefix(&name).unwrap();
            if index == 0 { value.strip_prefix("utf-8''").unwrap() } else { value }
        });
        String::from_utf8(unescape(&pieces.collect::<String>(), b'%')).unwrap()
    }

    proptest! {
        #[test]
        fn every_value_fits_and_is_decoded_unchanged(value in "(\\PC|[ \"%*';=é語]){0,200}") {
            let parameters = encode("name", &value);
            prop_assert_eq!(decode(&parameters), value.as_str());
            for parameter in &parameters {
                prop_assert!(fits(parameter), "{}", parameter);
                prop_assert!(parameter.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            }
        }
    }
}
