//! A draft as an RFC 5322 message, written by hand.
//!
//! The result is 7-bit ASCII in lines of at most 78 bytes, so every server on the path can carry it
//! without 8BITMIME or SMTPUTF8. There are two exceptions. An address, a Message-ID or a media type cannot
//! be folded, so a long one makes a long line. An address with a non-ASCII local part has no ASCII form, so
//! the header contains it as UTF-8 (RFC 6532 §3.2), and the mail needs SMTPUTF8.
//!
//! From the outside in: [`entity`] is the tree of MIME parts, [`field`] folds header fields, [`mailbox`]
//! and [`parameter`] write the values of structured fields, and [`body`] chooses the encoding of a text.

mod base64_lines;
mod body;
mod boundary;
mod date;
mod encoded_word;
mod entity;
mod field;
mod line;
mod mailbox;
mod parameter;
mod quoted_printable;
#[cfg(test)]
mod unescape;
mod unstructured;

use boundary::Boundaries;
use entity::Entity;
use field::Field;
use mailer::{Draft, HeaderText, Mailbox};

/// Renders a draft as an RFC 5322 message with CRLF line ends.
///
/// The same draft always gives the same bytes. Bcc is not written, and an empty subject is left out. A
/// draft without To and Cc gets `To: undisclosed-recipients:;`, which shows no recipient. In a text, every
/// CR, LF and CRLF is a line end, and the last line gets one if it has none. Attachments are not changed.
///
/// ```
/// use mailer::Draft;
/// use std::time::SystemTime;
///
/// let from = "Ann <ann@example.com>".parse()?;
/// let mut draft = Draft::new(from, SystemTime::UNIX_EPOCH, "1@example.com".parse()?);
/// draft.text = Some("Hello, Bob.".into());
/// let message = String::from_utf8(mailer_raw::render(&draft)).unwrap();
/// assert!(message.starts_with("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nFrom: Ann <ann@example.com>\r\n"));
/// assert!(message.ends_with("\r\n\r\nHello, Bob.\r\n"));
/// # Ok::<(), mailer::Error>(())
/// ```
#[must_use]
pub fn render(draft: &Draft) -> Vec<u8> {
    let entity = Entity::from_draft(draft);
    let mut out = String::with_capacity(HEADER_ROOM + entity.size_hint());
    write_header(draft, &mut out);
    entity.write(&mut Boundaries::new(&draft.message_id), &mut out);
    out.into_bytes()
}

/// The size in bytes of a usual header: a guess that saves allocations, not a limit.
const HEADER_ROOM: usize = 2048;

/// Writes the fields of RFC 5322 §3.6, in the order of that section, and the MIME version.
fn write_header(draft: &Draft, out: &mut String) {
    Field::write("Date", date::in_utc(draft.date), out);
    mailbox::write_list("From", std::slice::from_ref(&draft.from), out);
    mailbox::write_list("Reply-To", &draft.reply_to, out);
    write_recipients(&draft.to, &draft.cc, out);
    Field::write("Message-ID", format!("<{}>", draft.message_id.as_str()), out);
    write_subject(&draft.subject, out);
    draft.headers.iter().for_each(|field| unstructured::write(field, out));
    Field::write("MIME-Version", "1.0", out);
}

fn write_recipients(to: &[Mailbox], cc: &[Mailbox], out: &mut String) {
    if to.is_empty() && cc.is_empty() {
        return Field::write("To", "undisclosed-recipients:;", out);
    }
    mailbox::write_list("To", to, out);
    mailbox::write_list("Cc", cc, out);
}

fn write_subject(subject: &HeaderText, out: &mut String) {
    let subject = subject.as_str();
    if subject.is_empty() {
        return;
    }
    let mut field = Field::begin("Subject", out);
    // Some readers keep the space if a subject is folded before its first word.
    let begins_here = subject.split(' ').next().is_some_and(|word| word.len() <= field.room());
    if begins_here && field::reads_back(subject) {
        subject.split(' ').for_each(|word| field.word(word));
    } else {
        encoded_word::encode(subject, field.room()).iter().for_each(|word| field.word(word));
    }
    field.end();
}
