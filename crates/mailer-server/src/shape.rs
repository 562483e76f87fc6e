//! The shape of a command line: verb, spacing, number of arguments, length
//!
//! smtp-proto is lenient about all of these; a server that clients are measured against must not
//! be.

use crate::gate::LONGEST_LINE;
use crate::reply::{self, Reply};

/// A line of the right shape
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked<'a> {
    /// MAIL, with what follows `FROM:<`
    Sender(&'a str),
    /// RCPT, with what follows `TO:<`
    Recipient(&'a str),
    /// Any other command
    Whole,
}

/// What may follow a verb
#[derive(Debug, Clone, Copy)]
enum Arguments {
    /// So many words, from and to, with one space before each
    Words(usize, usize),
    /// One space, `FROM:` in any case, a path and parameters
    Sender,
    /// One space, `TO:` in any case, a path and parameters
    Recipient,
    /// Anything
    Text,
}

/// A verb, what may follow it, and the octets that extensions add to the length of its line:
/// SIZE 26 (RFC 1870 §3), BODY 17 (RFC 6152 §2), SMTPUTF8 10 (RFC 6531 §3.1), AUTH 500 (RFC 4954
/// §3), RET and ENVID 116, NOTIFY and ORCPT 536 (RFC 3461 §4).
type Shape = (&'static str, Arguments, usize);

const SHAPES: [Shape; 15] = [
    ("EHLO", Arguments::Words(1, 1), 0),
    ("HELO", Arguments::Words(1, 1), 0),
    ("STARTTLS", Arguments::Words(0, 0), 0),
    ("AUTH", Arguments::Words(1, 2), LONGEST_LINE),
    ("MAIL", Arguments::Sender, 26 + 17 + 10 + 500 + 116),
    ("RCPT", Arguments::Recipient, 536),
    ("DATA", Arguments::Words(0, 0), 0),
    ("BDAT", Arguments::Words(1, 2), 0),
    ("RSET", Arguments::Words(0, 0), 0),
    ("NOOP", Arguments::Text, 0),
    ("VRFY", Arguments::Text, 0),
    ("EXPN", Arguments::Text, 0),
    ("HELP", Arguments::Text, 0),
    ("ETRN", Arguments::Words(1, 1), 0),
    ("QUIT", Arguments::Words(0, 0), 0),
];

/// The verb that a line begins with, in capitals
pub(crate) fn verb(line: &str) -> Option<&'static str> {
    shape(line).map(|(verb, ..)| *verb)
}

/// Checks a line, which has no CRLF any more and, with the CRLF, may have `limit` octets beside
/// what extensions add. An error is the reply to it.
pub(crate) fn check(line: &str, limit: usize) -> Result<Checked<'_>, Reply> {
    let (verb, arguments, extra) = shape(line).ok_or(reply::UNKNOWN_COMMAND)?;
    if line.len() + "\r\n".len() > limit + extra {
        return Err(reply::LINE_TOO_LONG);
    }
    // With the space, where there is one
    let rest = &line[verb.len()..];
    match arguments {
        Arguments::Words(least, most) => check_words(rest, *least, *most),
        Arguments::Sender => after(rest, " FROM:<").map(Checked::Sender),
        Arguments::Recipient => after(rest, " TO:<").map(Checked::Recipient),
        Arguments::Text => Ok(Checked::Whole),
    }
}

fn shape(line: &str) -> Option<&'static Shape> {
    let verb = line.split(' ').next()?;
    SHAPES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(verb))
}

fn check_words(rest: &str, least: usize, most: usize) -> Result<Checked<'static>, Reply> {
    let words = rest.split(' ').skip(1);
    if words.clone().any(|word| word.is_empty() || !word.is_ascii()) {
        return Err(reply::BAD_SYNTAX);
    }
    match words.count() {
        n if n < least => Err(reply::BAD_SYNTAX),
        n if n > most => Err(reply::SURPLUS),
        _ => Ok(Checked::Whole),
    }
}

fn after<'a>(rest: &'a str, prefix: &str) -> Result<&'a str, Reply> {
    match rest.split_at_checked(prefix.len()) {
        Some((start, end)) if start.eq_ignore_ascii_case(prefix) => Ok(end),
        _ => Err(reply::BAD_PATH_SPACING),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_before_a_path_is_exact() {
        for line in [
            "MAIL",
            "MAIL FROM:",
            "MAIL FROM: <a@example.com>",
            "MAIL FROM <a@example.com>",
            "MAIL  FROM:<a@example.com>",
            "MAIL TO:<a@example.com>",
            "RCPT TO: <a@example.com>",
            "MAIL FROM:a@example.com",
        ] {
            assert_eq!(check(line, 512), Err(reply::BAD_PATH_SPACING), "{line}");
        }
    }

    #[test]
    fn lengths_are_limited_by_verb() {
        let noop = |n: usize| format!("NOOP {}", "x".repeat(n - 7));
        assert_eq!(check(&noop(512), 512), Ok(Checked::Whole));
        assert_eq!(check(&noop(513), 512), Err(reply::LINE_TOO_LONG));
        assert!(check(&format!("AUTH PLAIN {}", "a".repeat(8000)), 512).is_ok());
    }
}
