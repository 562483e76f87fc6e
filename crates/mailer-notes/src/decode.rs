//! Decoding of what a message writes in ASCII: quoted-printable, base64 and encoded words.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Returns the byte of a quoted-printable sequence such as `=C3`, if one comes next.
pub(crate) fn quoted_byte(bytes: &[u8]) -> Option<u8> {
    let [b'=', high, low, ..] = bytes else { return None };
    let digit =
        |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// Returns a line of base64 as text, if it is complete UTF-8.
pub(crate) fn base64_text(line: &[u8]) -> Option<String> {
    shown(STANDARD.decode(line).ok()?)
}

/// An encoded word (RFC 2047 §2) at the beginning of some bytes.
pub(crate) struct EncodedWord {
    /// Its length in bytes.
    pub(crate) length: usize,
    /// Its text, if the charset is known here and fits.
    pub(crate) text: Option<String>,
}

/// The maximum length of an encoded word that is looked for. RFC 2047 §2 allows 75 bytes, and some
/// senders exceed that.
const LONGEST_WORD: usize = 256;

impl EncodedWord {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let inside = bytes.strip_prefix(b"=?")?;
        let inside = inside.get(..LONGEST_WORD).unwrap_or(inside);
        let word = inside.split(|&byte| matches!(byte, b' ' | b'\t')).next()?;
        let mut fields = word.splitn(3, |&byte| byte == b'?');
        let (charset, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
        let closing = rest.windows(2).position(|pair| pair == b"?=")?;
        let encoded = rest.get(..closing)?;
        let decoded = match encoding {
            b"q" | b"Q" => Some(q_bytes(encoded)),
            b"b" | b"B" => STANDARD.decode(encoded).ok(),
            _ => return None,
        };
        let length = "=????=".len() + charset.len() + encoding.len() + encoded.len();
        let text = decoded.filter(|_| is_utf8(charset)).and_then(shown);
        Some(Self { length, text })
    }
}

/// Whether text in this charset is UTF-8, as ASCII is.
fn is_utf8(charset: &[u8]) -> bool {
    charset.eq_ignore_ascii_case(b"utf-8") || charset.eq_ignore_ascii_case(b"us-ascii")
}

/// The encoding Q of encoded words, in which `_` is a space (RFC 2047 §4.2).
fn q_bytes(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut ahead = encoded;
    while let [first, rest @ ..] = ahead {
        let quoted = quoted_byte(ahead);
        bytes.push(quoted.unwrap_or(if *first == b'_' { b' ' } else { *first }));
        ahead = if quoted.is_some() { rest.get(2..).unwrap_or(&[]) } else { rest };
    }
    bytes
}

/// Returns text that is safe to show.
pub(crate) fn shown(bytes: Vec<u8>) -> Option<String> {
    Some(mailer::escape(&String::from_utf8(bytes).ok()?).into_owned())
}
