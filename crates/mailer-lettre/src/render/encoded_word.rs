//! Text that looks like an encoded word (RFC 2047) but is not one.
//!
//! lettre encodes only non-ASCII text, so the subject `=?utf-8?q?x?=` is sent unchanged and every mail
//! program shows `x`. This module encodes the whole text, with lettre's own encoder if possible.

use std::error::Error as StdError;

use email_encoding::headers::{rfc2047, writer::EmailWriter};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use mailer::{Error, Kind};

const DISPOSITION: &str = "Content-Disposition";
/// The maximum number of bytes of a file name on one line: a line should have at most 78 (RFC 5322
/// §2.1.1).
const PIECE: usize = 54;

/// Whether a mail program might decode a part of this text.
pub(super) fn looks_like_one(text: &str) -> bool {
    text.contains("=?")
}

/// Returns a field whose value is encoded words.
pub(super) fn field(name: HeaderName, text: &str) -> Result<HeaderValue, Error> {
    let mut encoded = String::new();
    let before = name.len() + ": ".len();
    rfc2047::encode(text, &mut EmailWriter::new(&mut encoded, before, 0, false)).map_err(
        |cause| Error::new(Kind::Internal, "a header field is not encoded").with_cause(cause),
    )?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), encoded))
}

/// Content-Disposition with the file name in the extended form of RFC 2231 §4.
///
/// lettre's own type writes an ASCII name as a quoted string, in which many mail programs decode
/// encoded words.
#[derive(Clone)]
pub(super) struct Disposition(HeaderValue);

impl Disposition {
    pub(super) fn new(kind: &str, file_name: &str) -> Self {
        let parameters = parameters(file_name);
        let encoded = format!("{kind};\r\n {}", parameters.join(";\r\n "));
        let name = HeaderName::new_from_ascii_str(DISPOSITION);
        Self(HeaderValue::dangerous_new_pre_encoded(name, file_name.to_owned(), encoded))
    }
}

impl Header for Disposition {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str(DISPOSITION)
    }

    /// Fails, because the field is only written.
    fn parse(_: &str) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        Err("a file name is not read back".into())
    }

    fn display(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// Returns `filename*0*=utf-8''...`, `filename*1*=...` and so on (RFC 2231 §4.1). They are split between
/// characters, because some mail programs decode each parameter separately.
fn parameters(file_name: &str) -> Vec<String> {
    let mut parameters = Vec::new();
    let mut parameter = "filename*0*=utf-8''".to_owned();
    let mut room = PIECE;
    for character in file_name.chars() {
        let encoded = percent_encoded(character);
        if encoded.len() > room {
            parameters.push(parameter);
            parameter = format!("filename*{}*=", parameters.len());
            room = PIECE;
        }
        room -= encoded.len();
        parameter.push_str(&encoded);
    }
    parameters.push(parameter);
    parameters
}

fn percent_encoded(character: char) -> String {
    if character.is_ascii_alphanumeric() {
        return character.into();
    }
    character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_name_is_continued_between_characters() {
        let parameters = parameters(&"=?".repeat(15));
        let [first, second] = [&parameters[0], &parameters[1]];
        assert_eq!(*first, format!("filename*0*=utf-8''{}", "%3D%3F".repeat(9)));
        assert_eq!(*second, format!("filename*1*={}", "%3D%3F".repeat(6)));
        assert_eq!(parameters.len(), 2);
    }
}
