//! Remarks: what a user may want to know about a message that is sent nevertheless.

/// A sentence about the message, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Text was dropped that has no effect on the recipients. It is worth a line in a trace.
    Note(String),
    /// Text has two possible meanings, and one was chosen. It is worth a line on stderr.
    Warning(String),
}

/// A value from a header, with remarks about how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarked<T> {
    /// The value that was found.
    pub value: T,
    /// The remarks, in the order of the message.
    pub remarks: Vec<Remark>,
}

/// The maximum number of characters of a quoted text.
const SHOWN: usize = 80;

/// Returns text from a message in a form that is safe to show: one line, [escaped](mailer::escape), cut
/// off if it is long.
pub(crate) fn shown(text: &[u8]) -> String {
    // A character has at most four bytes. The factor is larger because white space is joined below.
    let start = text.get(..text.len().min(SHOWN * 8)).unwrap_or_default();
    let text = String::from_utf8_lossy(start);
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = joined.chars().take(SHOWN).collect();
    let mut shown = mailer::escape(&cut).into_owned();
    if joined.chars().nth(SHOWN).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprintable_characters_are_escaped() {
        assert_eq!(shown(b"a\r\n b\x1b[2J\xff"), "a b\\u{1b}[2J\u{fffd}");
        assert_eq!(shown("\u{202e}x\u{85}y".as_bytes()), "\\u{202e}x y");
        assert_eq!(shown(&b"x".repeat(1000)), "x".repeat(80) + "...");
    }
}
