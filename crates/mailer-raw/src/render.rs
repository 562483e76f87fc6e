//! A draft as an RFC 5322 message, written by hand.
//!
//! What leaves is 7-bit ASCII in lines of 78 octets at the most, so that the oldest server on the
//! way can carry it without 8BITMIME or SMTPUTF8. Two things do not bend: an address, a Message-ID
//! or a media type cannot be folded, so a longer one makes a longer line; and an address with a
//! non-ASCII local part has no ASCII form, so it stands in its header as UTF-8 (RFC 6532 §3.2), and
//! the mail needs SMTPUTF8.
//!
//! From the outside in: [`entity`] is the tree of MIME parts, [`field`] folds header fields,
//! [`mailbox`] and [`parameter`] are what the structured ones hold, and [`body`] picks the encoding
//! of a text.

mod base64_lines;
mod body;
mod boundary;
mod date;
mod encoded_word;
mod entity;
mod field;
mod mailbox;
mod parameter;
mod quoted_printable;
#[cfg(test)]
mod unescape;

use boundary::Boundaries;
use entity::Entity;
use field::Field;
use mailer::{Draft, HeaderText, Mailbox};

const CRLF: &str = "\r\n";

/// Renders a draft as an RFC 5322 message with CRLF line ends.
///
/// The same draft always gives the same bytes. Bcc is not written, an empty subject is left out,
/// and a draft without To and Cc says `To: undisclosed-recipients:;`, which hides the others from
/// those who get it. In a text every CR, LF and CRLF is a line end, and the last line gets one if it
/// has none; attachments stay as they are, to the byte.
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

/// Octets that a header usually fits in: a guess that saves allocations, not a limit.
const HEADER_ROOM: usize = 2048;

/// The fields of RFC 5322 §3.6, in the order that it lists them, and MIME's version.
fn write_header(draft: &Draft, out: &mut String) {
    Field::write("Date", date::in_utc(draft.date), out);
    mailbox::write_list("From", std::slice::from_ref(&draft.from), out);
    mailbox::write_list("Reply-To", &draft.reply_to, out);
    write_recipients(&draft.to, &draft.cc, out);
    Field::write("Message-ID", format!("<{}>", draft.message_id.as_str()), out);
    write_subject(&draft.subject, out);
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
    // Folded before its first word, a subject begins with a space for some readers.
    let begins_here = subject.split(' ').next().is_some_and(|word| word.len() <= field.room());
    if begins_here && field::reads_back(subject) {
        subject.split(' ').for_each(|word| field.word(word));
    } else {
        encoded_word::encode(subject, field.room()).iter().for_each(|word| field.word(word));
    }
    field.end();
}
