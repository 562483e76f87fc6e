//! Converts a draft and an envelope to lettre's types, and renders the draft with lettre's builder.

mod encoded_word;

use std::collections::HashSet;

use lettre::{
    Address as LettreAddress, Message,
    address::Envelope as LettreEnvelope,
    message::{
        Attachment as LettreAttachment, Body, Mailbox as LettreMailbox,
        Mailboxes as LettreMailboxes, MaybeString, MultiPart, SinglePart,
        header::{self, ContentTransferEncoding, ContentType, HeaderName, HeaderValue, Headers},
    },
};
use mailer::{
    Address, Attachment, Draft, Envelope, Error, HeaderField, HeaderText, InlineFile, Kind,
    Mailbox, Setting, Step,
};

/// Renders the draft of a mail to this envelope as [`LettreMailer`](crate::LettreMailer) does.
///
/// # Errors
/// [`Kind::Message`] if lettre does not accept a header or an attachment.
pub fn render(from: &Draft, to: &Envelope) -> Result<Vec<u8>, Error> {
    draft(from, &envelope(to)?)
}

/// Converts the envelope.
///
/// # Errors
/// [`Kind::CannotRender`] if the mail asks for delivery status notifications: lettre's `SmtpTransport` writes
/// no parameters for them.
pub(crate) fn envelope(envelope: &Envelope) -> Result<LettreEnvelope, Error> {
    if envelope.dsn().is_some() {
        return Err(Error::new(
            Kind::CannotRender,
            "lettre cannot ask for delivery status notifications",
        )
        .with_hint("send the mail with the backend raw, or without this request")
        .with_settings(&[Setting::Notifications]));
    }
    let sender = envelope.sender().map(address);
    let recipients = envelope.recipients().iter().map(address).collect();
    LettreEnvelope::new(sender, recipients).map_err(refused)
}

/// Renders the draft as lettre's users do. Bcc gets no header field: the envelope has those addresses.
pub(crate) fn draft(draft: &Draft, envelope: &LettreEnvelope) -> Result<Vec<u8>, Error> {
    let from = mailbox(&draft.from);
    // The builder parses From again with lettre's own check. An address that does not pass this check is
    // set afterwards.
    let passes = draft.from.address.as_str().parse::<LettreAddress>().is_ok();
    let first = if passes { from.clone() } else { placeholder() };
    let mut builder = Message::builder().envelope(envelope.clone()).date(draft.date).from(first);
    // An empty field would have no meaning (RFC 5322 §3.6.3). The order is that of RFC 5322 §3.6.
    if !draft.reply_to.is_empty() {
        builder = builder.header(header::ReplyTo::from(mailboxes(&draft.reply_to)));
    }
    if !draft.to.is_empty() {
        builder = builder.header(header::To::from(mailboxes(&draft.to)));
    }
    if !draft.cc.is_empty() {
        builder = builder.header(header::Cc::from(mailboxes(&draft.cc)));
    }
    builder = builder.message_id(Some(format!("<{}>", draft.message_id.as_str())));
    let subject = draft.subject.as_str();
    if encoded_word::looks_like_one(subject) {
        let name = HeaderName::new_from_ascii_str("Subject");
        builder = builder.raw_header(encoded_word::field(name, subject)?);
    } else if !subject.is_empty() {
        builder = builder.subject(subject);
    }
    let (first, repeated) = split_repeated(&draft.headers);
    for field in first {
        builder = builder.raw_header(header_field(field)?);
    }
    let message = match body(draft)? {
        Part::Single(part) => builder.singlepart(part),
        Part::Multi(parts) => builder.multipart(parts),
    };
    let mut message = message.map_err(refused)?;
    if !passes {
        message.headers_mut().set(header::From::from(LettreMailboxes::from(from)));
    }
    let mut rendered = repeated_fields(&repeated)?;
    rendered.extend(message.formatted());
    Ok(rendered)
}

/// Returns the first field of each name, and the others.
fn split_repeated(fields: &[HeaderField]) -> (Vec<&HeaderField>, Vec<&HeaderField>) {
    let mut names = HashSet::new();
    fields.iter().partition(|field| names.insert(field.name().to_ascii_lowercase()))
}

/// Returns fields whose names the builder has already. lettre's `Headers` holds one field of each name, so each
/// of these is formatted separately.
fn repeated_fields(fields: &[&HeaderField]) -> Result<Vec<u8>, Error> {
    let mut rendered = Vec::new();
    for field in fields {
        let mut headers = Headers::new();
        headers.insert_raw(header_field(field)?);
        rendered.extend(headers.to_string().into_bytes());
    }
    Ok(rendered)
}

fn header_field(field: &HeaderField) -> Result<HeaderValue, Error> {
    let name = HeaderName::new_from_ascii(field.name().to_owned()).map_err(refused)?;
    if encoded_word::looks_like_one(field.value()) {
        return encoded_word::field(name, field.value());
    }
    Ok(HeaderValue::new(name, field.value().to_owned()))
}

/// Returns a sender that lettre's check accepts.
fn placeholder() -> LettreMailbox {
    LettreMailbox::new(None, LettreAddress::new_dangerous("from", "localhost"))
}

enum Part {
    Single(SinglePart),
    Multi(MultiPart),
}

fn body(draft: &Draft) -> Result<Part, Error> {
    let body = match (&draft.text, &draft.html) {
        (Some(text), Some(html)) => {
            let plain = SinglePart::plain(text_body(text)?);
            let alternative = MultiPart::alternative().singlepart(plain);
            Part::Multi(match html_part(html, &draft.inline_files)? {
                Part::Single(html) => alternative.singlepart(html),
                Part::Multi(related) => alternative.multipart(related),
            })
        }
        (None, Some(html)) => html_part(html, &draft.inline_files)?,
        (text, None) => {
            Part::Single(SinglePart::plain(text_body(text.as_deref().unwrap_or_default())?))
        }
    };
    // Without an HTML text, nothing shows these files.
    let unshown = draft.inline_files.iter().filter(|_| draft.html.is_none());
    let files: Vec<&Attachment> =
        unshown.map(|inline| &inline.file).chain(&draft.attachments).collect();
    if files.is_empty() {
        return Ok(body);
    }
    let mut mixed = match body {
        Part::Single(part) => MultiPart::mixed().singlepart(part),
        Part::Multi(parts) => MultiPart::mixed().multipart(parts),
    };
    for file in files {
        mixed = mixed.singlepart(attachment(file)?);
    }
    Ok(Part::Multi(mixed))
}

/// Returns an HTML text with the files that it shows.
fn html_part(html: &str, shown: &[InlineFile]) -> Result<Part, Error> {
    let html = SinglePart::html(text_body(html)?);
    if shown.is_empty() {
        return Ok(Part::Single(html));
    }
    let mut related = MultiPart::related().singlepart(html);
    // lettre leaves out the type of the first part, which RFC 2387 §3.1 requires.
    let media_type =
        format!("multipart/related; type=\"text/html\"; boundary=\"{}\"", related.boundary());
    related.headers_mut().set(ContentType::parse(&media_type).map_err(refused)?);
    for inline in shown {
        related = related.singlepart(inline_file(inline)?);
    }
    Ok(Part::Multi(related))
}

/// Returns a text in the encoding that lettre chooses. Line ends of any kind become CRLF. A text with a
/// NUL, which servers need not accept (RFC 5321 §4.5.2), is always encoded.
fn text_body(text: &str) -> Result<Body, Error> {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    if lines.contains('\0') {
        return encoded(lines, ContentTransferEncoding::QuotedPrintable);
    }
    Ok(Body::new(lines))
}

/// Returns a file in base64. Only base64 keeps the file's own line ends (RFC 2045 §6.8).
fn attachment(attachment: &Attachment) -> Result<SinglePart, Error> {
    let media_type = attachment.type_when_encoded();
    let media_type = ContentType::parse(media_type.as_str()).map_err(refused)?;
    let body = encoded(attachment.content.to_vec(), ContentTransferEncoding::Base64)?;
    let name = attachment.name.as_str();
    if encoded_word::looks_like_one(name) {
        let disposition = encoded_word::Disposition::new("attachment", name);
        return Ok(SinglePart::builder().header(disposition).header(media_type).body(body));
    }
    Ok(LettreAttachment::new(name.to_owned()).body(body, media_type))
}

/// Returns a file that an HTML text shows, in base64.
fn inline_file(inline: &InlineFile) -> Result<SinglePart, Error> {
    let media_type =
        ContentType::parse(inline.file.type_when_encoded().as_str()).map_err(refused)?;
    let body = encoded(inline.file.content.to_vec(), ContentTransferEncoding::Base64)?;
    let (id, name) = (inline.content_id.to_string(), inline.file.name.to_string());
    if encoded_word::looks_like_one(&name) {
        let part = SinglePart::builder().header(header::ContentId::from(format!("<{id}>")));
        let disposition = encoded_word::Disposition::new("inline", &name);
        return Ok(part.header(disposition).header(media_type).body(body));
    }
    Ok(LettreAttachment::new_inline_with_name(id, name).body(body, media_type))
}

fn encoded(
    content: impl Into<MaybeString>,
    encoding: ContentTransferEncoding,
) -> Result<Body, Error> {
    Body::new_with_encoding(content, encoding)
        .map_err(|_| Error::new(Kind::Internal, format!("lettre cannot encode as {encoding}")))
}

fn mailboxes(mailboxes: &[Mailbox]) -> LettreMailboxes {
    mailboxes.iter().map(mailbox).collect()
}

fn mailbox(mailbox: &Mailbox) -> LettreMailbox {
    let name = mailbox.name.as_ref().map(HeaderText::to_string);
    LettreMailbox::new(name, address(&mailbox.address))
}

/// Converts an address without lettre's own check, which refuses some valid addresses: local parts of
/// more than 64 bytes and some quoted ones. lettre offers this constructor for addresses that are known
/// to be valid.
fn address(address: &Address) -> LettreAddress {
    LettreAddress::new_dangerous(address.local(), address.domain())
}

fn refused(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Kind::Message, "lettre does not accept this mail")
        .with_step(Step::Prepare)
        .with_cause(cause)
}
