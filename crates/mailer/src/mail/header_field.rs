//! Header fields that a draft adds to those that a backend writes.

use std::{fmt, str::FromStr};

use crate::{Error, HeaderText, Kind};

/// The maximum length of a name in bytes: the colon and the start of the value fit in the same line.
const MAX_NAME: usize = 76;
/// The maximum length of a word of the value in bytes. A line can be folded between words only, and has at most
/// 998 bytes (RFC 5322 §2.1.1).
const MAX_WORD: usize = 900;

/// A header field that a draft adds, such as `List-Unsubscribe` or `X-Mailer` (RFC 5322 §3.6.8).
///
/// The value is plain Unicode. A backend encodes the words that are not ASCII (RFC 2047), folds the line
/// between words and changes nothing else, so structured values such as `<1@example.com>` are kept.
///
/// ```
/// use mailer::HeaderField;
/// let field: HeaderField = "In-Reply-To: <1@example.com>".parse()?;
/// assert_eq!((field.name(), field.value()), ("In-Reply-To", "<1@example.com>"));
/// assert!("X-A: b\r\nBcc: eve@example.com".parse::<HeaderField>().is_err());
/// assert!("Subject: hello".parse::<HeaderField>().is_err());
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HeaderField {
    name: String,
    value: HeaderText,
}

impl HeaderField {
    /// The fields that a backend writes itself, or that only a server adds (Return-Path, Received), in lower
    /// case. Every field whose name begins with `Content-` belongs to them.
    pub const RESERVED: &'static [&'static str] = &[
        "from",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "return-path",
        "received",
    ];

    /// Returns a field with this name and value.
    ///
    /// # Errors
    /// [`Kind::Message`] if the name is not valid (RFC 5322 §3.6.8) or [reserved](Self::is_reserved), or if
    /// the value is empty, has a control character, or has a word that does not fit in a line.
    pub fn new(name: impl Into<String>, value: &str) -> Result<Self, Error> {
        let name = name.into();
        let refuse = |why: &str| {
            Error::new(Kind::Message, format!("\"{name}\" cannot be a header field: {why}"))
        };
        let is_name = |b: u8| b.is_ascii_graphic() && b != b':';
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(refuse("its name must be printable ASCII without spaces and colons")
                .with_hint("write it as Name: value"));
        }
        if name.len() > MAX_NAME {
            return Err(refuse("its name is too long"));
        }
        if Self::is_reserved(&name) {
            return Err(refuse("a message gets this field from another setting"));
        }
        let value = HeaderText::new(value.trim_matches(' '))?;
        if value.as_str().is_empty() {
            return Err(refuse("it has no value").with_hint("write it as Name: value"));
        }
        if value.as_str().split(' ').any(|word| word.is_ascii() && word.len() > MAX_WORD) {
            return Err(refuse("a word of its value does not fit in a line (RFC 5322 §2.1.1)"));
        }
        Ok(Self { name, value })
    }

    /// Whether this is the name of a field that a backend or a server writes.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        name.starts_with("content-") || Self::RESERVED.contains(&name.as_str())
    }

    /// Returns the name, without the colon.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the value in plain Unicode.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.as_str()
    }
}

impl FromStr for HeaderField {
    type Err = Error;

    /// Parses `Name: value`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, value) = text.split_once(':').ok_or_else(|| {
            Error::new(Kind::Message, format!("\"{text}\" is not a header field: it has no colon"))
                .with_hint("write it as Name: value")
        })?;
        Self::new(name, value)
    }
}

impl fmt::Debug for HeaderField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.name, self.value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<HeaderField, Error> {
        text.parse()
    }

    #[test]
    fn a_name_follows_rfc_5322() {
        for text in ["X-A: b", "x:y", "List-Unsubscribe: <https://example.com/?a:b>", "!#$%&'*+: ü"]
        {
            assert!(parse(text).is_ok(), "{text}");
        }
        let long = format!("{}: x", "a".repeat(77));
        for text in ["", "X-A", ": b", "X A: b", "X\u{fc}: b", "X\t: b", "X-A:", "X-A:  ", &long] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn fields_that_a_backend_writes_are_refused_in_any_case() {
        let names = HeaderField::RESERVED.iter().copied().chain(["Content-Type", "content-x"]);
        for name in names {
            for name in [name.to_owned(), name.to_ascii_uppercase()] {
                assert!(HeaderField::new(&*name, "x").is_err(), "{name}");
            }
        }
        assert!(HeaderField::new("Contents", "x").is_ok());
    }

    #[test]
    fn a_word_that_does_not_fit_in_a_line_is_refused() {
        let value = |length: usize| format!("a {} b", "x".repeat(length));
        assert!(HeaderField::new("X", &value(900)).is_ok());
        assert!(HeaderField::new("X", &value(901)).is_err());
    }

    proptest! {
        #[test]
        fn no_field_ends_its_line(name in "[!-~]{0,9}[\0-\x7f]?", value in "\\PC{0,9}[\0-\x1f\x7f]?[a-z]{0,9}") {
            if let Ok(field) = HeaderField::new(&*name, &value) {
                let line = format!("{}: {}", field.name(), field.value());
                prop_assert!(!line.contains(char::is_control), "{line:?}");
                prop_assert_eq!(field.name(), name);
            }
        }
    }
}
