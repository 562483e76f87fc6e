//! A check of what the server stored: the same content from each contender, or what differs.

use std::{fmt, ops::RangeInclusive};

use mailer::{Content, Error, Mail, Outcome};
use similar::TextDiff;

use crate::{
    observation::Observation,
    stored_difference::{StoredDifference, stored_differences},
};

/// The size of the largest content whose lines are compared, in bytes. For a larger one, only the place
/// of the first difference is reported.
const MAX_COMPARED: usize = 512 * 1024;

/// What the server stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxCheck {
    /// The inbox cannot be read, or it is empty.
    Unknown,
    /// The same content from each contender: the given message, if a prepared one was sent.
    Equal {
        /// The size of the content in bytes.
        size: u64,
        /// The number of contenders.
        backends: usize,
        /// The number of mails from all of them.
        mails: usize,
    },
    /// Different contents.
    Differs(Vec<ContentDifference>),
    /// More or fewer mails than were accepted, whatever their content.
    Miscounted(Vec<Miscount>),
}

/// A contender from which the server did not store as many mails as it accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miscount {
    /// The contender's name.
    pub backend: String,
    /// The number of mails that were reported as accepted.
    pub accepted: usize,
    /// The number of mails that were stored.
    pub stored: usize,
}

impl Miscount {
    /// Returns a miscount if this number of stored mails cannot be right. A mail whose outcome is
    /// unknown may be stored or not.
    fn find(observation: &Observation, stored: usize) -> Option<Self> {
        let count = |wanted: fn(Outcome) -> bool| {
            observation.receipts().filter(|receipt| wanted(receipt.outcome)).count()
        };
        let accepted = count(|outcome| matches!(outcome, Outcome::Accepted | Outcome::Partial));
        let possible: RangeInclusive<usize> =
            accepted..=accepted + count(|outcome| outcome == Outcome::Unknown);
        let backend = observation.backend.clone();
        (!possible.contains(&stored)).then_some(Self { backend, accepted, stored })
    }
}

impl fmt::Display for Miscount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, accepted, stored } = self;
        write!(f, "{backend}: {accepted} messages were accepted and {stored} stored")
    }
}

/// How the content from some contenders differs from the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDifference {
    /// The name of the reference: `given` for a prepared message, or the contender whose rendering it is.
    pub reference: String,
    /// The contenders whose mails differ from it, all in the same way.
    pub backends: Vec<String>,
    /// The number of their mails that differ.
    pub mails: usize,
    /// How many bytes longer their content is; negative if it is shorter.
    pub longer: i64,
    /// Whether the only difference is one more line end at the end.
    pub one_more_line_end: bool,
    /// The difference as a unified diff. Line ends are shown only where they are not CRLF.
    pub diff: String,
    /// The places at which they differ, with a reason for each; empty if the content is too large.
    pub places: Vec<StoredDifference>,
}

/// Returns the prepared message that every contender is to send as it is; `None` for a draft.
pub(crate) fn prepared_content(mail: &Mail) -> Result<Option<Vec<u8>>, Error> {
    match mail.content() {
        Content::Message(message) => message.to_vec().map(Some),
        Content::Draft(_) => Ok(None),
    }
}

/// Compares the contents stored from each contender with the given one, or with the first.
pub(crate) fn check(
    given: Option<&[u8]>,
    observations: &[Observation],
    contents: &[Option<Vec<Vec<u8>>>],
) -> InboxCheck {
    let all = || observations.iter().zip(contents);
    let miscounts = all().filter_map(|(observation, contents)| {
        contents.as_ref().and_then(|contents| Miscount::find(observation, contents.len()))
    });
    let miscounts: Vec<Miscount> = miscounts.collect();
    if !miscounts.is_empty() {
        return InboxCheck::Miscounted(miscounts);
    }
    let stored = all().flat_map(|(observation, contents)| {
        let contents = contents.iter().flatten();
        contents.map(|content| (observation.backend.as_str(), content.as_slice()))
    });
    let stored: Vec<(&str, &[u8])> = stored.collect();
    let Some(first) = stored.first().copied() else { return InboxCheck::Unknown };
    let reference = given.map_or(first, |given| ("given", given));
    let differences = differences(reference, &stored);
    if !differences.is_empty() {
        return InboxCheck::Differs(differences);
    }
    let backends = contents.iter().flatten().filter(|contents| !contents.is_empty()).count();
    InboxCheck::Equal { size: reference.1.len() as u64, backends, mails: stored.len() }
}

/// Returns how the contents differ from the reference, those with the same difference together.
fn differences(
    (name, reference): (&str, &[u8]),
    stored: &[(&str, &[u8])],
) -> Vec<ContentDifference> {
    let mut differences: Vec<ContentDifference> = Vec::new();
    for &(backend, content) in stored.iter().filter(|(_, content)| *content != reference) {
        let diff = unified(name, reference, backend, content);
        let same = differences.iter_mut().find(|other| body(&other.diff) == body(&diff));
        if let Some(other) = same {
            other.add(backend);
            continue;
        }
        differences.push(ContentDifference {
            reference: name.into(),
            backends: vec![backend.into()],
            mails: 1,
            longer: length(content) - length(reference),
            one_more_line_end: content.strip_suffix(b"\r\n") == Some(reference),
            diff,
            places: if is_large(reference, content) {
                Vec::new()
            } else {
                stored_differences(reference, content)
            },
        });
    }
    differences
}

fn is_large(one: &[u8], other: &[u8]) -> bool {
    one.len().max(other.len()) > MAX_COMPARED
}

impl ContentDifference {
    /// Adds a mail that differs in the same way.
    fn add(&mut self, backend: &str) {
        self.mails += 1;
        if !self.backends.iter().any(|known| known == backend) {
            self.backends.push(backend.into());
        }
    }
}

fn length(content: &[u8]) -> i64 {
    i64::try_from(content.len()).unwrap_or(i64::MAX)
}

/// Returns a diff without the two lines with names.
fn body(diff: &str) -> &str {
    diff.splitn(3, '\n').nth(2).unwrap_or(diff)
}

fn unified(old_name: &str, old: &[u8], new_name: &str, new: &[u8]) -> String {
    if is_large(old, new) {
        let at = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        return format!("--- {old_name}\n+++ {new_name}\nthe first difference is at byte {at}\n");
    }
    let (old, new) = (readable(old), readable(new));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(2)
        .header(old_name, new_name)
        .to_string()
}

/// Returns the text with LF for CRLF. A single CR or LF is made visible.
fn readable(content: &[u8]) -> String {
    let text = String::from_utf8_lossy(content);
    let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix("\r\n") {
        Some(line) => format!("{}\n", line.replace('\r', "\\r")),
        None => line.replace('\r', "\\r").replace('\n', "\\n\n"),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn checked(given: Option<&str>, contents: &[Option<&str>]) -> InboxCheck {
        let names = ["raw", "lettre", "lettre-connection"];
        let observations: Vec<Observation> =
            names.iter().map(|name| fixtures::observation(name)).collect();
        let contents: Vec<Option<Vec<Vec<u8>>>> = contents
            .iter()
            .map(|content| content.map(|text| vec![text.as_bytes().to_vec()]))
            .collect();
        check(given.map(str::as_bytes), &observations, &contents)
    }

    #[test]
    fn equal_contents_are_reported_with_their_size() {
        let all = [Some("a\r\n"), Some("a\r\n"), None];
        assert_eq!(checked(None, &all), InboxCheck::Equal { size: 3, backends: 2, mails: 2 });
        assert_eq!(
            checked(Some("a\r\n"), &all),
            InboxCheck::Equal { size: 3, backends: 2, mails: 2 }
        );
        assert_eq!(checked(Some("a\r\n"), &[None, None, None]), InboxCheck::Unknown);
    }

    #[test]
    fn contenders_with_the_same_difference_share_an_entry() {
        let InboxCheck::Differs(differences) =
            checked(None, &[Some("a\r\n"), Some("a\r\n\r\n"), Some("a\r\n\r\n")])
        else {
            panic!("they differ")
        };
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].backends, ["lettre", "lettre-connection"]);
        assert_eq!(differences[0].longer, 2);
        assert!(differences[0].one_more_line_end);
        assert_eq!(differences[0].diff, "--- raw\n+++ lettre\n@@ -1 +1,2 @@\n a\n+\n");
    }

    #[test]
    fn each_mail_is_checked() {
        let mut observation = fixtures::two_mails("raw");
        let checked = |observation: &Observation, contents: &[&[u8]]| {
            let contents = contents.iter().map(|content| content.to_vec()).collect();
            check(Some(b"a\r\n"), std::slice::from_ref(observation), &[Some(contents)])
        };
        let (right, wrong) = (b"a\r\n".as_slice(), b"b\r\n".as_slice());
        let equal = InboxCheck::Equal { size: 3, backends: 1, mails: 2 };
        assert_eq!(checked(&observation, &[right, right]), equal);
        let InboxCheck::Differs(differences) = checked(&observation, &[right, wrong]) else {
            panic!("the second differs")
        };
        assert_eq!((differences[0].mails, differences[0].backends.len()), (1, 1));
        let miscount = Miscount { backend: "raw".into(), accepted: 2, stored: 1 };
        assert_eq!(checked(&observation, &[right]), InboxCheck::Miscounted(vec![miscount]));
        // A mail with an unknown outcome may be stored or not.
        observation.further[0].outcome = Outcome::Unknown;
        assert!(matches!(checked(&observation, &[right]), InboxCheck::Equal { mails: 1, .. }));
    }

    #[test]
    fn a_changed_line_end_is_visible() {
        let InboxCheck::Differs(differences) = checked(Some("a\r\nb\r\n"), &[Some("a\nb\r\n")])
        else {
            panic!("they differ")
        };
        assert!(differences[0].diff.contains("-a\n+a\\n\n"), "{}", differences[0].diff);
    }
}
