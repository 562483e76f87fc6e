//! Drafts that lettre renders and sends, parsed again by mail-parser.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod common;

use std::time::{Duration, UNIX_EPOCH};

use common::{settings_for, start};
use mail_parser::{Address, MessageParser, MimeHeaders};
use mailer::{Attachment, Draft, HeaderText, Mail, Mailbox, Mailer, Outcome};
use mailer_lettre::LettreMailer;
use mailer_server::Config;

fn draft() -> Draft {
    let date = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut draft =
        Draft::new(mailbox("Ann <ann@example.com>"), date, "1.2@example.com".parse().unwrap());
    draft.to = vec![mailbox("bob@example.com")];
    draft
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

fn header(text: &str) -> HeaderText {
    HeaderText::new(text).unwrap()
}

fn attachment(name: &str, media_type: &str, content: &[u8]) -> Attachment {
    let (name, media_type) = (header(name), media_type.parse().unwrap());
    Attachment::new(name, media_type, content)
}

/// Sends the draft and returns the content and the recipients that arrive.
fn sent(draft: Draft) -> (Vec<u8>, Vec<String>) {
    let server = start(Config::plain());
    let mut mailer = LettreMailer::new(&settings_for(&server)).unwrap();
    let receipt = mailer.send(&Mail::from_draft(draft).unwrap());
    assert_eq!(receipt.outcome, Outcome::Accepted, "{receipt:?}");
    let mail = server.take_mails().remove(0);
    (mail.content.to_vec(), mail.recipients)
}

fn names(address: Option<&Address<'_>>) -> Vec<(Option<String>, String)> {
    let addresses = address.into_iter().flat_map(Address::iter);
    let pair =
        |a: &mail_parser::Addr<'_>| (a.name().map(str::to_owned), a.address().unwrap().to_owned());
    addresses.map(pair).collect()
}

fn pairs(mailboxes: &[Mailbox]) -> Vec<(Option<String>, String)> {
    let pair = |m: &Mailbox| (m.name.as_ref().map(HeaderText::to_string), m.address.to_string());
    mailboxes.iter().map(pair).collect()
}

#[test]
fn every_header_field_has_the_value_of_the_draft() {
    let mut draft = draft();
    draft.from = mailbox("\"Ann, of (Example)\" <ann@example.com>");
    draft.to = vec![mailbox("Jörg Müller <j@example.com>"), mailbox("bob@example.com")];
    draft.cc =
        vec![mailbox("\"O\\\"Neil \\\\ Sons\" <o@example.com>"), mailbox("東京 <t@example.com>")];
    draft.bcc = vec![mailbox("Eve <eve@example.com>")];
    draft.reply_to = vec![mailbox("a@example.com"), mailbox("Two Words <b@example.com>")];
    draft.subject =
        header("Grüße aus Köln, mit einem Betreff, der länger ist als eine Zeile sein darf 🎉");
    draft.text = Some("Hello.".into());
    let (bytes, recipients) = sent(draft.clone());
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(names(mail.from()), pairs(&[draft.from]));
    assert_eq!(names(mail.to()), pairs(&draft.to));
    assert_eq!(names(mail.cc()), pairs(&draft.cc));
    assert_eq!(names(mail.reply_to()), pairs(&draft.reply_to));
    assert_eq!(mail.subject(), Some(draft.subject.as_str()));
    assert_eq!(mail.message_id(), Some("1.2@example.com"));
    assert_eq!(mail.date().unwrap().to_timestamp(), 1_700_000_000);
    assert!(mail.bcc().is_none() && !String::from_utf8_lossy(&bytes).contains("eve@"));
    let wanted = ["j@", "bob@", "o@", "t@", "eve@"].map(|name| format!("{name}example.com"));
    assert_eq!(recipients, wanted);
}

#[test]
fn bodies_and_files_arrive_unchanged() {
    let mut draft = draft();
    draft.subject = header("files");
    draft.text = Some("Plain ünd simple\n.\nwith a dot".into());
    draft.html = Some("<p>HTML ünd more</p>".into());
    draft.attachments = vec![
        attachment("räksmörgås, \"the\" menu.txt", "text/plain", b"bare\nline\rends\r\n.\n\0"),
        attachment("all.bin", "application/octet-stream", &(0..=255).collect::<Vec<u8>>()),
    ];
    let (bytes, _) = sent(draft.clone());
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.body_text(0).unwrap().trim_end(), "Plain ünd simple\r\n.\r\nwith a dot");
    assert_eq!(mail.body_html(0).unwrap().trim_end(), "<p>HTML ünd more</p>");
    let files: Vec<_> = mail.attachments().collect();
    assert_eq!(files.len(), 2);
    for (file, given) in files.iter().zip(&draft.attachments) {
        assert_eq!(file.attachment_name(), Some(given.name.as_str()));
        assert_eq!(file.contents(), &*given.content);
        let kind = file.content_type().unwrap();
        let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap());
        assert_eq!(kind, given.media_type.as_str());
    }
}

#[test]
fn text_that_looks_like_an_encoded_word_arrives_unchanged() {
    for text in ["=?utf-8?q?x?=", "Re: =?utf-8?b?eA==?= and \u{e9}", &"=?utf-8?q?x?= ".repeat(20)] {
        let mut draft = draft();
        draft.subject = header(text);
        draft.attachments = vec![attachment(text, "text/plain", b"a")];
        let (bytes, _) = sent(draft);
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(mail.subject().map(str::trim_end), Some(text.trim_end()));
        assert_eq!(mail.attachment(0).unwrap().attachment_name(), Some(text));
        let longest = bytes.split(|byte| *byte == b'\n').map(<[u8]>::len).max().unwrap();
        assert!(longest <= 79, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_file_with_a_composite_type_is_sent_with_a_binary_type() {
    for media_type in ["message/rfc822", "Message/Global", "multipart/related"] {
        let inner = b"Subject: inner\r\n\r\ncaf\xc3\xa9\r\n";
        let mut draft = draft();
        draft.attachments = vec![attachment("a.eml", media_type, inner)];
        let (bytes, _) = sent(draft);
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let file = mail.attachment(0).unwrap();
        assert_eq!(file.contents(), inner);
        assert_eq!(file.content_type().unwrap().subtype(), Some("octet-stream"));
    }
}

#[test]
fn line_ends_of_any_kind_in_a_text_become_crlf() {
    for text in ["a\nb\rc\r\nd", "a\r\r\nb", "\n", "nul \0 inside\rand out", ""] {
        let mut draft = draft();
        draft.text = Some(text.to_owned());
        let (bytes, _) = sent(draft);
        let without = String::from_utf8(bytes).unwrap().replace("\r\n", "");
        assert!(!without.contains(['\r', '\n', '\0']), "{text:?}: {without:?}");
    }
}

#[test]
fn a_draft_arrives_with_one_more_line_end() {
    for (text, ends) in
        [("one line", "\r\n\r\none line\r\n"), ("one line\n", "\r\n\r\none line\r\n\r\n")]
    {
        let mut draft = draft();
        draft.text = Some(text.to_owned());
        let (bytes, _) = sent(draft);
        assert!(bytes.ends_with(format!("{ends}\r\n").as_bytes()), "{bytes:?}");
    }
}

#[test]
fn parts_are_nested_as_rfc_2046_describes() {
    let tree = |text: Option<&str>, html: Option<&str>, files: usize| {
        let mut draft = draft();
        (draft.text, draft.html) = (text.map(str::to_owned), html.map(str::to_owned));
        draft.attachments = vec![attachment("a.txt", "text/plain", b"a"); files];
        let (bytes, _) = sent(draft);
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let kinds = mail.parts.iter().filter_map(|part| part.content_type()?.subtype());
        kinds.map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tree(Some("t"), None, 0), "plain");
    assert_eq!(tree(None, Some("h"), 0), "html");
    assert_eq!(tree(None, None, 0), "plain");
    assert_eq!(tree(Some("t"), Some("h"), 0), "alternative plain html");
    assert_eq!(tree(Some("t"), None, 1), "mixed plain plain");
    assert_eq!(tree(Some("t"), Some("h"), 1), "mixed alternative plain html plain");
}
