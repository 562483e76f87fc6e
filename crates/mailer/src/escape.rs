//! Escapes text from outside, so that it is safe to show.
//!
//! A server's reply, an address, a file name or the output of another program may contain characters
//! that control the terminal (`ESC [`, C1 controls such as U+009B), reorder the text around them
//! (U+202E) or are invisible (U+200B). With them, an attacker can forge lines of a log or a report. So
//! every character of these kinds is replaced by an escape such as `\u{9b}`:
//!
//! - control characters, C0, DEL and C1 (general category Cc);
//! - line and paragraph separators (Zl, Zp);
//! - format characters, the bidirectional ones included (Cf);
//! - all other default-ignorable code points of Unicode: variation selectors, fillers and similar
//!   characters, which make two different addresses look the same.
//!
//! As a side effect, an emoji with several code points is shown as its parts. Escaping affects displayed
//! text only: bytes that are sent or stored do not change.

use std::{borrow::Cow, fmt::Write as _};

/// Whether a character must not be shown unescaped: it controls the terminal, reorders other text, or is
/// invisible.
///
/// ```
/// assert!(mailer::is_unsafe('\u{202e}'));
/// assert!(!mailer::is_unsafe('ü'));
/// ```
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}'
        | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns the text with every [unsafe](is_unsafe) character escaped, line breaks and tabs included. It
/// is for text that becomes part of a line.
///
/// ```
/// assert_eq!(mailer::escape("a\u{1b}[31m\n\u{9b}b"), r"a\u{1b}[31m\n\u{9b}b");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    replace(text, is_unsafe, |c, shown| shown.extend(c.escape_default()))
}

/// Returns the text with every [unsafe](is_unsafe) character except the line feed escaped. It is for text
/// of several lines.
///
/// ```
/// assert_eq!(mailer::escape_lines("one\ntwo\r\n"), "one\ntwo\\r\n");
/// ```
#[must_use]
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    let is_escaped = |c| c != '\n' && is_unsafe(c);
    replace(text, is_escaped, |c, shown| shown.extend(c.escape_default()))
}

/// Returns the JSON document with every [unsafe](is_unsafe) character in its strings escaped as in JSON
/// (RFC 8259 §7): `\u009b`, or a pair of surrogates for a character beyond U+FFFF. A JSON parser reads
/// the same values. Outside of strings, JSON has no such character except white space.
///
/// ```
/// assert_eq!(mailer::escape_json("[\n\"\u{9b}\u{e0001}\"]"), "[\n\"\\u009b\\udb40\\udc01\"]");
/// ```
#[must_use]
pub fn escape_json(document: &str) -> Cow<'_, str> {
    let is_escaped = |c| !matches!(c, '\n' | '\r' | '\t') && is_unsafe(c);
    replace(document, is_escaped, |c, shown| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{unit:04x}");
        }
    })
}

/// Replaces the characters for which `is_escaped` holds. Nearly all texts have none and are borrowed.
fn replace(
    text: &str,
    is_escaped: impl Fn(char) -> bool,
    escape: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_escaped(c) { escape(c, &mut shown) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use icu_properties::{
        CodePointMapData, CodePointSetData,
        props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory},
    };

    use super::*;

    #[test]
    fn the_table_matches_the_properties_of_unicode() {
        use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
        let category = CodePointMapData::<GeneralCategory>::new();
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        let bidi = CodePointSetData::new::<BidiControl>();
        for c in '\0'..=char::MAX {
            let is_control =
                matches!(category.get(c), Control | Format | LineSeparator | ParagraphSeparator);
            let wanted = is_control || ignorable.contains(c) || bidi.contains(c);
            assert_eq!(is_unsafe(c), wanted, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn escaped_text_is_unchanged_and_safe_text_is_borrowed() {
        let all: String = ('\0'..=char::MAX).filter(|c| is_unsafe(*c)).collect();
        let once = escape(&all);
        assert!(once.chars().all(|c| c.is_ascii_graphic()));
        assert!(matches!(escape(&once), Cow::Borrowed(again) if again == once));
        assert!(matches!(escape_lines("Grüße 日本語 🎉\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn escaped_json_has_the_same_values() {
        let all: String = ('\0'..=char::MAX).filter(|c| is_unsafe(*c)).collect();
        let plain = serde_json::to_string_pretty(&[&all]).unwrap();
        let escaped = escape_json(&plain);
        assert!(escaped.chars().all(|c| c == '\n' || !is_unsafe(c)));
        assert_eq!(serde_json::from_str::<Vec<String>>(&escaped).unwrap(), [all]);
    }
}
