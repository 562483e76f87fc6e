//! The parameters of MAIL and RCPT (RFC 5321 §4.1.2), with the values that their RFCs allow.

use crate::{
    path,
    profile::Extension,
    reply::{self, Reply},
};

/// A parameter that this server knows.
#[derive(Debug)]
pub(crate) struct Parameter {
    keyword: &'static str,
    /// The extension that defines it.
    extension: Extension,
    /// Returns whether a value, or its absence, is allowed.
    allows: fn(Option<&str>) -> bool,
    /// The correct form, for the reply to an incorrect one.
    usage: &'static str,
}

/// The parameters of MAIL.
pub(crate) const OF_MAIL: &[Parameter] = &[
    Parameter {
        keyword: "SIZE",
        extension: Extension::Size,
        allows: |value| value.is_some_and(is_size),
        usage: "SIZE=bytes, in up to 20 digits",
    },
    Parameter {
        keyword: "BODY",
        extension: Extension::EightBitMime,
        allows: |value| is_one_of(value, &["7BIT", "8BITMIME", "BINARYMIME"]),
        usage: "BODY=7BIT, BODY=8BITMIME or BODY=BINARYMIME",
    },
    Parameter {
        keyword: "SMTPUTF8",
        extension: Extension::SmtpUtf8,
        allows: |value| value.is_none(),
        usage: "SMTPUTF8, without a value",
    },
    Parameter {
        keyword: "AUTH",
        extension: Extension::Auth,
        allows: |value| value.is_some_and(is_identity),
        usage: "AUTH=<> or AUTH=address, the address as xtext",
    },
    Parameter {
        keyword: "RET",
        extension: Extension::Dsn,
        allows: |value| is_one_of(value, &["FULL", "HDRS"]),
        usage: "RET=FULL or RET=HDRS",
    },
    Parameter {
        keyword: "ENVID",
        extension: Extension::Dsn,
        allows: |value| value.is_some_and(is_envelope_id),
        usage: "ENVID=xtext, of at most 100 characters",
    },
];

/// The parameters of RCPT.
pub(crate) const OF_RCPT: &[Parameter] = &[
    Parameter {
        keyword: "NOTIFY",
        extension: Extension::Dsn,
        allows: |value| value.is_some_and(is_notify),
        usage: "NOTIFY=NEVER, or NOTIFY= and a list of SUCCESS, FAILURE and DELAY",
    },
    Parameter {
        keyword: "ORCPT",
        extension: Extension::Dsn,
        allows: |value| value.is_some_and(is_original_recipient),
        usage: "ORCPT=type;address, the address as xtext of at most 500 characters",
    },
];

/// The parameters of one command. All of them are known and have allowed values.
#[derive(Debug)]
pub(crate) struct Parameters<'a>(Vec<(&'static Parameter, Option<&'a str>)>);

impl<'a> Parameters<'a> {
    /// Parses what follows the path, with one space before each parameter.
    ///
    /// # Errors
    /// The reply to the first invalid parameter.
    pub(crate) fn parse(text: &'a str, known: &'static [Parameter]) -> Result<Self, Reply> {
        let mut parameters = Self(Vec::new());
        if text.is_empty() {
            return Ok(parameters);
        }
        let text = text.strip_prefix(' ').ok_or(reply::PARAMETER_SPACING)?;
        for word in text.split(' ') {
            let (keyword, value) = match word.split_once('=') {
                Some((keyword, value)) => (keyword, Some(value)),
                None => (word, None),
            };
            if keyword.is_empty() {
                return Err(reply::PARAMETER_SPACING);
            }
            let known = known.iter().find(|known| known.keyword.eq_ignore_ascii_case(keyword));
            parameters.add(known.ok_or(reply::UNKNOWN_PARAMETER)?, value)?;
        }
        Ok(parameters)
    }

    fn add(&mut self, known: &'static Parameter, value: Option<&'a str>) -> Result<(), Reply> {
        if self.has(known.keyword) {
            return Err(reply::TWICE);
        }
        if !(known.allows)(value) {
            return Err(Reply::with_text(501, "5.5.4", format!("Write it {}", known.usage)));
        }
        self.0.push((known, value));
        Ok(())
    }

    /// Returns whether there is a parameter with this keyword.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.0.iter().any(|(known, _)| known.keyword == keyword)
    }

    /// Returns the value of the parameter with this keyword, empty if there is none.
    pub(crate) fn value(&self, keyword: &str) -> &'a str {
        let found = self.0.iter().find(|(known, _)| known.keyword == keyword);
        found.and_then(|(_, value)| *value).unwrap_or_default()
    }

    /// Returns the extensions that define these parameters.
    pub(crate) fn extensions(&self) -> Vec<Extension> {
        self.0.iter().map(|(known, _)| known.extension).collect()
    }
}

fn is_one_of(value: Option<&str>, allowed: &[&str]) -> bool {
    value.is_some_and(|value| allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(value)))
}

/// `1*20DIGIT` (RFC 1870 §3).
fn is_size(value: &str) -> bool {
    (1..=20).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// A mailbox as xtext, or `<>` for an unknown identity (RFC 4954 §5).
fn is_identity(value: &str) -> bool {
    decode_xtext(value).is_some_and(|identity| identity == "<>" || path::is_mailbox(&identity))
}

/// The value of ENVID (RFC 3461 §4.4).
fn is_envelope_id(value: &str) -> bool {
    let is_printable =
        |id: String| !id.is_empty() && id.bytes().all(|b| (b' '..=b'~').contains(&b));
    value.len() <= 100 && decode_xtext(value).is_some_and(is_printable)
}

/// The value of NOTIFY (RFC 3461 §4.1): NEVER by itself, or a list of events.
fn is_notify(value: &str) -> bool {
    let mut list = value.split(',');
    value.eq_ignore_ascii_case("NEVER")
        || list.all(|event| is_one_of(Some(event), &["SUCCESS", "FAILURE", "DELAY"]))
}

/// The value of ORCPT (RFC 3461 §4.2). The type utf-8 allows characters beyond ASCII (RFC 6533 §3).
fn is_original_recipient(value: &str) -> bool {
    let Some((kind, address)) = value.split_once(';') else { return false };
    let is_text = address.is_ascii() || kind.eq_ignore_ascii_case("utf-8");
    let is_address = decode_xtext(address).is_some_and(|address| !address.is_empty());
    path::is_atom(kind) && value.len() <= 500 && is_text && is_address
}

/// Decodes xtext (RFC 3461 §4), in which `+` and two digits encode a byte. None if it is not xtext.
fn decode_xtext(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => (hex_digit(bytes.next()?)? << 4) | hex_digit(bytes.next()?)?,
            b'=' | 0..=b' ' | 0x7f => return None,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// Decodes a hexadecimal digit, which is an upper-case letter in xtext.
fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the code of the reply, or None if the parameters are valid.
    fn refusal(text: &str, known: &'static [Parameter]) -> Option<u16> {
        Parameters::parse(text, known).err().map(|reply| reply.code)
    }

    #[test]
    fn mail_accepts_the_values_that_its_rfcs_allow() {
        let long_id = format!(" ENVID={}", "x".repeat(100));
        for text in [
            "",
            " SIZE=0",
            " size=18446744073709551616",
            " SIZE=99999999999999999999",
            " body=7bit",
            " BODY=8BITMIME SMTPUTF8",
            " BODY=BINARYMIME",
            " AUTH=<>",
            " AUTH=e+3Dmc2@example.com",
            " RET=hdrs ENVID=QQ314159",
            " RET=FULL ENVID=one+2Btwo",
            &long_id,
        ] {
            assert_eq!(refusal(text, OF_MAIL), None, "{text}");
        }
    }

    #[test]
    fn mail_refuses_other_values() {
        let long_id = format!(" ENVID={}", "x".repeat(101));
        for text in [
            " SIZE",
            " SIZE=",
            " SIZE=-1",
            " SIZE=+1",
            " SIZE=1x",
            " SIZE==1",
            " SIZE=100000000000000000000",
            " BODY",
            " BODY=",
            " BODY=9BIT",
            " BODY=8BITMIMEX",
            " BODY=8BIT-MIME",
            " SMTPUTF8=",
            " SMTPUTF8=1",
            " AUTH",
            " AUTH=",
            " AUTH=me",
            " AUTH=a+4@example.com",
            " AUTH=e=mc2@example.com",
            " RET=",
            " RET=BODY",
            " RET=FULL,HDRS",
            " ENVID=",
            " ENVID=a+2b",
            " ENVID=a+00",
            " ENVID=\u{fc}",
            " =1",
            " SIZE=1 SIZE=1",
            " SIZE=1 size=2",
            "SIZE=1",
            "  SIZE=1",
            " SIZE=1  BODY=7BIT",
            &long_id,
        ] {
            assert_eq!(refusal(text, OF_MAIL), Some(501), "{text}");
        }
        for text in [" FOO", " FOO=1", " NOTIFY=NEVER", " HOLDFOR=10", " SIZ=1"] {
            assert_eq!(refusal(text, OF_MAIL), Some(555), "{text}");
        }
    }

    #[test]
    fn what_rcpt_allows_and_refuses() {
        for text in [
            " NOTIFY=never",
            " NOTIFY=SUCCESS",
            " NOTIFY=success,FAILURE,Delay",
            " ORCPT=rfc822;Bob@Ivory.EDU",
            " ORCPT=rfc822;a+2Bb@example.com NOTIFY=DELAY",
            " ORCPT=utf-8;j\u{fc}rgen@example.com",
        ] {
            assert_eq!(refusal(text, OF_RCPT), None, "{text}");
        }
        for text in [
            " NOTIFY",
            " NOTIFY=",
            " NOTIFY=NEVER,SUCCESS",
            " NOTIFY=SUCCESS,NEVER",
            " NOTIFY=NEVER,NEVER",
            " NOTIFY=SUCCESS,",
            " NOTIFY=,SUCCESS",
            " NOTIFY=SUCCESS;DELAY",
            " NOTIFY=SOMETIMES",
            " ORCPT",
            " ORCPT=",
            " ORCPT=bob@example.com",
            " ORCPT=;bob@example.com",
            " ORCPT=rfc822;",
            " ORCPT=rfc 822;bob@example.com",
            " ORCPT=rfc822;a=b@example.com",
            " ORCPT=rfc822;j\u{fc}rgen@example.com",
            " ORCPT=rfc822;a ORCPT=rfc822;b",
        ] {
            assert!(matches!(refusal(text, OF_RCPT), Some(501 | 555)), "{text}");
        }
        assert_eq!(refusal(" NOTIFY=NEVER,SUCCESS", OF_RCPT), Some(501));
        assert_eq!(refusal(" SIZE=1", OF_RCPT), Some(555));
    }

    #[test]
    fn values_and_extensions_are_found() {
        let parameters = Parameters::parse(" size=5 SMTPUTF8", OF_MAIL).expect("allowed");
        assert_eq!((parameters.value("SIZE"), parameters.value("BODY")), ("5", ""));
        assert!(parameters.has("SMTPUTF8") && !parameters.has("BODY"));
        assert_eq!(parameters.extensions(), [Extension::Size, Extension::SmtpUtf8]);
    }
}
