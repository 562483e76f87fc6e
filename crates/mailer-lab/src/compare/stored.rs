//! What the server stored: the same, or what differs.

use mailer::{Content, Error, Mail};
use similar::TextDiff;

use crate::session::Session;

/// Octets of a mail, at most, whose lines are compared; of a larger one only the place of the first
/// difference is told.
const MAX_COMPARED: usize = 512 * 1024;

/// What the server stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nobody can know, or nothing was.
    Unknown,
    /// The same from each: what was given, if that was a finished message.
    Equal {
        /// How many octets.
        octets: u64,
        /// From how many backends.
        backends: usize,
    },
    /// Not the same.
    Differs(Vec<Difference>),
}

/// How what was stored from some backends differs from what it is measured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is measured by: the message that was given, or another backend's rendering.
    pub reference: String,
    /// Whose mail differs from it, all in the same way.
    pub backends: Vec<String>,
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

/// Compares what was stored from each session with what was given, or with the first.
pub(super) fn judge(
    given: Option<&[u8]>,
    sessions: &[Session],
    contents: &[Option<Vec<u8>>],
) -> Stored {
    let known = sessions.iter().zip(contents).filter_map(|(session, content)| {
        content.as_deref().map(|content| (session.backend.as_str(), content))
    });
    let mut known = known.peekable();
    let backends = known.clone().count();
    let first = known.peek().copied();
    let Some((name, reference)) = given.map(|given| ("given", given)).or(first) else {
        return Stored::Unknown;
    };
    if backends == 0 {
        return Stored::Unknown;
    }
    let mut differences: Vec<Difference> = Vec::new();
    for (backend, content) in known.filter(|(_, content)| *content != reference) {
        let diff = unified(name, reference, backend, content);
        let same = differences.iter_mut().find(|other| body(&other.diff) == body(&diff));
        if let Some(other) = same {
            other.backends.push(backend.into());
            continue;
        }
        differences.push(Difference {
            reference: name.into(),
            backends: vec![backend.into()],
            longer: length(content) - length(reference),
            one_more_line_end: content.strip_suffix(b"\r\n") == Some(reference),
            diff,
        });
    }
    match differences.is_empty() {
        true => Stored::Equal { octets: reference.len() as u64, backends },
        false => Stored::Differs(differences),
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
    use crate::session::made_up;

    fn judged(given: Option<&str>, contents: &[Option<&str>]) -> Stored {
        let names = ["raw", "lettre", "lettre-connection"];
        let sessions: Vec<Session> = names.iter().map(|name| made_up::session(name)).collect();
        let contents: Vec<Option<Vec<u8>>> =
            contents.iter().map(|content| content.map(|text| text.as_bytes().to_vec())).collect();
        judge(given.map(str::as_bytes), &sessions, &contents)
    }

    #[test]
    fn the_same_is_said_to_be_so() {
        let all = [Some("a\r\n"), Some("a\r\n"), None];
        assert_eq!(judged(None, &all), Stored::Equal { octets: 3, backends: 2 });
        assert_eq!(judged(Some("a\r\n"), &all), Stored::Equal { octets: 3, backends: 2 });
        assert_eq!(judged(Some("a\r\n"), &[None, None, None]), Stored::Unknown);
    }

    #[test]
    fn those_that_differ_alike_are_told_together() {
        let Stored::Differs(differences) =
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
    fn a_line_end_that_changed_is_seen() {
        let Stored::Differs(differences) = judged(Some("a\r\nb\r\n"), &[Some("a\nb\r\n")]) else {
            panic!("they differ")
        };
        assert!(differences[0].diff.contains("-a\n+a\\n\n"), "{}", differences[0].diff);
    }
}
