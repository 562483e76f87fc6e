//! A mail that is still in parts.

use std::{fmt, str::FromStr, sync::Arc, time::SystemTime};

use crate::{Error, HeaderText, Kind, Mailbox};

/// The parts of a mail, for a backend to render.
///
/// Date and Message-ID are set once, by the caller, so that every rendering is of the same mail
/// (the classroom's mail had neither; RFC 5322 §3.6 demands the one and advises the other).
#[derive(Clone, Debug)]
pub struct Draft {
    /// From.
    pub from: Mailbox,
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Gets the mail, and stands in no header.
    pub bcc: Vec<Mailbox>,
    /// Reply-To.
    pub reply_to: Vec<Mailbox>,
    /// Subject.
    pub subject: HeaderText,
    /// The body as plain text; line ends may be of any kind.
    pub text: Option<String>,
    /// The body as HTML; beside a text it is its alternative (RFC 2046 §5.1.4).
    pub html: Option<String>,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
    /// Date, rendered in UTC.
    pub date: SystemTime,
    /// Message-ID.
    pub message_id: MessageId,
}

impl Draft {
    /// A draft without recipients, subject and body.
    #[must_use]
    pub fn new(from: Mailbox, date: SystemTime, message_id: MessageId) -> Self {
        Self {
            from,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            subject: HeaderText::default(),
            text: None,
            html: None,
            attachments: Vec::new(),
            date,
            message_id,
        }
    }
}

/// A file that goes with a mail.
#[derive(Clone)]
pub struct Attachment {
    /// The name shown to who receives it, in plain Unicode.
    pub name: HeaderText,
    /// What kind of file it is.
    pub media_type: MediaType,
    /// Its bytes.
    pub content: Arc<[u8]>,
}

impl Attachment {
    /// The media type that it can be sent as in base64.
    ///
    /// A type that consists of parts itself, such as `message/rfc822` of a forwarded message, may not be
    /// encoded (RFC 2045 §6.4), and a part that is not encoded may not arrive as it was given. So such a
    /// file is sent as bytes of no known type, which every mail program saves as they are.
    #[must_use]
    pub fn type_when_encoded(&self) -> MediaType {
        let top_level = self.media_type.as_str().split('/').next().unwrap_or_default();
        match top_level.to_ascii_lowercase().as_str() {
            "message" | "multipart" => MediaType::default(),
            _ => self.media_type.clone(),
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({}, {} octets)", self.name, self.media_type, self.content.len())
    }
}

/// Octets in each part of a media type, at most (RFC 6838 §4.2).
const MAX_MEDIA_TYPE_PART: usize = 127;
/// Octets in a Message-ID, at most: it cannot be folded, and has to fit in a line.
const MAX_MESSAGE_ID: usize = 512;

/// A media type without parameters, such as `image/png` (RFC 2045 §5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType(String);

impl MediaType {
    /// The type as it stands in Content-Type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MediaType {
    /// `application/octet-stream`: bytes of which nothing is known.
    fn default() -> Self {
        Self("application/octet-stream".into())
    }
}

impl FromStr for MediaType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_token = |part: &str| {
            (1..=MAX_MEDIA_TYPE_PART).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
        };
        match text.split_once('/') {
            Some((kind, subkind)) if is_token(kind) && is_token(subkind) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Error::new(Kind::Message, format!("\"{text}\" is not a media type"))
                .hint("write it as type/subtype, without parameters")),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Message-ID without its angle brackets (RFC 5322 §3.6.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId(String);

impl MessageId {
    /// The identifier, `left@right`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>@".contains(&b))
        };
        match text.split_once('@') {
            Some((left, right))
                if is_word(left) && is_word(right) && text.len() <= MAX_MESSAGE_ID =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Error::new(Kind::Message, format!("\"{text}\" is not a Message-ID"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_and_identifiers_cannot_break_out_of_their_header() {
        assert!("text/plain".parse::<MediaType>().is_ok());
        for text in ["text", "text/", "text/plain; charset=x", "a/b\r\nX: y", "a/b c", "a/b/c"] {
            assert!(text.parse::<MediaType>().is_err(), "{text:?}");
        }
        assert!("1.2@mail.example.com".parse::<MessageId>().is_ok());
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a@b>\r\nX: y",
            "a b@c",
            &format!("{}@b", "a".repeat(600)),
        ] {
            assert!(text.parse::<MessageId>().is_err(), "{text:?}");
        }
    }
}
