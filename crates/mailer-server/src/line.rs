//! Input lines: only a correct line reaches the command parser.

use memchr::memchr;

use crate::reply::{self, Reply};

/// The longest line that any command may have, CRLF included: an answer in AUTH (RFC 4954 §4).
pub(crate) const LONGEST_LINE: usize = 12_288;

/// The line at the start of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NextLine<'a> {
    /// The line has no end yet.
    Partial,
    /// The line has no end yet, and is too long for any command.
    TooLong,
    /// A line without its CRLF and the white space before that, and its length in the input.
    Line { line: &'a str, used: usize },
    /// An invalid line, and its length in the input.
    Refused { reply: Reply, used: usize, is_bdat: bool },
}

/// Returns the line at the start of the input.
///
/// Only CRLF ends a line, and a line has no control characters (RFC 5321 §2.3.8, §4.1.2). Servers
/// disagree about a bare CR or LF, which makes SMTP smuggling possible. White space before the CRLF
/// is accepted (RFC 5321 §4.1.1) and is not part of the line.
pub(crate) fn next_line(input: &[u8]) -> NextLine<'_> {
    let window = input.get(..LONGEST_LINE).unwrap_or(input);
    let Some(end) = memchr(b'\n', window) else {
        return if input.len() < LONGEST_LINE { NextLine::Partial } else { NextLine::TooLong };
    };
    let (line, used) = (window.get(..end).unwrap_or_default(), end + 1);
    match check(line) {
        Ok(line) => NextLine::Line { line, used },
        Err(reply) => NextLine::Refused { reply, used, is_bdat: is_bdat(line) },
    }
}

/// Returns whether a client may have meant these bytes as BDAT: their first four printable
/// characters spell it.
///
/// After an invalid BDAT the number of content bytes that follow is unknown, and none of them may be
/// read as a command.
pub(crate) fn is_bdat(line: &[u8]) -> bool {
    let verb = line.iter().filter(|byte| byte.is_ascii_graphic()).take(4);
    verb.map(u8::to_ascii_uppercase).eq(*b"BDAT")
}

fn check(before_lf: &[u8]) -> Result<&str, Reply> {
    let line = before_lf.strip_suffix(b"\r").ok_or(reply::BARE_LINE_FEED)?;
    let line =
        std::str::from_utf8(line).map_err(|_| reply::NOT_UTF8)?.trim_end_matches([' ', '\t']);
    if line.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(reply::CONTROL_CHARACTER);
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_crlf_ends_a_line() {
        assert_eq!(next_line(b"NOOP\r\nQUIT"), NextLine::Line { line: "NOOP", used: 6 });
        assert_eq!(next_line(b"NOOP\r"), NextLine::Partial);
        let refused = |reply, used| NextLine::Refused { reply, used, is_bdat: false };
        assert_eq!(next_line(b"NOOP\nQUIT\r\n"), refused(reply::BARE_LINE_FEED, 5));
        assert_eq!(next_line(b"NO\rOP\r\n"), refused(reply::CONTROL_CHARACTER, 7));
        assert_eq!(next_line(b"NO\0P\r\n"), refused(reply::CONTROL_CHARACTER, 6));
        assert_eq!(next_line(b"NO\tOP\r\n"), refused(reply::CONTROL_CHARACTER, 7));
        assert_eq!(next_line(b"NOOP \t \r\n"), NextLine::Line { line: "NOOP", used: 9 });
        assert_eq!(next_line(b"NOOP\r\r\n"), refused(reply::CONTROL_CHARACTER, 7));
        assert_eq!(next_line(b"NOOP \xff\r\n"), refused(reply::NOT_UTF8, 8));
    }

    #[test]
    fn a_line_without_an_end_becomes_too_long() {
        assert_eq!(next_line(&[b'a'; LONGEST_LINE - 1]), NextLine::Partial);
        assert_eq!(next_line(&[b'a'; LONGEST_LINE]), NextLine::TooLong);
        let mut longest = vec![b'a'; LONGEST_LINE - 2];
        longest.extend_from_slice(b"\r\n");
        assert!(matches!(next_line(&longest), NextLine::Line { used: LONGEST_LINE, .. }));
    }

    #[test]
    fn a_malformed_bdat_is_recognised() {
        for line in ["BDAT 5", "bdat", " BDAT 5", "BDAT\t5", "\0BD\x07AT 5", "BDAT5 LAST", "BDATA"]
        {
            assert!(is_bdat(line.as_bytes()), "{line:?}");
        }
        assert!(is_bdat(b"\xffBDAT\xff 5"));
        for line in ["", "BDA", "DATA", "NOOP BDAT 5", "XBDAT 5"] {
            assert!(!is_bdat(line.as_bytes()), "{line:?}");
        }
        for line in ["BDAT 5 LAST\n", "BDAT 5\tLAST\r\n"] {
            assert!(matches!(next_line(line.as_bytes()), NextLine::Refused { is_bdat: true, .. }));
        }
    }

    proptest! {
        #[test]
        fn an_accepted_line_has_no_control_characters(input in proptest::collection::vec(any::<u8>(), 0..400)) {
            match next_line(&input) {
                NextLine::Line { line, used } => {
                    prop_assert!(!line.chars().any(|c| c.is_ascii_control()));
                    let rest = input[..used].strip_prefix(line.as_bytes()).expect("the line");
                    let white = rest.strip_suffix(b"\r\n").expect("CRLF");
                    prop_assert!(white.iter().all(|byte| b" \t".contains(byte)));
                    prop_assert!(!line.ends_with([' ', '\t']));
                }
                NextLine::Refused { used, .. } => prop_assert_eq!(input[used - 1], b'\n'),
                NextLine::Partial => prop_assert!(!input.contains(&b'\n')),
                NextLine::TooLong => prop_assert!(false, "the input is short"),
            }
        }
    }
}
