//! Makes drafts, renders them, and compares what a parser reads from them.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use mail_parser::{Address, MessageParser, MimeHeaders};
use mailer::{Attachment, Draft, HeaderText, Mailbox, MediaType};
use mailer_raw::render;

pub(crate) fn header_text(text: impl Into<String>) -> HeaderText {
    HeaderText::new(text).unwrap()
}

pub(crate) fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox::new(header_text(name), address.parse().unwrap())
}

pub(crate) fn attachment(
    name: &str,
    media_type: &str,
    content: impl Into<Arc<[u8]>>,
) -> Attachment {
    let media_type = media_type.parse::<MediaType>().unwrap();
    Attachment::new(header_text(name), media_type, content)
}

pub(crate) fn draft() -> Draft {
    let from = mailbox("Ann", "ann@example.com");
    let date = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut draft = Draft::new(from, date, "1.2@mail.example.com".parse().unwrap());
    draft.to = vec!["bob@example.com".parse().unwrap()];
    draft
}

/// Returns the draft after this change.
pub(crate) fn draft_with(change: impl FnOnce(&mut Draft)) -> Draft {
    let mut draft = draft();
    change(&mut draft);
    draft
}

/// A display name and an address.
pub(crate) type Named = (Option<String>, String);

/// The values that a parser reads from a message, owned, so that tests can compare them.
#[derive(Debug)]
pub(crate) struct ReadBack {
    pub(crate) subject: Option<String>,
    pub(crate) from: Vec<Named>,
    pub(crate) to: Vec<Named>,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) files: Vec<(Option<String>, String, Vec<u8>)>,
}

pub(crate) fn mailboxes(address: Option<&Address>) -> Vec<Named> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    address
        .into_iter()
        .flat_map(Address::iter)
        .map(|one| (owned(one.name()), one.address().unwrap_or_default().to_owned()))
        .collect()
}

pub(crate) fn read_back(draft: &Draft) -> ReadBack {
    let bytes = render(draft);
    check_form(&bytes);
    let message = MessageParser::default().parse(&bytes).unwrap();
    let part_of = |subtype: &str| {
        message
            .parts
            .iter()
            .filter(|part| part.content_disposition().is_none())
            .find(|part| part.content_type().and_then(|kind| kind.subtype()) == Some(subtype))
            .and_then(|part| part.text_contents().map(str::to_owned))
    };
    let files = message.attachments().filter(|part| part.content_disposition().is_some());
    ReadBack {
        subject: message.subject().map(str::to_owned),
        from: mailboxes(message.from()),
        to: mailboxes(message.to()),
        text: part_of("plain"),
        html: part_of("html"),
        files: files
            .map(|part| {
                let kind = part.content_type().unwrap();
                let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap());
                let name = part.attachment_name().map(str::to_owned);
                (name, kind, part.contents().to_vec())
            })
            .collect(),
    }
}

/// Checks that a message is in ASCII, with CRLF only and no line longer than 78 bytes. In the header no line
/// is longer than 76 bytes or has only white space.
fn check_form(bytes: &[u8]) {
    assert!(bytes.is_ascii());
    let text = std::str::from_utf8(bytes).unwrap();
    let (header, _) = text.split_once("\r\n\r\n").expect("a header ends in an empty line");
    let text = text.strip_suffix("\r\n").expect("the last line ends in CRLF");
    for line in header.split("\r\n") {
        assert!(!line.trim().is_empty(), "{header}");
        assert!(line.len() <= 76, "{line:?}");
    }
    for line in text.split("\r\n") {
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        assert!(line.len() <= 78, "{line:?}");
    }
}

fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .lines()
        .map(|line| format!("{line}\r\n"))
        .collect()
}

#[track_caller]
pub(crate) fn subject_survives(subject: &str) {
    let draft = draft_with(|it| it.subject = header_text(subject));
    assert_eq!(read_back(&draft).subject.unwrap_or_default(), subject);
}

#[track_caller]
pub(crate) fn names_survive(name: &str) {
    let twice = vec![mailbox(name, "a@example.com"), mailbox(name, "b@example.com")];
    let draft = draft_with(|it| {
        it.from = mailbox(name, "c@example.com");
        it.to = twice;
    });
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    let read = read_back(&draft);
    assert_eq!(read.from, [(name.clone(), "c@example.com".into())]);
    assert_eq!(read.to, [(name.clone(), "a@example.com".into()), (name, "b@example.com".into())]);
}

#[track_caller]
pub(crate) fn text_survives(text: &str) {
    let wanted = with_crlf(text);
    let plain = draft_with(|it| it.text = Some(text.into()));
    assert_eq!(read_back(&plain).text.as_ref(), Some(&wanted), "the only part");
    let html = draft_with(|it| it.html = Some(text.into()));
    assert_eq!(read_back(&html).html.as_ref(), Some(&wanted), "as HTML");
    let both = draft_with(|it| {
        it.text = Some(text.into());
        it.html = Some(text.into());
        it.attachments = vec![attachment("a", "text/plain", text.as_bytes())];
    });
    let read = read_back(&both);
    assert_eq!(read.text.as_ref(), Some(&wanted), "with other parts");
    assert_eq!(read.html.as_ref(), Some(&wanted), "with other parts");
    assert_eq!(read.files[0].2, text.as_bytes());
}

#[track_caller]
pub(crate) fn file_name_survives(name: &str) {
    let attachments = vec![attachment(name, "image/png", *b"x")];
    let draft = draft_with(|it| it.attachments = attachments);
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    assert_eq!(read_back(&draft).files, [(name, "image/png".into(), b"x".to_vec())]);
}
