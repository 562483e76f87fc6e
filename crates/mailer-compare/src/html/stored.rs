//! What the server stored: where the versions of the contenders differ, and why.

use mailer::escape_lines;

use crate::{
    comparison::Comparison,
    difference_reason::DifferenceReason,
    inbox_check::{ContentDifference, InboxCheck},
    known_cause::Symptom,
    stored_difference::StoredDifference,
    text::{difference_sentence, stored_sentences},
};

/// What the server stored.
pub(super) struct Stored {
    /// What it stored, where nothing differs.
    pub(super) sentences: Vec<String>,
    pub(super) versions: Vec<StoredVersion>,
}

/// A version that differs from the reference.
pub(super) struct StoredVersion {
    pub(super) sentence: String,
    /// The names of the two columns.
    pub(super) reference: String,
    pub(super) other: String,
    pub(super) places: Vec<Place>,
    /// The whole difference as a unified diff.
    pub(super) diff: String,
}

/// A place at which two versions differ.
pub(super) struct Place {
    pub(super) place: String,
    pub(super) reference: String,
    pub(super) other: String,
    pub(super) reason: &'static str,
    pub(super) source: &'static str,
    /// What is known of the contender, if that explains it.
    pub(super) known: String,
}

impl Stored {
    pub(super) fn new(comparison: &Comparison) -> Self {
        match &comparison.inbox {
            InboxCheck::Differs(differences) => {
                let versions = alike(differences).into_iter();
                let version = |(difference, backends): (&ContentDifference, Vec<String>)| {
                    StoredVersion::new(comparison, difference, &backends)
                };
                Self { sentences: Vec::new(), versions: versions.map(version).collect() }
            }
            inbox => Self { sentences: stored_sentences(inbox), versions: Vec::new() },
        }
    }
}

/// The differences, and the contenders of each. Two that differ from the reference at the same places for the same
/// reasons are one: only what a client chooses at random is not the same in them.
fn alike(differences: &[ContentDifference]) -> Vec<(&ContentDifference, Vec<String>)> {
    let mut all: Vec<(&ContentDifference, Vec<String>)> = Vec::new();
    for difference in differences {
        let same = all.iter_mut().find(|(other, _)| {
            !other.places.is_empty() && key(other) == key(difference) && !says_more(difference)
        });
        match same {
            Some((_, backends)) => backends.extend(difference.backends.iter().cloned()),
            None => all.push((difference, difference.backends.clone())),
        }
    }
    all
}

fn key(difference: &ContentDifference) -> (i64, Vec<(&str, DifferenceReason)>) {
    let places = difference.places.iter().map(|it| (it.place.as_str(), it.reason));
    (difference.longer, places.collect())
}

/// Whether a reader sees another text at some place, which may differ from contender to contender.
fn says_more(difference: &ContentDifference) -> bool {
    let is_said = |reason| matches!(reason, DifferenceReason::Content | DifferenceReason::Value);
    difference.places.iter().any(|it| is_said(it.reason))
}

impl StoredVersion {
    fn new(comparison: &Comparison, difference: &ContentDifference, backends: &[String]) -> Self {
        let reference = match difference.reference.as_str() {
            "given" => "the given message".to_owned(),
            backend => backend.to_owned(),
        };
        let backend = backends.first().map_or("", String::as_str);
        let place = |it: &StoredDifference| Place {
            place: it.place.clone(),
            reference: escape_lines(&it.reference).into_owned(),
            other: escape_lines(&it.other).into_owned(),
            reason: it.reason.text(),
            source: it.reason.source(),
            known: match it.reason {
                DifferenceReason::MessageEnd => comparison.known(backend, Symptom::OneMoreLineEnd),
                _ => String::new(),
            },
        };
        Self {
            sentence: difference_sentence(difference, backends),
            reference,
            other: backends.join(", "),
            places: difference.places.iter().map(place).collect(),
            diff: escape_lines(&difference.diff).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fixtures, stored_difference::stored_differences};

    fn difference(backend: &str, other: &str) -> ContentDifference {
        let reference = "Subject: one\r\n\r\nHello\r\n";
        ContentDifference {
            reference: "raw".into(),
            backends: vec![backend.into()],
            mails: 1,
            longer: 2,
            one_more_line_end: false,
            diff: format!("-one\n+{backend}\n"),
            places: stored_differences(reference.as_bytes(), other.as_bytes()),
        }
    }

    fn stored(differences: Vec<ContentDifference>) -> Stored {
        let both = vec![fixtures::observation("raw"), fixtures::observation("lettre")];
        let mut comparison = fixtures::comparison(both);
        comparison.inbox = InboxCheck::Differs(differences);
        Stored::new(&comparison)
    }

    #[test]
    fn versions_that_differ_for_the_same_reasons_are_shown_once() {
        let longer = "Subject: one\r\n\r\nHello\r\n\r\n";
        let versions = stored(vec![difference("a", longer), difference("b", longer)]).versions;
        assert_eq!(versions.len(), 1);
        assert_eq!(versions[0].sentence, "a, b: not the same as raw, 2 bytes longer.");
        assert_eq!((versions[0].reference.as_str(), versions[0].other.as_str()), ("raw", "a, b"));
        assert_eq!(versions[0].places[0].source, "RFC 6376 §3.4.3");
    }

    #[test]
    fn versions_with_another_text_stay_apart() {
        let other = |text: &str| format!("Subject: {text}\r\n\r\nHello\r\n");
        let versions =
            stored(vec![difference("a", &other("two")), difference("b", &other("six"))]).versions;
        assert_eq!(versions.len(), 2);
    }
}
