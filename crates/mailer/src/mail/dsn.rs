//! Requests for delivery status notifications (RFC 3461).

use std::{fmt, str::FromStr};

use crate::{Error, Kind, Setting, names::impl_names};

/// A request for delivery status notifications, the parameters of MAIL and RCPT in RFC 3461.
///
/// A server honours it if it announces DSN. A mail with such a request is not sent to another server.
///
/// ```
/// use mailer::Dsn;
/// let mut dsn = Dsn::default();
/// dsn.notify = Some("success,delay".parse()?);
/// dsn.envelope_id = Some("QQ 314159".parse()?);
/// assert_eq!(dsn.notify.unwrap().to_string(), "SUCCESS,DELAY");
/// assert_eq!(dsn.envelope_id.unwrap().to_xtext(), "QQ+20314159");
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Dsn {
    /// The events that the sender is notified about, for every recipient (NOTIFY, RFC 3461 §4.1). Without
    /// it, servers send a notification if the delivery fails.
    pub notify: Option<Notify>,
    /// The part of the mail that a notification of a failure contains (RET, §4.3).
    pub returned: Option<ReturnedContent>,
    /// A text that notifications repeat, so that the sender recognises the mail (ENVID, §4.4).
    pub envelope_id: Option<EnvelopeId>,
}

impl Dsn {
    /// Whether the request asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The events that the sender is notified about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Notify {
    /// The events by their position in [`EVENTS`]; none means `NEVER`.
    events: [bool; EVENTS.len()],
}

/// The events of NOTIFY, in the order of RFC 3461 §4.1.
const EVENTS: [&str; 3] = ["SUCCESS", "FAILURE", "DELAY"];
const NEVER: &str = "NEVER";

impl fmt::Display for Notify {
    /// Writes the value of NOTIFY.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (event, _) in EVENTS.iter().zip(self.events).filter(|(_, is_wanted)| *is_wanted) {
            write!(f, "{separator}{event}")?;
            separator = ",";
        }
        if separator.is_empty() { f.write_str(NEVER) } else { Ok(()) }
    }
}

impl FromStr for Notify {
    type Err = Error;

    /// Parses `never`, or a list of `success`, `failure` and `delay` with commas. Case does not matter.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut events = [false; EVENTS.len()];
        if text.eq_ignore_ascii_case(NEVER) {
            return Ok(Self { events });
        }
        for name in text.split(',').map(str::trim) {
            let known = EVENTS.iter().position(|event| event.eq_ignore_ascii_case(name));
            let wanted = known.and_then(|at| events.get_mut(at));
            *wanted.ok_or_else(|| {
                refuse(format!("\"{text}\" does not say when to notify"))
                    .with_hint("write never, or a list of success, failure and delay")
            })? = true;
        }
        Ok(Self { events })
    }
}

/// The part of a mail that a notification of a failure contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReturnedContent {
    /// The whole mail.
    Full,
    /// The header only.
    Headers,
}

impl ReturnedContent {
    /// All values.
    pub const ALL: &'static [Self] = &[Self::Full, Self::Headers];

    /// Returns the value of RET (RFC 3461 §4.3).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Headers => "HDRS",
        }
    }
}

impl_names!(ReturnedContent, "a part of a mail");

/// The maximum length of the encoded value of ENVID in bytes (RFC 3461 §5.4).
const MAX_ENVELOPE_ID: usize = 100;

/// A text that notifications repeat: printable ASCII and spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnvelopeId(String);

impl EnvelopeId {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the value of ENVID: the text as `xtext` (RFC 3461 §4).
    #[must_use]
    pub fn to_xtext(&self) -> String {
        let mut encoded = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            match byte {
                b'!'..=b'~' if byte != b'+' && byte != b'=' => encoded.push(char::from(byte)),
                _ => encoded.push_str(&format!("+{byte:02X}")),
            }
        }
        encoded
    }
}

impl FromStr for EnvelopeId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let id = Self(text.to_owned());
        let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if is_printable && !text.is_empty() && id.to_xtext().len() <= MAX_ENVELOPE_ID {
            return Ok(id);
        }
        Err(refuse(format!("\"{text}\" cannot identify a mail in notifications")).with_hint(format!(
            "write 1 to {MAX_ENVELOPE_ID} printable ASCII characters; a space, + or = counts as three"
        )))
    }
}

fn refuse(what: String) -> Error {
    Error::new(Kind::Message, what).with_settings(&[Setting::Notifications])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notify_is_never_or_a_list_of_events() {
        for (text, wanted) in [
            ("never", "NEVER"),
            ("success", "SUCCESS"),
            ("delay, Failure", "FAILURE,DELAY"),
            ("success,failure,delay,success", "SUCCESS,FAILURE,DELAY"),
        ] {
            assert_eq!(text.parse::<Notify>().unwrap().to_string(), wanted);
        }
        for text in ["", "never,success", "success,", "always", "success\r\nDATA"] {
            assert!(text.parse::<Notify>().is_err(), "{text:?}");
        }
    }

    /// RFC 3461 §4: `+` and `=` are encoded, and so is all that is not printable.
    #[test]
    fn an_envelope_id_is_encoded_as_xtext() {
        let xtext = |text: &str| text.parse().map(|id: EnvelopeId| id.to_xtext());
        assert_eq!(xtext("QQ314159").unwrap(), "QQ314159");
        assert_eq!(xtext("1+1=2 !~").unwrap(), "1+2B1+3D2+20!~");
        assert_eq!(xtext(&"x".repeat(100)).unwrap().len(), 100);
        let long = "x".repeat(101);
        let long_when_encoded = "+".repeat(34);
        for text in ["", "a\r\nb", "\u{fc}", "\u{7f}", &long, &long_when_encoded] {
            assert!(xtext(text).is_err(), "{text:?}");
        }
    }
}
