//! Notes on the header of a message (RFC 5322) and on its MIME fields (RFC 2045).

use crate::note::{Note, notes};

notes! {
    FROM = "field-from", "From", "RFC 5322 §3.6.2",
        "The author of the message. It may differ from the sender of the envelope.";
    SENDER = "field-sender", "Sender", "RFC 5322 §3.6.2",
        "The person or program that sent the message for its author.";
    REPLY_TO = "field-reply-to", "Reply-To", "RFC 5322 §3.6.2",
        "Where the author wants replies to go.";
    TO = "field-to", "To", "RFC 5322 §3.6.3",
        "The recipients that readers see. The envelope decides which mailboxes receive the message.";
    CC = "field-cc", "Cc", "RFC 5322 §3.6.3",
        "Further recipients that readers see.";
    BCC = "field-bcc", "Bcc", "RFC 5322 §3.6.3; RFC 5321 §7.2",
        "Recipients that the other recipients must not see. Clients usually remove this field before \
         sending.";
    SUBJECT = "field-subject", "Subject", "RFC 5322 §3.6.5",
        "The topic of the message.";
    DATE = "field-date", "Date", "RFC 5322 §3.6.1",
        "When the author completed the message.";
    MESSAGE_ID = "field-message-id", "Message-ID", "RFC 5322 §3.6.4",
        "A unique identifier of this message. Replies refer to it.";
    IN_REPLY_TO = "field-in-reply-to", "In-Reply-To", "RFC 5322 §3.6.4",
        "The identifier of the message that this one answers.";
    REFERENCES = "field-references", "References", "RFC 5322 §3.6.4",
        "The identifiers of the earlier messages of the conversation.";
    COMMENTS = "field-comments", "Comments", "RFC 5322 §3.6.5",
        "A remark about the message.";
    KEYWORDS = "field-keywords", "Keywords", "RFC 5322 §3.6.5",
        "Words that describe the message.";
    RECEIVED = "field-received", "Received", "RFC 5321 §4.4",
        "A server records that it received the message: from which host, when, and how.";
    RETURN_PATH = "field-return-path", "Return-Path", "RFC 5321 §4.4",
        "The server that delivers the message records the sender of the envelope here.";
    MIME_VERSION = "field-mime-version", "MIME-Version", "RFC 2045 §4",
        "The message uses MIME, which allows other text than ASCII, and files.";
    CONTENT_TYPE = "field-content-type", "Content-Type", "RFC 2045 §5",
        "What the body is: text, an image, or several parts.";
    CONTENT_TRANSFER_ENCODING = "field-content-transfer-encoding", "Content-Transfer-Encoding",
        "RFC 2045 §6",
        "How the bytes of the body are written, so that they survive transport.";
    CONTENT_DISPOSITION = "field-content-disposition", "Content-Disposition", "RFC 2183 §2",
        "Whether the part is shown in place or is an attachment, and its file name.";
    CONTENT_ID = "field-content-id", "Content-ID", "RFC 2045 §7",
        "A unique identifier of this part.";
    CONTENT_DESCRIPTION = "field-content-description", "Content-Description", "RFC 2045 §8",
        "Text that describes this part.";
    RESENT = "field-resent", "Resent-…", "RFC 5322 §3.6.6",
        "A person passed the message on unchanged, and this records it.";
    LIST = "field-list", "List-…", "RFC 2369 §3; RFC 2919 §3",
        "A mailing list states how to use it, for example how to leave it.";
    AUTO_SUBMITTED = "field-auto-submitted", "Auto-Submitted", "RFC 3834 §5",
        "Whether a program wrote the message by itself.";
    DKIM_SIGNATURE = "field-dkim-signature", "DKIM-Signature", "RFC 6376 §3.5",
        "A domain signs parts of the header and the body.";
    UNKNOWN_FIELD = "unknown-field", "another field", "RFC 5322 §3.6.8",
        "This field is not known here. A message may have any further fields.";
    UNKNOWN_HEADER_LINE = "unknown-header-line", "not a header field", "RFC 5322 §2.2",
        "A header field begins with its name and a colon. This line does not.";
    COLON = "colon", ":", "RFC 5322 §2.2",
        "The colon separates the name of a field from its value.";
    FIELD_SPACE = "field-space", "space", "RFC 5322 §2.2",
        "White space before the value. Writers put one space here; it carries no meaning.";
    ADDRESSES = "value-addresses", "addresses", "RFC 5322 §3.4",
        "A list of mailboxes: each is an address, often in angle brackets after a name.";
    TEXT_VALUE = "value-text", "text", "RFC 5322 §2.2.1",
        "Text for people.";
    DATE_VALUE = "value-date", "date and time", "RFC 5322 §3.3",
        "A date, a time, and the distance of the local time from UTC.";
    IDENTIFIERS = "value-identifiers", "identifier", "RFC 5322 §3.6.4",
        "Identifiers in angle brackets. The part after @ usually is a host name, so that two hosts \
         never choose the same one.";
    PARAMETERS = "value-parameters", "value and parameters", "RFC 2045 §5.1",
        "A value, and parameters as name=value after semicolons.";
    ENCODING_VALUE = "value-encoding", "encoding", "RFC 2045 §6.1",
        "7bit, 8bit and binary change nothing. quoted-printable and base64 write any bytes as ASCII.";
    VERSION = "value-version", "version", "RFC 2045 §4",
        "The version of MIME, which is always 1.0.";
    STRUCTURED = "value-structured", "value", "RFC 5322 §2.2.2",
        "A value in the form that the definition of this field gives.";
    ENCODED_WORD = "encoded-word", "encoded word", "RFC 2047 §2",
        "Text outside ASCII, written in ASCII: =?charset?encoding?text?=.";
    FOLD = "fold", "folding", "RFC 5322 §2.2.3",
        "A long field goes on in the next line, which begins with a space or a tab. Readers remove \
         the line break.";
    HEADER_END = "header-end", "empty line", "RFC 5322 §2.1",
        "The empty line ends the header. The body follows.";
}

/// Fields by name, with the note on the value.
static FIELDS: &[(&Note, &Note)] = &[
    (&FROM, &ADDRESSES),
    (&SENDER, &ADDRESSES),
    (&REPLY_TO, &ADDRESSES),
    (&TO, &ADDRESSES),
    (&CC, &ADDRESSES),
    (&BCC, &ADDRESSES),
    (&SUBJECT, &TEXT_VALUE),
    (&DATE, &DATE_VALUE),
    (&MESSAGE_ID, &IDENTIFIERS),
    (&IN_REPLY_TO, &IDENTIFIERS),
    (&REFERENCES, &IDENTIFIERS),
    (&COMMENTS, &TEXT_VALUE),
    (&KEYWORDS, &TEXT_VALUE),
    (&RECEIVED, &STRUCTURED),
    (&RETURN_PATH, &STRUCTURED),
    (&MIME_VERSION, &VERSION),
    (&CONTENT_TYPE, &PARAMETERS),
    (&CONTENT_TRANSFER_ENCODING, &ENCODING_VALUE),
    (&CONTENT_DISPOSITION, &PARAMETERS),
    (&CONTENT_ID, &IDENTIFIERS),
    (&CONTENT_DESCRIPTION, &TEXT_VALUE),
    (&AUTO_SUBMITTED, &STRUCTURED),
    (&DKIM_SIGNATURE, &STRUCTURED),
];

/// Returns the notes on a field of this name and on its value.
pub(crate) fn field(name: &[u8]) -> (&'static Note, &'static Note) {
    let begins = |text: &str| {
        name.get(..text.len()).is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()))
    };
    if begins("Resent-") {
        return (&RESENT, &STRUCTURED);
    }
    if begins("List-") {
        return (&LIST, &STRUCTURED);
    }
    let known = FIELDS.iter().find(|(note, _)| note.title.as_bytes().eq_ignore_ascii_case(name));
    known.copied().unwrap_or((&UNKNOWN_FIELD, &STRUCTURED))
}
