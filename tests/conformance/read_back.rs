//! A draft against what somebody else's parser reads out of the mail that arrived.

use std::{fmt::Debug, time::SystemTime};

use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders};
use mailer::{Draft, HeaderText, Mailbox};

/// What differs. The mail ends in this many line ends; the last text in it may have gained them.
pub(crate) fn compare(draft: &Draft, last_line_ends: usize, stored: &[u8]) -> Vec<String> {
    let Some(mail) = MessageParser::default().parse(stored) else {
        return vec!["it cannot be read".to_owned()];
    };
    let headers = headers(draft, &mail).into_iter();
    let content = bodies(draft, &mail).into_iter().chain(files(draft, &mail));
    headers.chain(content).chain(form(draft, last_line_ends, stored)).collect()
}

fn headers(draft: &Draft, mail: &Message<'_>) -> Vec<String> {
    let since = draft.date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let date = i64::try_from(since.as_secs()).ok();
    let found = [
        differs("From", &pairs(std::slice::from_ref(&draft.from)), &names(mail.from())),
        differs("To", &pairs(&draft.to), &names(mail.to())),
        differs("Cc", &pairs(&draft.cc), &names(mail.cc())),
        differs("Bcc", &Vec::new(), &names(mail.bcc())),
        differs("Reply-To", &pairs(&draft.reply_to), &names(mail.reply_to())),
        differs("Subject", &Some(draft.subject.as_str()), &mail.subject()),
        differs("Message-ID", &Some(draft.message_id.as_str()), &mail.message_id()),
        differs("Date", &date, &mail.date().map(mail_parser::DateTime::to_timestamp)),
    ];
    found.into_iter().flatten().collect()
}

/// Texts are the same but for the kind of their line ends, and for those at their end.
fn bodies(draft: &Draft, mail: &Message<'_>) -> Vec<String> {
    let part_of = |subtype: &str| {
        let is_it = |part: &&MessagePart<'_>| {
            part.content_disposition().is_none()
                && part.content_type().and_then(|kind| kind.subtype()) == Some(subtype)
        };
        mail.parts.iter().find(is_it).and_then(|part| part.text_contents()).map(lines)
    };
    let text = differs("the text", &draft.text.as_deref().map(lines), &part_of("plain"));
    let html = differs("the HTML", &draft.html.as_deref().map(lines), &part_of("html"));
    text.into_iter().chain(html).collect()
}

/// Files are the same, octet for octet.
fn files(draft: &Draft, mail: &Message<'_>) -> Vec<String> {
    let given: Vec<_> = draft
        .attachments
        .iter()
        .map(|file| (file.name.to_string(), file.media_type.to_string(), file.content.to_vec()))
        .collect();
    let disposed = mail.attachments().filter(|part| part.content_disposition().is_some());
    differs("the files", &given, &disposed.map(file).collect()).into_iter().collect()
}

/// Its name, its media type and its octets.
fn file(part: &MessagePart<'_>) -> (String, String, Vec<u8>) {
    let name = part.attachment_name().unwrap_or_default().to_owned();
    let media_type = part.content_type().map(|kind| {
        let subtype = kind.subtype().unwrap_or_default();
        format!("{}/{subtype}", kind.ctype())
    });
    (name, media_type.unwrap_or_default(), part.contents().to_vec())
}

/// Seven bits, lines within RFC 5322's limit, the line ends at the end, and nobody told of Bcc.
fn form(draft: &Draft, last_line_ends: usize, stored: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stored);
    let longest = text.split("\r\n").map(str::len).max().unwrap_or_default();
    let line_ends = (text.len() - text.trim_end_matches("\r\n").len()) / 2;
    let told = |hidden: &&Mailbox| text.contains(hidden.address.as_str());
    let found = [
        differs("only ASCII", &true, &text.is_ascii()),
        differs("lines of at most 998 octets", &true, &(longest <= 998)),
        differs("line ends at the end", &last_line_ends, &line_ends),
        differs("Bcc is told", &None, &draft.bcc.iter().find(told)),
    ];
    found.into_iter().flatten().collect()
}

fn names(address: Option<&Address<'_>>) -> Vec<(Option<String>, String)> {
    let addresses = address.into_iter().flat_map(Address::iter);
    let owned = |text: Option<&str>| text.map(str::to_owned);
    addresses.map(|one| (owned(one.name()), owned(one.address()).unwrap_or_default())).collect()
}

fn pairs(mailboxes: &[Mailbox]) -> Vec<(Option<String>, String)> {
    let pair = |m: &Mailbox| (m.name.as_ref().map(HeaderText::to_string), m.address.to_string());
    mailboxes.iter().map(pair).collect()
}

fn lines(text: &str) -> Vec<String> {
    text.trim_end_matches(['\r', '\n']).lines().map(str::to_owned).collect()
}

fn differs<T: PartialEq + Debug>(what: &str, given: &T, found: &T) -> Option<String> {
    (given != found).then(|| format!("{what}: {found:?}, and not {given:?}"))
}
