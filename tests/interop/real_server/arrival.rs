//! Messages in a mailbox.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::{RealServer, products::Product};
use crate::wait;

/// The time limit of a delivery, which takes some milliseconds, and longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// A message in a mailbox.
pub(super) struct Arrived {
    /// The header fields that the server added at the top.
    on_top: Vec<String>,
    /// The content as sent, with its line ends.
    pub(super) content: Vec<u8>,
}

/// Returns a unique id, because parallel trials share mailboxes. It is valid as a Message-ID and as an
/// address.
pub(super) fn new_id() -> String {
    id_in(&new_group(), 0)
}

/// Returns a prefix for the ids of a group of messages.
pub(super) fn new_group() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("interop.{}.", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Returns the id of one message of a group.
pub(super) fn id_in(group: &str, number: usize) -> String {
    format!("{group}{number}@example.test")
}

impl Arrived {
    /// Returns whether alice sent it to this recipient with this protocol (RFC 3848), as far as the server
    /// records it.
    pub(super) fn came(&self, recipient: &str, protocol: &str) -> bool {
        let [sender, recipient_field, .., received] = self.on_top.as_slice() else { return true };
        let protocol_used = received.split_whitespace().skip_while(|word| *word != "with").nth(1);
        sender.ends_with(": <alice@example.test>\n")
            && recipient_field.ends_with(&format!(": {recipient}\n"))
            && protocol_used.is_some_and(|used| used.eq_ignore_ascii_case(protocol))
    }

    /// Returns the added header fields as text.
    pub(super) fn on_top(&self) -> String {
        self.on_top.concat()
    }
}

impl RealServer {
    /// Waits for the message with this id in the mailbox of this key.
    pub(super) fn await_mail(&self, mailbox: &str, id: &str) -> Arrived {
        let mut mails = self.await_mails(mailbox, id, 1);
        mails.pop().expect("one was waited for")
    }

    /// Waits until this many messages have this id.
    pub(super) fn await_mails(&self, mailbox: &str, id: &str, count: usize) -> Vec<Arrived> {
        let maildir = self.maildir(mailbox);
        let found = wait::until(LIMIT, || Some(find(&maildir, id)).filter(|f| f.len() >= count));
        let found = found.unwrap_or_else(|| panic!("{id} did not arrive {count} times"));
        assert_eq!(found.len(), count, "{id} arrived too often");
        found.iter().map(|mail| without_top(self.product, mail)).collect()
    }

    /// Waits until these messages of a group have arrived, and no others of the group.
    pub(super) fn await_group(&self, mailbox: &str, group: &str, mut wanted: Vec<String>) {
        let arrived = self.await_mails(mailbox, group, wanted.len()).into_iter();
        let arrived = arrived.map(|mail| String::from_utf8(mail.content));
        let mut arrived: Vec<String> = arrived.map(|mail| mail.expect("it was text")).collect();
        arrived.sort();
        wanted.sort();
        assert_eq!(arrived, wanted);
    }

    /// Returns whether a message with this id has arrived.
    pub(super) fn is_there(&self, mailbox: &str, id: &str) -> bool {
        !find(&self.maildir(mailbox), id).is_empty()
    }
}

fn find(maildir: &Path, id: &str) -> Vec<String> {
    let files = fs::read_dir(maildir.join("new")).expect("a maildir");
    // A server moves a message here when it is complete.
    let mails = files.map(|file| fs::read(file.expect("a file").path()).expect("a mail"));
    let texts = mails.map(|mail| String::from_utf8(mail).expect("trials send UTF-8 only"));
    texts.filter(|text| text.contains(id)).collect()
}

fn without_top(product: &Product, mail: &str) -> Arrived {
    let mut rest = mail;
    let mut on_top = Vec::new();
    for name in product.added_fields {
        assert!(rest.starts_with(&format!("{name}: ")), "not {name}: {rest}");
        let (field, below) = rest.split_at(end_of_field(rest));
        on_top.push(field.to_owned());
        rest = below;
    }
    if product.keeps_crlf {
        return Arrived { on_top, content: rest.as_bytes().to_vec() };
    }
    assert!(!rest.contains('\r'), "a CR in the mailbox");
    Arrived { on_top, content: rest.replace('\n', "\r\n").into_bytes() }
}

/// Returns the end of the first header field, after its folded lines (RFC 5322 §2.2.3).
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
