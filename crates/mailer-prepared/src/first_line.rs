//! The first line of a message: where it is, and what may come before it in a file.

use mailer::{Error, Kind, Step};

use crate::{
    Remark,
    field::starts_field,
    lines::Lines,
    magic::{looks_like, wide_encoding},
    remark::shown,
};

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The start of the header in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) at: usize,
    /// The end of the message, from the byte count that starts an Apple Mail file (.emlx).
    pub(crate) counted_end: Option<u64>,
    pub(crate) notes: Vec<Remark>,
}

/// Finds the first header field, and skips what mail programs write before it.
///
/// Returns `None` if more of the file is needed.
///
/// # Errors
/// [`Kind::Message`] if the file is empty, or starts with text that is not a header field.
pub(crate) fn find(bytes: &[u8], is_whole: bool) -> Result<Option<Start>, Error> {
    if let Some(encoding) = wide_encoding(bytes) {
        return Err(refuse(format!("the message is {encoding} text"))
            .with_hint("convert it to UTF-8, with or without a byte order mark"));
    }
    let mut start = Start { at: 0, counted_end: None, notes: Vec::new() };
    if bytes.starts_with(UTF8_MARK) {
        start.at = UTF8_MARK.len();
        start.drop("a byte order mark");
    }
    let mut has_empty_lines = false;
    for line in Lines::new(bytes, start.at, is_whole) {
        if starts_field(line.text) {
            return Ok(Some(start));
        }
        start.at = line.end;
        if line.text.trim_ascii().is_empty() {
            if !std::mem::replace(&mut has_empty_lines, true) {
                start.drop("an empty line");
            }
        } else if is_mbox_separator(line.text) {
            start.drop(&format!("the mbox separator \"{}\"", shown(line.text)));
        } else if let Some(count) = byte_count(line.text) {
            start.counted_end = Some(count.saturating_add(line.end as u64));
            start.drop(&format!("the byte count {count}"));
        } else {
            return Err(no_field(line.text));
        }
    }
    let rest = bytes.get(start.at..).unwrap_or_default();
    if is_whole {
        return Err(refuse("the message is empty")
            .with_hint("check the program or the file that it comes from"));
    }
    match rest.len() > MAX_LINE {
        _ if starts_field(rest) => Ok(Some(start)),
        true => Err(no_field(rest)),
        false => Ok(None),
    }
}

/// The maximum length of a line in bytes (RFC 5322 §2.1.1): by then, the first line has its colon.
const MAX_LINE: usize = 998;

impl Start {
    fn drop(&mut self, what: &str) {
        self.notes.push(Remark::Note(format!("dropped {what} before the message")));
    }
}

/// Whether this is the message separator line of RFC 4155, such as
/// `From ann@example.com Tue Jan  2 16:34:35 2024`, also quoted as `>From `.
fn is_mbox_separator(line: &[u8]) -> bool {
    line.strip_prefix(b">").unwrap_or(line).starts_with(b"From ")
}

/// Parses the first line of an .emlx file: the number of bytes of the message that follows.
fn byte_count(line: &[u8]) -> Option<u64> {
    let digits = line.trim_ascii_end();
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

fn no_field(line: &[u8]) -> Error {
    let what = match looks_like(line) {
        Some(what) => {
            format!("the message looks like {what}: its first line is not a header field")
        }
        None => format!("the first line of the message is not a header field: \"{}\"", shown(line)),
    };
    refuse(what)
        .with_hint("a message starts with lines like From: and To:, and an empty line ends them")
}

fn refuse(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::Message, what).with_step(Step::Prepare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn dropped(bytes: &[u8]) -> usize {
        find(bytes, true).unwrap().unwrap().at
    }

    #[test]
    fn text_before_the_first_field_is_dropped() {
        for before in [
            "",
            "\u{feff}",
            "\r\n",
            "\n\r \t\n",
            "From 0123456789abcdef Mon Sep 17 00:00:00 2001\n",
            ">From ann@example.com Tue Jan  2 16:34:35 2024\r\n",
            "From a Tue\n>From b Wed\n",
            "98        \n",
            "\u{feff}\nFrom a Tue\r",
        ] {
            let text = format!("{before}From : a@example.com\n\n");
            assert_eq!(dropped(text.as_bytes()), before.len(), "{before:?}");
        }
    }

    #[test]
    fn a_byte_count_sets_the_end_of_the_message() {
        let start = find(b"12  \r\nTo: x\n", true).unwrap().unwrap();
        assert_eq!((start.at, start.counted_end), (6, Some(18)));
    }

    #[test]
    fn a_file_that_is_not_a_message_is_refused_with_its_likely_type() {
        for (bytes, part) in [
            (b"".as_slice(), "empty"),
            (b"\n\n", "empty"),
            (b"\xff\xfeF\0r\0", "UTF-16"),
            (b"F\0r\0o\0m\0", "UTF-16"),
            (b"PK\x03\x04...", "ZIP"),
            (b"\0\0\0\0", "binary"),
            (b"Dear Bob,\n\nhello\n", "Dear Bob,"),
            (b"\n\njust text\n", "just text"),
            (b" To: x\n\n", "To: x"),
            (b"\x1b[2J\n", "\\u{1b}[2J"),
        ] {
            let error = find(bytes, true).unwrap_err();
            assert_eq!(error.kind(), Kind::Message);
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn an_incomplete_first_line_needs_more_bytes_up_to_a_limit() {
        assert_eq!(find(b"", false).unwrap(), None);
        assert_eq!(find(b"Fro", false).unwrap(), None);
        assert_eq!(find(b"\nFrom: ann", false).unwrap().unwrap().at, 1);
        assert_eq!(find(b"\n\r", false).unwrap(), None);
        assert!(find(&b"x".repeat(MAX_LINE + 1), false).is_err());
    }
}
