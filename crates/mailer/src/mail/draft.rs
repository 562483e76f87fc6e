//! Drafts: messages as parts, which a backend renders.

use std::{fmt, str::FromStr, sync::Arc, time::SystemTime};

use crate::{ContentId, Error, HeaderField, HeaderText, Kind, Mailbox};

/// The parts of a message, for a backend to render.
///
/// The caller sets Date and Message-ID once, so that every backend renders the same message.
/// RFC 5322 §3.6 requires Date and recommends Message-ID.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Draft {
    /// The author, in the header field From.
    pub from: Mailbox,
    /// The recipients in To.
    pub to: Vec<Mailbox>,
    /// The recipients in Cc.
    pub cc: Vec<Mailbox>,
    /// The recipients that are in the envelope and in no header field.
    pub bcc: Vec<Mailbox>,
    /// The addresses for replies, in Reply-To.
    pub reply_to: Vec<Mailbox>,
    /// The subject.
    pub subject: HeaderText,
    /// The further header fields, in this order.
    pub headers: Vec<HeaderField>,
    /// The body as plain text, with line ends of any kind.
    pub text: Option<String>,
    /// The body as HTML. With a plain text, both are sent as alternatives (RFC 2046 §5.1.4).
    pub html: Option<String>,
    /// The files that the HTML body shows (RFC 2387).
    pub inline_files: Vec<InlineFile>,
    /// The attached files.
    pub attachments: Vec<Attachment>,
    /// The time in Date; it is rendered in UTC.
    pub date: SystemTime,
    /// The identifier in Message-ID.
    pub message_id: MessageId,
}

impl Draft {
    /// Returns a draft without recipients, subject and body.
    #[must_use]
    pub fn new(from: Mailbox, date: SystemTime, message_id: MessageId) -> Self {
        Self {
            from,
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            subject: HeaderText::default(),
            headers: Vec::new(),
            text: None,
            html: None,
            inline_files: Vec::new(),
            attachments: Vec::new(),
            date,
            message_id,
        }
    }
}

/// An attached file.
#[derive(Clone)]
#[non_exhaustive]
pub struct Attachment {
    /// The file name that recipients see, in plain Unicode.
    pub name: HeaderText,
    /// The media type of the file.
    pub media_type: MediaType,
    /// The content of the file.
    pub content: Arc<[u8]>,
}

impl Attachment {
    /// Returns a file with this name, type and content.
    #[must_use]
    pub fn new(name: HeaderText, media_type: MediaType, content: impl Into<Arc<[u8]>>) -> Self {
        Self { name, media_type, content: content.into() }
    }

    /// Returns the media type under which the file can be sent in base64.
    ///
    /// The composite types `message/…` and `multipart/…`, such as `message/rfc822` of a forwarded
    /// message, must not be encoded in base64 (RFC 2045 §6.4). Without an encoding, servers on the path may
    /// change the bytes. Such a file is therefore sent as `application/octet-stream`, which every mail
    /// program saves unchanged.
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
        write!(f, "{:?} ({}, {} bytes)", self.name, self.media_type, self.content.len())
    }
}

/// A file that the HTML body of a draft shows, usually an image: `<img src="cid:logo">`.
///
/// A draft without an HTML body sends it as an attachment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InlineFile {
    /// The name by which the HTML body refers to it.
    pub content_id: ContentId,
    /// The file.
    pub file: Attachment,
}

impl InlineFile {
    /// Returns a file that the HTML body refers to by this name.
    #[must_use]
    pub fn new(content_id: ContentId, file: Attachment) -> Self {
        Self { content_id, file }
    }
}

/// The maximum length of the type and of the subtype in bytes (RFC 6838 §4.2).
const MAX_MEDIA_TYPE_PART: usize = 127;
/// The maximum length of a Message-ID in bytes: it cannot be folded, so it must fit in a line.
const MAX_MESSAGE_ID: usize = 512;

/// A media type without parameters, such as `image/png` (RFC 2045 §5.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaType(String);

impl MediaType {
    /// Returns the type as it is written in Content-Type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MediaType {
    /// Returns `application/octet-stream`, the type of unknown data.
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
                .with_hint("write it as type/subtype, without parameters")),
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Message-ID without its angle brackets (RFC 5322 §3.6.4).
///
/// It must be different for each message: some servers drop a second message with the same identifier as a
/// duplicate. The part before the `@` is unique at the host after it, such as a time and a process:
///
/// ```
/// use mailer::MessageId;
/// use std::{process, time::SystemTime};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
/// let id: MessageId = format!("{now}.{}@client.example.com", process::id()).parse()?;
/// # assert!(id.as_str().ends_with("@client.example.com"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Returns the identifier, `left@right`.
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
    fn media_types_and_message_ids_refuse_characters_that_end_their_field() {
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
