//! Messages that several tests send.

#![allow(clippy::missing_panics_doc, reason = "a test that cannot go on may panic")]

use std::time::{Duration, SystemTime};

use mailer::{
    Attachment, Draft, Envelope, HeaderText, InlineFile, Mail, Mailbox, MediaType, Message,
};

/// Returns an envelope from `alice@example.test` to these recipients.
#[must_use]
pub fn envelope(recipients: &[&str]) -> Envelope {
    envelope_from("alice@example.test", recipients)
}

fn envelope_from(sender: &str, recipients: &[&str]) -> Envelope {
    let recipients = recipients.iter().map(|to| to.parse().expect("an address")).collect();
    let sender = sender.parse().expect("an address");
    Envelope::new(Some(sender), recipients).expect("there are recipients")
}

/// Returns a prepared message from this sender to these recipients.
#[must_use]
pub fn prepared_from(sender: &str, recipients: &[&str], content: impl Into<Vec<u8>>) -> Mail {
    let envelope = envelope_from(sender, recipients);
    Mail::new(envelope, Message::from_bytes(content).expect("a message"))
}

/// Returns a prepared message to these recipients.
#[must_use]
pub fn prepared(recipients: &[&str], content: impl Into<Vec<u8>>) -> Mail {
    Mail::new(envelope(recipients), Message::from_bytes(content).expect("a message"))
}

/// Returns a small prepared message to these recipients.
#[must_use]
pub fn small(recipients: &[&str]) -> Mail {
    prepared(recipients, "Subject: small\r\n\r\nA line.\r\n")
}

/// A message with lines that begin with dots, to test dot-stuffing.
pub const DOTS: &str = ".first\r\nSubject: dots\r\n\r\n.\r\n..\r\n. \r\n.x\r\nlast\r\n";

/// Returns a draft that uses every field, in several scripts.
#[must_use]
pub fn rich_draft(recipients: &[&str]) -> Draft {
    let mailbox = |text: &str| text.parse::<Mailbox>().expect("a mailbox");
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let message_id = "rich.1@example.test".parse().expect("a Message-ID");
    let mut draft = Draft::new(mailbox("Älice \"A.\" 例 <alice@example.test>"), date, message_id);
    draft.to = recipients.iter().map(|to| mailbox(&format!("Bøb, of Example <{to}>"))).collect();
    draft.reply_to = vec![mailbox("Replies <replies@example.test>")];
    draft.subject =
        HeaderText::new("Grüße aus 東京 🚀, und mehr als eine Zeile lang, damit gefaltet wird")
            .expect("a subject");
    draft.text = Some("Hällo,\n\n.a dot\n..two\nthe end".into());
    draft.html = Some("<p>H\u{e4}llo, <b>東京</b> <img src=\"cid:logo\"></p>\n".into());
    let url = format!("<https://example.test/leave?{}>", "x".repeat(120));
    draft.headers = ["X-Tag: first", "X-Tag: zweites \u{fc}", "X-Like: =?utf-8?q?encoded?="]
        .into_iter()
        .chain([&*format!("X-Unsubscribe: <mailto:leave@example.test>, {url}")])
        .map(|field| field.parse().expect("a field"))
        .collect();
    let logo = attachment("l\u{f6}go.png", "image/png", b"\x89PNG\r\n\x1a\n");
    draft.inline_files = vec![InlineFile::new("logo".parse().expect("a Content-ID"), logo)];
    draft.attachments = vec![
        attachment("Übersicht 2026.txt", "text/plain", "ümläut\n".as_bytes()),
        attachment("data.bin", "application/octet-stream", &(0..=255).collect::<Vec<u8>>()),
    ];
    draft
}

fn attachment(name: &str, media_type: &str, content: &[u8]) -> Attachment {
    let media_type = media_type.parse::<MediaType>().expect("a media type");
    Attachment::new(HeaderText::new(name).expect("a name"), media_type, content)
}
