//! A draft against what somebody else's parser reads out of the mail that arrived.

use std::fmt::Debug;

use mailer::{Draft, Mailbox};
use mailer_tests::read_back::{of_draft, of_message};

/// What differs. The mail ends in this many line ends; the last text in it may have gained them.
pub(crate) fn compare(draft: &Draft, last_line_ends: usize, stored: &[u8]) -> Vec<String> {
    let read = differs("what is read", &of_draft(draft), &of_message(stored));
    read.into_iter().chain(form(draft, last_line_ends, stored)).collect()
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

fn differs<T: PartialEq + Debug>(what: &str, given: &T, found: &T) -> Option<String> {
    (given != found).then(|| format!("{what}: {found:?}, and not {given:?}"))
}
