//! Names of the parts of a message.

use std::{fmt, str::FromStr};

use crate::{Error, Kind};

/// The maximum length of a Content-ID in bytes: it cannot be folded.
const MAX_CONTENT_ID: usize = 200;

/// The name of a part of a message, in Content-ID and in `cid:` URLs (RFC 2392).
///
/// RFC 2045 §7 requires an `@` in it. Mail programs do not, and authors of HTML write `cid:logo.png`, so it is
/// optional here. A percent sign is not allowed, because it begins an escape in a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContentId(String);

impl ContentId {
    /// Returns the name, without angle brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContentId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$&'*+-./=?^_`{|}~".contains(&b);
        let parts: Vec<&str> = text.split('@').collect();
        let is_valid = parts.len() <= 2
            && text.len() <= MAX_CONTENT_ID
            && parts.iter().all(|part| !part.is_empty() && part.bytes().all(is_allowed));
        if is_valid {
            return Ok(Self(text.to_owned()));
        }
        let what = format!("\"{text}\" cannot be a Content-ID");
        Err(Error::new(Kind::Message, what)
            .with_hint("write letters, digits and signs such as . - _ without spaces"))
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_id_ends_neither_its_field_nor_an_attribute_of_html() {
        for text in ["logo.png", "1@example.com", "a-b_c"] {
            assert_eq!(text.parse::<ContentId>().unwrap().as_str(), text);
        }
        let long = "a".repeat(201);
        for text in ["", "a b", "a>", "a\r\nX: y", "a\"", "50%", "a@b@c", "@b", "logo\u{fc}", &long]
        {
            assert!(text.parse::<ContentId>().is_err(), "{text:?}");
        }
    }
}
