//! The syntax of a command line: verb, spacing, number of arguments, length.
//!
//! Most servers are lenient about these. This server is strict, because it tests clients, and its
//! reply shows the correct form.

use crate::{
    line::LONGEST_LINE,
    reply::{self, Reply},
};

/// The verbs that this server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Ehlo,
    Helo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Noop,
    Vrfy,
    Expn,
    Help,
    Etrn,
    Quit,
}

/// What may follow a verb.
#[derive(Debug, Clone, Copy)]
enum Arguments {
    /// A minimum and maximum number of words in ASCII, with one space before each.
    Words(usize, usize),
    /// This prefix in any case, a path and parameters.
    Path(&'static str),
    /// Any text.
    Text,
}

/// The form of a command.
struct Form {
    verb: Verb,
    name: &'static str,
    arguments: Arguments,
    /// How much longer extensions allow the line to be, in bytes.
    extra: usize,
    /// The command as a reply shows it.
    usage: &'static str,
}

const fn form(
    verb: Verb,
    name: &'static str,
    arguments: Arguments,
    extra: usize,
    usage: &'static str,
) -> Form {
    Form { verb, name, arguments, extra, usage }
}

/// How much longer extensions allow MAIL to be, in bytes: SIZE 26 (RFC 1870 §3), BODY 17 (RFC 6152 §2), SMTPUTF8 10 (RFC 6531
/// §3.1), AUTH 500 (RFC 4954 §3), RET and ENVID 116 (RFC 3461 §4).
const MAIL_EXTRA: usize = 26 + 17 + 10 + 500 + 116;

/// How much longer extensions allow RCPT to be, in bytes: NOTIFY and ORCPT (RFC 3461 §4).
const RCPT_EXTRA: usize = 536;

const NONE: Arguments = Arguments::Words(0, 0);
const ONE: Arguments = Arguments::Words(1, 1);
const ONE_OR_TWO: Arguments = Arguments::Words(1, 2);
const TEXT: Arguments = Arguments::Text;

const FORMS: [Form; 15] = [
    form(Verb::Ehlo, "EHLO", ONE, 0, "EHLO domain, or EHLO [address]"),
    form(Verb::Helo, "HELO", ONE, 0, "HELO domain"),
    form(Verb::StartTls, "STARTTLS", NONE, 0, "STARTTLS"),
    form(Verb::Auth, "AUTH", ONE_OR_TWO, LONGEST_LINE, "AUTH mechanism [initial-response]"),
    form(
        Verb::Mail,
        "MAIL",
        Arguments::Path(" FROM:<"),
        MAIL_EXTRA,
        "MAIL FROM:<address> [parameters]",
    ),
    form(
        Verb::Rcpt,
        "RCPT",
        Arguments::Path(" TO:<"),
        RCPT_EXTRA,
        "RCPT TO:<address> [parameters]",
    ),
    form(Verb::Data, "DATA", NONE, 0, "DATA"),
    form(Verb::Bdat, "BDAT", ONE_OR_TWO, 0, "BDAT size [LAST]"),
    form(Verb::Rset, "RSET", NONE, 0, "RSET"),
    form(Verb::Noop, "NOOP", TEXT, 0, "NOOP [text]"),
    form(Verb::Vrfy, "VRFY", TEXT, 0, "VRFY address"),
    form(Verb::Expn, "EXPN", TEXT, 0, "EXPN list"),
    form(Verb::Help, "HELP", TEXT, 0, "HELP [command]"),
    form(Verb::Etrn, "ETRN", ONE, 0, "ETRN domain"),
    form(Verb::Quit, "QUIT", NONE, 0, "QUIT"),
];

/// Returns the verb that a line begins with.
pub(crate) fn verb(line: &str) -> Option<Verb> {
    find_form(line).map(|form| form.verb)
}

/// Returns the reply to a command with wrong arguments.
pub(crate) fn usage(verb: Verb) -> Reply {
    let form = FORMS.iter().find(|form| form.verb == verb);
    form.map_or(reply::UNKNOWN_COMMAND, Form::reply)
}

/// Checks a line without its CRLF, and returns its verb and arguments: words with one space between
/// them, or what follows the `<` of a path.
///
/// # Errors
/// The reply to an invalid command, or to a line that with its CRLF is longer than `limit` bytes and
/// what extensions allow.
pub(crate) fn check(line: &str, limit: usize) -> Result<(Verb, &str), Reply> {
    let form = find_form(line).ok_or(reply::UNKNOWN_COMMAND)?;
    if line.len() + "\r\n".len() > limit + form.extra {
        return Err(reply::LINE_TOO_LONG);
    }
    // What follows the verb begins with a space, unless it is empty.
    let rest = line.get(form.name.len()..).unwrap_or_default();
    let arguments = match form.arguments {
        Arguments::Words(least, most) => words(rest, least, most),
        Arguments::Path(prefix) => after(rest, prefix),
        Arguments::Text => Some(rest.trim_start()),
    };
    Ok((form.verb, arguments.ok_or_else(|| form.reply())?))
}

fn find_form(line: &str) -> Option<&'static Form> {
    let verb = line.split(' ').next()?;
    FORMS.iter().find(|form| form.name.eq_ignore_ascii_case(verb))
}

impl Form {
    fn reply(&self) -> Reply {
        let usage = self.usage;
        let text = match self.arguments {
            Arguments::Words(_, 0) => format!("Write it {usage}, without arguments"),
            Arguments::Path(_) => format!("Write it {usage}, with no space before the <"),
            _ => format!("Write it {usage}, with one space before each argument"),
        };
        Reply::with_text(501, "5.5.4", text)
    }
}

/// Returns `rest` without its first space if it has the right number of words, with one space
/// before each.
fn words(rest: &str, least: usize, most: usize) -> Option<&str> {
    let words = rest.split(' ').skip(1);
    let mut count = 0;
    for word in words {
        if word.is_empty() || !word.is_ascii() {
            return None;
        }
        count += 1;
    }
    (least..=most).contains(&count).then(|| rest.strip_prefix(' ').unwrap_or_default())
}

/// Returns what follows a prefix, compared in any case.
fn after<'a>(rest: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, end) = rest.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_before_a_path_is_exact_and_the_reply_shows_the_form() {
        for line in [
            "MAIL",
            "MAIL FROM:",
            "MAIL FROM: <a@example.com>",
            "MAIL FROM <a@example.com>",
            "MAIL FROM :<a@example.com>",
            "MAIL  FROM:<a@example.com>",
            "MAIL TO:<a@example.com>",
            "MAIL FROM:a@example.com",
        ] {
            assert_eq!(check(line, 512), Err(usage(Verb::Mail)), "{line}");
        }
        assert_eq!(check("RCPT TO: <a@example.com>", 512), Err(usage(Verb::Rcpt)));
        assert_eq!(check("mail from:<a> x", 512), Ok((Verb::Mail, "a> x")));
        let mut shown = Vec::new();
        usage(Verb::Mail).write_to(&mut shown, false);
        let text = "501 Write it MAIL FROM:<address> [parameters], with no space before the <\r\n";
        assert_eq!(String::from_utf8_lossy(&shown), text);
    }

    #[test]
    fn the_number_and_spacing_of_words_are_exact() {
        assert_eq!(check("ehlo a", 512), Ok((Verb::Ehlo, "a")));
        assert_eq!(check("BDAT 5 LAST", 512), Ok((Verb::Bdat, "5 LAST")));
        assert_eq!(check("QUIT", 512), Ok((Verb::Quit, "")));
        assert_eq!(check("NOOP  a  b", 512), Ok((Verb::Noop, "a  b")));
        for line in ["EHLO", "EHLO a b", "EHLO  a", "EHLO \u{fc}"] {
            assert_eq!(check(line, 512), Err(usage(Verb::Ehlo)), "{line}");
        }
        for line in ["BDAT", "BDAT 5  LAST", "BDAT 5 LAST x"] {
            assert_eq!(check(line, 512), Err(usage(Verb::Bdat)), "{line}");
        }
        assert_eq!(check("QUIT now", 512), Err(usage(Verb::Quit)));
        for line in ["", " NOOP", "MAILX", "QUIT\u{a0}"] {
            assert_eq!(check(line, 512), Err(reply::UNKNOWN_COMMAND), "{line}");
        }
    }

    #[test]
    fn the_length_limit_depends_on_the_verb() {
        let noop = |n: usize| format!("NOOP {}", "x".repeat(n - 7));
        assert!(check(&noop(512), 512).is_ok());
        assert_eq!(check(&noop(513), 512), Err(reply::LINE_TOO_LONG));
        assert!(check(&format!("AUTH PLAIN {}", "a".repeat(8000)), 512).is_ok());
    }
}
