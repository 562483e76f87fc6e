//! What a user may want to know about a message that is sent all the same.

/// A sentence about the message, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Something was dropped that has no effect on who gets the message: worth a line in a trace.
    Note(String),
    /// Something was read in one of two possible ways: worth a line on stderr.
    Warning(String),
}

/// A value, and what is to be said about how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarked<T> {
    /// The value.
    pub value: T,
    /// In the order of the message.
    pub remarks: Vec<Remark>,
}

/// Characters of a text that are shown, at most.
const SHOWN: usize = 80;

/// A text from a message as it may be shown: one line, [escaped](mailer::escape), the end of a
/// long text left out.
pub(crate) fn shown(text: &[u8]) -> String {
    // A character has at most four bytes, and white space is joined.
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
    fn nothing_unprintable_is_shown() {
        assert_eq!(shown(b"a\r\n b\x1b[2J\xff"), "a b\\u{1b}[2J\u{fffd}");
        assert_eq!(shown("\u{202e}x\u{85}y".as_bytes()), "\\u{202e}x y");
        assert_eq!(shown(&b"x".repeat(1000)), "x".repeat(80) + "...");
    }
}
