//! What arrived in a mailbox.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::wait;

/// Delivery takes Postfix some milliseconds, and longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// What Postfix puts on top of each mail that it delivers, in this order.
const PUT_ON_TOP: [&str; 4] = ["Return-Path", "X-Original-To", "Delivered-To", "Received"];

/// A mail in a mailbox.
pub(super) struct Arrived {
    /// The header fields that Postfix put on top: the envelope, and how the mail came.
    pub(super) on_top: String,
    /// What was sent, line ends as on the wire.
    pub(super) content: Vec<u8>,
}

/// What no other mail to this Postfix has: trials run side by side, and share mailboxes. Good for a
/// Message-ID, and for an address.
pub(super) fn new_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("interop.{}@example.test", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Waits for the mail with this id.
pub(super) fn await_mail(maildir: &Path, id: &str) -> Arrived {
    let mut mails = await_mails(maildir, id, 1);
    mails.pop().expect("one was waited for")
}

/// Waits until that many mails have this id.
pub(super) fn await_mails(maildir: &Path, id: &str, count: usize) -> Vec<Arrived> {
    let found = wait::until(LIMIT, || Some(find(maildir, id)).filter(|f| f.len() >= count));
    let found = found.unwrap_or_else(|| panic!("{id} did not arrive {count} times"));
    assert_eq!(found.len(), count, "{id} arrived too often");
    found.iter().map(|mail| without_top(mail)).collect()
}

/// Whether a mail with this id is there by now.
pub(super) fn is_there(maildir: &Path, id: &str) -> bool {
    !find(maildir, id).is_empty()
}

fn find(maildir: &Path, id: &str) -> Vec<String> {
    let files = fs::read_dir(maildir.join("new")).expect("a maildir");
    // Postfix moves a mail here when it is whole.
    let mails = files.map(|file| fs::read(file.expect("a file").path()).expect("a mail"));
    let texts = mails.map(|mail| String::from_utf8(mail).expect("trials send UTF-8 only"));
    texts.filter(|text| text.contains(id)).collect()
}

fn without_top(mail: &str) -> Arrived {
    let mut rest = mail;
    for name in PUT_ON_TOP {
        assert!(rest.starts_with(&format!("{name}: ")), "not {name}: {rest}");
        let end = end_of_field(rest);
        rest = rest.split_at(end).1;
    }
    let on_top = mail.strip_suffix(rest).expect("the rest is the end of it").to_owned();
    // Postfix keeps LF where CRLF was sent.
    assert!(!rest.contains('\r'), "a CR in the mailbox");
    Arrived { on_top, content: rest.replace('\n', "\r\n").into_bytes() }
}

/// Where the header field ends that the text begins with: behind its last line, folded ones included
/// (RFC 5322 §2.2.3).
fn end_of_field(text: &str) -> usize {
    let mut end = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index > 0 && !line.starts_with([' ', '\t']) {
            break;
        }
        end += line.len();
    }
    end
}
