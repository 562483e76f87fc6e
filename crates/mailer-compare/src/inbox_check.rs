//! What the server stored: the same, or what differs.

use std::{fmt, ops::RangeInclusive};

use mailer::{Content, Error, Mail, Outcome};
use similar::TextDiff;

use crate::observation::Observation;

/// Octets of a mail, at most, whose lines are compared; of a larger one only the place of the first
/// difference is told.
const MAX_COMPARED: usize = 512 * 1024;

/// What the server stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxCheck {
    /// Nobody can know, or nothing was.
    Unknown,
    /// The same from each: what was given, if that was a finished message.
    Equal {
        /// How many octets each mail has.
        octets: u64,
        /// From how many backends.
        backends: usize,
        /// How many mails, of all of them together.
        mails: usize,
    },
    /// Not the same.
    Differs(Vec<ContentDifference>),
    /// Not as many as were accepted, whatever is in them.
    Miscounted(Vec<Miscount>),
}

/// A backend that the server has not stored as many mails from as it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miscount {
    /// Which.
    pub backend: String,
    /// How many it said were accepted.
    pub accepted: usize,
    /// How many were stored.
    pub stored: usize,
}

impl Miscount {
    /// Those whose outcome is unknown may have been stored or not.
    fn of(observation: &Observation, stored: usize) -> Option<Self> {
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
        write!(f, "{backend}: {accepted} mails were accepted and {stored} stored")
    }
}

/// How what was stored from some backends differs from what it is measured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDifference {
    /// What it is measured by: the message that was given, or another backend's rendering.
    pub reference: String,
    /// Whose mails differ from it, all in the same way.
    pub backends: Vec<String>,
    /// How many mails of theirs do.
    pub mails: usize,
    /// How many octets longer theirs is.
    pub longer: i64,
    /// Whether the only difference is one more line end behind the last.
    pub one_more_line_end: bool,
    /// The difference as a unified diff, line ends shown only where they are not CRLF.
    pub diff: String,
}

/// The finished message that every backend is to send as it is; `None` for a draft.
pub(super) fn given(mail: &Mail) -> Result<Option<Vec<u8>>, Error> {
    match mail.content() {
        Content::Message(message) => message.to_vec().map(Some),
        Content::Draft(_) => Ok(None),
    }
}

/// Compares what was stored from each observation with what was given, or with the first.
pub(super) fn judge(
    given: Option<&[u8]>,
    observations: &[Observation],
    contents: &[Option<Vec<Vec<u8>>>],
) -> InboxCheck {
    let all = || observations.iter().zip(contents);
    let miscounts = all().filter_map(|(observation, contents)| {
        contents.as_ref().and_then(|contents| Miscount::of(observation, contents.len()))
    });
    let miscounts: Vec<Miscount> = miscounts.collect();
    if !miscounts.is_empty() {
        return InboxCheck::Miscounted(miscounts);
    }
    let known = all().flat_map(|(observation, contents)| {
        let contents = contents.iter().flatten();
        contents.map(|content| (observation.backend.as_str(), content.as_slice()))
    });
    let known: Vec<(&str, &[u8])> = known.collect();
    let Some(first) = known.first().copied() else { return InboxCheck::Unknown };
    let (name, reference) = given.map_or(first, |given| ("given", given));
    let mut differences: Vec<ContentDifference> = Vec::new();
    for &(backend, content) in known.iter().filter(|(_, content)| *content != reference) {
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
        });
    }
    if !differences.is_empty() {
        return InboxCheck::Differs(differences);
    }
    let backends = contents.iter().flatten().filter(|contents| !contents.is_empty()).count();
    InboxCheck::Equal { octets: reference.len() as u64, backends, mails: known.len() }
}

impl ContentDifference {
    /// One more mail that differs like this.
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

/// A diff without its two lines of names.
fn body(diff: &str) -> &str {
    diff.splitn(3, '\n').nth(2).unwrap_or(diff)
}

fn unified(old_name: &str, old: &[u8], new_name: &str, new: &[u8]) -> String {
    if old.len().max(new.len()) > MAX_COMPARED {
        let at = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        return format!("--- {old_name}\n+++ {new_name}\nthe first difference is at octet {at}\n");
    }
    let (old, new) = (readable(old), readable(new));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(2)
        .header(old_name, new_name)
        .to_string()
}

/// Lines of text without the CR that belongs to each; one that stands elsewhere stays to be seen.
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

    fn judged(given: Option<&str>, contents: &[Option<&str>]) -> InboxCheck {
        let names = ["raw", "lettre", "lettre-connection"];
        let observations: Vec<Observation> =
            names.iter().map(|name| fixtures::observation(name)).collect();
        let contents: Vec<Option<Vec<Vec<u8>>>> = contents
            .iter()
            .map(|content| content.map(|text| vec![text.as_bytes().to_vec()]))
            .collect();
        judge(given.map(str::as_bytes), &observations, &contents)
    }

    #[test]
    fn the_same_is_said_to_be_so() {
        let all = [Some("a\r\n"), Some("a\r\n"), None];
        assert_eq!(judged(None, &all), InboxCheck::Equal { octets: 3, backends: 2, mails: 2 });
        assert_eq!(
            judged(Some("a\r\n"), &all),
            InboxCheck::Equal { octets: 3, backends: 2, mails: 2 }
        );
        assert_eq!(judged(Some("a\r\n"), &[None, None, None]), InboxCheck::Unknown);
    }

    #[test]
    fn those_that_differ_alike_are_told_together() {
        let InboxCheck::Differs(differences) =
            judged(None, &[Some("a\r\n"), Some("a\r\n\r\n"), Some("a\r\n\r\n")])
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
    fn every_mail_counts() {
        let mut observation = fixtures::two_mails("raw");
        let judged = |observation: &Observation, contents: &[&[u8]]| {
            let contents = contents.iter().map(|content| content.to_vec()).collect();
            judge(Some(b"a\r\n"), std::slice::from_ref(observation), &[Some(contents)])
        };
        let (right, wrong) = (b"a\r\n".as_slice(), b"b\r\n".as_slice());
        let equal = InboxCheck::Equal { octets: 3, backends: 1, mails: 2 };
        assert_eq!(judged(&observation, &[right, right]), equal);
        let InboxCheck::Differs(differences) = judged(&observation, &[right, wrong]) else {
            panic!("the second differs")
        };
        assert_eq!((differences[0].mails, differences[0].backends.len()), (1, 1));
        let miscount = Miscount { backend: "raw".into(), accepted: 2, stored: 1 };
        assert_eq!(judged(&observation, &[right]), InboxCheck::Miscounted(vec![miscount]));
        // Nobody knows whether it came.
        observation.further[0].outcome = Outcome::Unknown;
        assert!(matches!(judged(&observation, &[right]), InboxCheck::Equal { mails: 1, .. }));
    }

    #[test]
    fn a_line_end_that_changed_is_seen() {
        let InboxCheck::Differs(differences) = judged(Some("a\r\nb\r\n"), &[Some("a\nb\r\n")])
        else {
            panic!("they differ")
        };
        assert!(differences[0].diff.contains("-a\n+a\\n\n"), "{}", differences[0].diff);
    }
}
