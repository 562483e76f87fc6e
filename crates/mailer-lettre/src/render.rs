//! Converts a draft and an envelope to lettre's types, and renders the draft with lettre's builder.

mod encoded_word;

use lettre::{
    Address as LettreAddress, Message,
    address::Envelope as LettreEnvelope,
    message::{
        Attachment as LettreAttachment, Body, Mailbox as LettreMailbox,
        Mailboxes as LettreMailboxes, MaybeString, MultiPart, SinglePart,
        header::{self, ContentTransferEncoding, ContentType},
    },
};
use mailer::{Address, Attachment, Draft, Envelope, Error, HeaderText, Kind, Mailbox, Step};

/// Renders the draft of a mail to this envelope as [`LettreMailer`](crate::LettreMailer) does.
///
/// # Errors
/// [`Kind::Message`] if lettre does not accept a header or an attachment.
pub fn render(from: &Draft, to: &Envelope) -> Result<Vec<u8>, Error> {
    draft(from, &envelope(to)?)
}

/// Converts the envelope.
pub(crate) fn envelope(envelope: &Envelope) -> Result<LettreEnvelope, Error> {
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
        builder = builder.raw_header(encoded_word::subject(subject)?);
    } else if !subject.is_empty() {
        builder = builder.subject(subject);
    }
    let message = match body(draft)? {
        Part::Single(part) => builder.singlepart(part),
        Part::Multi(parts) => builder.multipart(parts),
    };
    let mut message = message.map_err(refused)?;
    if !passes {
        message.headers_mut().set(header::From::from(LettreMailboxes::from(from)));
    }
    Ok(message.formatted())
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
            Part::Multi(MultiPart::alternative_plain_html(text_body(text)?, text_body(html)?))
        }
        (None, Some(html)) => Part::Single(SinglePart::html(text_body(html)?)),
        (text, None) => {
            Part::Single(SinglePart::plain(text_body(text.as_deref().unwrap_or_default())?))
        }
    };
    if draft.attachments.is_empty() {
        return Ok(body);
    }
    let mut mixed = match body {
        Part::Single(part) => MultiPart::mixed().singlepart(part),
        Part::Multi(parts) => MultiPart::mixed().multipart(parts),
    };
    for file in &draft.attachments {
        mixed = mixed.singlepart(attachment(file)?);
    }
    Ok(Part::Multi(mixed))
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
        let disposition = encoded_word::Disposition::new(name);
        return Ok(SinglePart::builder().header(disposition).header(media_type).body(body));
    }
    Ok(LettreAttachment::new(name.to_owned()).body(body, media_type))
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
