//! Parses a message with a third-party parser, to compare it with its draft.

#![allow(clippy::missing_panics_doc, reason = "a test that cannot go on may panic")]

use std::time::UNIX_EPOCH;

use mail_parser::{
    Address, HeaderName, Message, MessageParser, MessagePart, MimeHeaders as _, PartType,
};
use mailer::{Attachment, Draft, Mailbox};

/// The fields of a message, in plain Unicode.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadBack {
    from: Vec<Named>,
    to: Vec<Named>,
    cc: Vec<Named>,
    bcc: Vec<Named>,
    reply_to: Vec<Named>,
    subject: String,
    /// The fields that only the draft can have added, sorted.
    headers: Vec<(String, String)>,
    text: Option<String>,
    html: Option<String>,
    attachments: Vec<File>,
    /// The Content-ID of each file that the HTML text shows, and the file.
    inline_files: Vec<(String, File)>,
    /// Seconds of Unix time.
    pub date: Option<i64>,
    /// Without its angle brackets.
    pub message_id: Option<String>,
}

/// A display name and an address.
type Named = (Option<String>, String);

/// Name, media type, content.
type File = (String, String, Vec<u8>);

/// Returns what a parser must find in the message of a draft.
#[must_use]
pub fn from_draft(draft: &Draft) -> ReadBack {
    let named = |all: &[Mailbox]| -> Vec<Named> {
        let name = |mailbox: &Mailbox| mailbox.name.as_ref().map(|name| name.as_str().to_owned());
        all.iter().map(|mailbox| (name(mailbox), mailbox.address.to_string())).collect()
    };
    let file = |file: &Attachment| -> File {
        (file.name.as_str().to_owned(), file.media_type.to_string(), file.content.to_vec())
    };
    let mut headers: Vec<(String, String)> = draft
        .headers
        .iter()
        .map(|field| (field.name().to_owned(), field.value().to_owned()))
        .collect();
    headers.sort();
    let inline_files = draft.inline_files.iter();
    let date = draft.date.duration_since(UNIX_EPOCH).expect("a date since 1970");
    ReadBack {
        from: named(std::slice::from_ref(&draft.from)),
        to: named(&draft.to),
        cc: named(&draft.cc),
        // Recipients in Bcc are in no header.
        bcc: Vec::new(),
        reply_to: named(&draft.reply_to),
        subject: draft.subject.as_str().to_owned(),
        headers,
        text: draft.text.as_deref().map(plain_lines),
        html: draft.html.as_deref().map(plain_lines),
        attachments: draft.attachments.iter().map(file).collect(),
        inline_files: inline_files
            .map(|inline| (inline.content_id.to_string(), file(&inline.file)))
            .collect(),
        date: i64::try_from(date.as_secs()).ok(),
        message_id: Some(draft.message_id.as_str().to_owned()),
    }
}

/// Returns a parser that decodes the text of fields whose names it does not know.
#[must_use]
pub fn parser() -> MessageParser {
    let parser = MessageParser::new().with_mime_headers().with_address_headers();
    parser.with_date_headers().with_message_ids().default_header_text()
}

/// Returns what `mail-parser` finds in a message.
#[must_use]
pub fn from_message(content: &[u8]) -> ReadBack {
    let message = parser().parse(content).expect("a message");
    ReadBack {
        from: mailboxes(message.from()),
        to: mailboxes(message.to()),
        cc: mailboxes(message.cc()),
        bcc: mailboxes(message.bcc()),
        reply_to: mailboxes(message.reply_to()),
        subject: message.subject().unwrap_or_default().to_owned(),
        headers: other_headers(&message),
        text: body(&message, "plain"),
        html: body(&message, "html"),
        attachments: message.attachments().filter(|part| is_file(part)).map(file).collect(),
        inline_files: message
            .parts
            .iter()
            .filter(|part| is_inline(part))
            .map(inline_file)
            .collect(),
        date: message.date().map(mail_parser::DateTime::to_timestamp),
        message_id: message.message_id().map(str::to_owned),
    }
}

fn mailboxes(address: Option<&Address<'_>>) -> Vec<Named> {
    let all = address.into_iter().flat_map(Address::iter);
    all.map(|one| {
        let name = one.name().map(str::to_owned);
        (name, one.address().unwrap_or_default().to_owned())
    })
    .collect()
}

/// Returns the body of this subtype, if there is one. `mail-parser` itself would convert the other.
fn body(message: &Message<'_>, subtype: &str) -> Option<String> {
    let is_body = |part: &&MessagePart<'_>| {
        let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
        is_text && !is_file(part) && media_type(part) == format!("text/{subtype}")
    };
    message.parts.iter().find(is_body).and_then(MessagePart::text_contents).map(plain_lines)
}

fn is_file(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|disposition| disposition.is_attachment())
}

fn is_inline(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|disposition| disposition.is_inline())
}

fn inline_file(part: &MessagePart<'_>) -> (String, File) {
    (part.content_id().unwrap_or_default().to_owned(), file(part))
}

/// Returns the fields whose names the parser does not know, sorted.
fn other_headers(message: &Message<'_>) -> Vec<(String, String)> {
    let unknown = message.headers().iter().filter_map(|header| match &header.name {
        HeaderName::Other(name) => Some((name.to_string(), header.value.as_text()?.to_owned())),
        _ => None,
    });
    let mut fields: Vec<(String, String)> = unknown.collect();
    fields.sort();
    fields
}

fn file(part: &MessagePart<'_>) -> File {
    let name = part.attachment_name().unwrap_or_default().to_owned();
    (name, media_type(part), part.contents().to_vec())
}

fn media_type(part: &MessagePart<'_>) -> String {
    // A part without a type is plain text (RFC 2045 §5.2).
    part.content_type().map_or_else(
        || "text/plain".into(),
        |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()),
    )
}

/// Converts line ends to LF, and removes those at the end, which the backend may choose.
fn plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end_matches('\n').to_owned()
}
