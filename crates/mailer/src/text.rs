//! Text that may stand in a header or a command line: no control characters, by type.

use std::fmt;

use crate::{Error, Kind};

/// Text without control characters: a subject, a display name, a file name.
///
/// A line break in a header value is how a stranger adds headers, or whole commands, to a mail
/// ("header injection"). Nothing that reaches the wire can hold one, because nothing else than
/// this type, [`crate::Address`] and [`crate::HostName`] reaches it.
///
/// ```
/// use mailer::HeaderText;
/// assert!(HeaderText::new("Grüße aus Köln").is_ok());
/// assert!(HeaderText::new("hello\r\nBcc: eve@example.com").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct HeaderText(String);

impl HeaderText {
    /// Takes the text, or says which character it cannot hold.
    ///
    /// # Errors
    /// [`Kind::Message`] if the text has a control character (line breaks and NUL included).
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        match first_control(&text) {
            None => Ok(Self(text)),
            Some(c) => Err(Error::new(
                Kind::Message,
                format!("the text \"{text}\" holds the control character {c:?}"),
            )
            .hint("write it without line breaks, tabs and other control characters")),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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

/// The first character that must not reach a terminal, a header or a command line.
pub(crate) fn first_control(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_control())
}
