//! Text that is safe in a header or a command line: a type that rules out control characters.

use std::{fmt, str::FromStr};

use crate::{Error, Kind};

/// Text without control characters: a subject, a display name, a file name.
///
/// With a line break in a header value, an attacker can add header fields or SMTP commands to a mail
/// ("header injection"). All values that reach the wire are of this type, [`crate::Address`] or
/// [`crate::HostName`], and none of them can hold a line break.
///
/// ```
/// use mailer::HeaderText;
/// assert!(HeaderText::new("Grüße aus Köln").is_ok());
/// assert!(HeaderText::new("hello\r\nBcc: eve@example.com").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct HeaderText(String);

impl HeaderText {
    /// Checks the text and returns it, or an error that names the control character.
    ///
    /// # Errors
    /// [`Kind::Message`] if the text has a control character (line breaks and NUL included).
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        match first_control(&text) {
            None => Ok(Self(text)),
            Some(c) => Err(Error::new(
                Kind::Message,
                format!("the text \"{text}\" contains the control character {c:?}"),
            )
            .with_hint("write it without line breaks, tabs and other control characters")),
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HeaderText {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<&str> for HeaderText {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<String> for HeaderText {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl AsRef<str> for HeaderText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the first control character: it must not reach a terminal, a header or a command line.
pub(crate) fn first_control(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_control())
}
