//! The line gate: what is not exactly a line never reaches a parser.

use memchr::memchr;

use crate::reply::{self, Reply};

/// The longest line of all, an answer in AUTH, CRLF included (RFC 4954 §4).
pub(crate) const LONGEST_LINE: usize = 12_288;

/// What stands at the start of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Gate<'a> {
    /// The beginning of a line.
    Partial,
    /// The beginning of a line that is too long whatever it is.
    Endless,
    /// A whole line without its CRLF and the white space before that, and the octets it took.
    Line { line: &'a str, used: usize },
    /// Something that ends like a line and is none.
    Refused { reply: Reply, used: usize, is_bdat: bool },
}

/// Looks at the input up to its first LF.
///
/// Only CRLF ends a line, and within it are no control characters (RFC 5321 §2.3.8, §4.1.2): a CR
/// or LF alone means different things to different servers, which is how mails are smuggled. White
/// space before the CRLF is tolerated (RFC 5321 §4.1.1) and is no part of the line.
pub(crate) fn next_line(input: &[u8]) -> Gate<'_> {
    let window = input.get(..LONGEST_LINE).unwrap_or(input);
    let Some(end) = memchr(b'\n', window) else {
        return if input.len() < LONGEST_LINE { Gate::Partial } else { Gate::Endless };
    };
    let (line, used) = (window.get(..end).unwrap_or_default(), end + 1);
    match check(line) {
        Ok(line) => Gate::Line { line, used },
        Err(reply) => Gate::Refused { reply, used, is_bdat: is_bdat(line) },
    }
}

/// Whether a client may have meant these bytes as BDAT: the first four that can be printed spell
/// it, whatever stands before, between or after them.
///
/// If they are not understood as a command, how many bytes of content follow is unknown, and none
/// of them may be read as a command.
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
        assert_eq!(next_line(b"NOOP\r\nQUIT"), Gate::Line { line: "NOOP", used: 6 });
        assert_eq!(next_line(b"NOOP\r"), Gate::Partial);
        let refused = |reply, used| Gate::Refused { reply, used, is_bdat: false };
        assert_eq!(next_line(b"NOOP\nQUIT\r\n"), refused(reply::BARE_LINE_FEED, 5));
        assert_eq!(next_line(b"NO\rOP\r\n"), refused(reply::CONTROL_CHARACTER, 7));
        assert_eq!(next_line(b"NO\0P\r\n"), refused(reply::CONTROL_CHARACTER, 6));
        assert_eq!(next_line(b"NO\tOP\r\n"), refused(reply::CONTROL_CHARACTER, 7));
        assert_eq!(next_line(b"NOOP \t \r\n"), Gate::Line { line: "NOOP", used: 9 });
        assert_eq!(next_line(b"NOOP\r\r\n"), refused(reply::CONTROL_CHARACTER, 7));
        assert_eq!(next_line(b"NOOP \xff\r\n"), refused(reply::NOT_UTF8, 8));
    }

    #[test]
    fn a_line_has_an_end() {
        assert_eq!(next_line(&[b'a'; LONGEST_LINE - 1]), Gate::Partial);
        assert_eq!(next_line(&[b'a'; LONGEST_LINE]), Gate::Endless);
        let mut longest = vec![b'a'; LONGEST_LINE - 2];
        longest.extend_from_slice(b"\r\n");
        assert!(matches!(next_line(&longest), Gate::Line { used: LONGEST_LINE, .. }));
    }

    #[test]
    fn a_line_that_may_be_bdat_is_recognised_however_it_is_spoilt() {
        for line in ["BDAT 5", "bdat", " BDAT 5", "BDAT\t5", "\0BD\x07AT 5", "BDAT5 LAST", "BDATA"]
        {
            assert!(is_bdat(line.as_bytes()), "{line:?}");
        }
        assert!(is_bdat(b"\xffBDAT\xff 5"));
        for line in ["", "BDA", "DATA", "NOOP BDAT 5", "XBDAT 5"] {
            assert!(!is_bdat(line.as_bytes()), "{line:?}");
        }
        for line in ["BDAT 5 LAST\n", "BDAT 5\tLAST\r\n"] {
            assert!(matches!(next_line(line.as_bytes()), Gate::Refused { is_bdat: true, .. }));
        }
    }

    proptest! {
        #[test]
        fn what_passes_is_a_line(input in proptest::collection::vec(any::<u8>(), 0..400)) {
            match next_line(&input) {
                Gate::Line { line, used } => {
                    prop_assert!(!line.chars().any(|c| c.is_ascii_control()));
                    let rest = input[..used].strip_prefix(line.as_bytes()).expect("the line");
                    let white = rest.strip_suffix(b"\r\n").expect("CRLF");
                    prop_assert!(white.iter().all(|byte| b" \t".contains(byte)));
                    prop_assert!(!line.ends_with([' ', '\t']));
                }
                Gate::Refused { used, .. } => prop_assert_eq!(input[used - 1], b'\n'),
                Gate::Partial => prop_assert!(!input.contains(&b'\n')),
                Gate::Endless => prop_assert!(false, "the input is short"),
            }
        }
    }
}
