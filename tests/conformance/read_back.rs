//! Compares a draft with what a third-party parser reads from the stored message.

use std::fmt::Debug;

use mailer::{Draft, Mailbox};
use mailer_tests::read_back::{from_draft, from_message};

/// Returns what differs. The message ends with this many line ends, which may belong to its last text.
pub(crate) fn compare(draft: &Draft, last_line_ends: usize, stored: &[u8]) -> Vec<String> {
    let read = differs("the parsed message", &from_draft(draft), &from_message(stored));
    read.into_iter().chain(form(draft, last_line_ends, stored)).collect()
}

/// Checks that the message is ASCII, its lines are within RFC 5322's limit, and Bcc is hidden.
fn form(draft: &Draft, last_line_ends: usize, stored: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stored);
    let longest = text.split("\r\n").map(str::len).max().unwrap_or_default();
    let line_ends = (text.len() - text.trim_end_matches("\r\n").len()) / 2;
    let is_visible = |hidden: &&Mailbox| text.contains(hidden.address.as_str());
    let found = [
        differs("only ASCII", &true, &text.is_ascii()),
        differs("lines of at most 998 bytes", &true, &(longest <= 998)),
        differs("line ends at the end", &last_line_ends, &line_ends),
        differs("a visible Bcc", &None, &draft.bcc.iter().find(is_visible)),
    ];
    found.into_iter().flatten().collect()
}

fn differs<T: PartialEq + Debug>(what: &str, given: &T, found: &T) -> Option<String> {
    (given != found).then(|| format!("{what}: {found:?}, not {given:?}"))
}
