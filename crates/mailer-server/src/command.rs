//! Commands: parses a line into a command and its arguments.

use crate::{
    auth::Mechanism,
    parameters::{OF_MAIL, OF_RCPT, Parameters},
    path,
    profile::Extension,
    reply::{self, Reply},
    syntax::{self, Verb},
};

/// A command with correct syntax.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Ehlo,
    Helo,
    StartTls,
    /// AUTH; the mechanism is None if this server does not implement it.
    Auth {
        mechanism: Option<Mechanism>,
        initial: Option<String>,
    },
    Mail(Mail),
    Rcpt(Rcpt),
    Data,
    Bdat {
        size: u64,
        last: bool,
    },
    Rset,
    Noop,
    Vrfy,
    Expn,
    Help,
    Etrn,
    Quit,
}

/// The MAIL command with its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    /// The reverse-path; None is the null reverse-path `<>`.
    pub(crate) sender: Option<String>,
    /// The size that the client declares, in bytes; 0 if it declares none.
    pub(crate) size: u64,
    pub(crate) body_8bit: bool,
    pub(crate) body_binary: bool,
    pub(crate) smtputf8: bool,
    /// The extensions that its parameters belong to.
    pub(crate) needs: Vec<Extension>,
}

/// The RCPT command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rcpt {
    pub(crate) recipient: String,
    /// The extensions that its parameters belong to.
    pub(crate) needs: Vec<Extension>,
}

impl Command {
    /// Parses a line without its CRLF. With the CRLF it may have `limit` bytes, and more where an
    /// extension allows it.
    ///
    /// # Errors
    /// The reply to a line that is not a command of this server.
    pub(crate) fn parse(line: &str, limit: usize) -> Result<Self, Reply> {
        let (verb, arguments) = syntax::check(line, limit)?;
        Ok(match verb {
            Verb::Ehlo => Self::Ehlo,
            Verb::Helo => Self::Helo,
            Verb::StartTls => Self::StartTls,
            Verb::Auth => auth(arguments),
            Verb::Mail => Self::Mail(mail(arguments)?),
            Verb::Rcpt => Self::Rcpt(rcpt(arguments)?),
            Verb::Data => Self::Data,
            Verb::Bdat => bdat(arguments).ok_or_else(|| syntax::usage(verb))?,
            Verb::Rset => Self::Rset,
            Verb::Noop => Self::Noop,
            Verb::Vrfy | Verb::Expn if arguments.is_empty() => return Err(syntax::usage(verb)),
            Verb::Vrfy => Self::Vrfy,
            Verb::Expn => Self::Expn,
            Verb::Help => Self::Help,
            Verb::Etrn => Self::Etrn,
            Verb::Quit => Self::Quit,
        })
    }

    /// Returns whether RFC 2920 §3.1 requires this command to be the last of its group.
    pub(crate) fn ends_its_group(&self) -> bool {
        match self {
            // With an initial response, PLAIN needs no challenge (RFC 4954 §4).
            Self::Auth { mechanism, initial } => {
                *mechanism != Some(Mechanism::Plain) || initial.is_none()
            }
            Self::Mail(_) | Self::Rcpt(_) | Self::Rset | Self::Bdat { .. } => false,
            _ => true,
        }
    }
}

/// Parses `mechanism [initial-response]` of AUTH.
fn auth(arguments: &str) -> Command {
    let (name, initial) = match arguments.split_once(' ') {
        Some((name, initial)) => (name, Some(initial.to_owned())),
        None => (arguments, None),
    };
    Command::Auth { mechanism: Mechanism::named(name), initial }
}

/// Parses `address> parameters` of MAIL.
fn mail(arguments: &str) -> Result<Mail, Reply> {
    let (path, parameters) = path::split(arguments).ok_or(reply::BAD_SENDER)?;
    let sender = match path::without_route(path) {
        "" => None,
        mailbox if path::is_mailbox(mailbox) => Some(mailbox.to_owned()),
        _ => return Err(reply::BAD_SENDER),
    };
    let parameters = Parameters::parse(parameters, OF_MAIL)?;
    let body = parameters.value("BODY");
    let body_binary = body.eq_ignore_ascii_case("BINARYMIME");
    let mut needs = parameters.extensions();
    if body_binary {
        needs.push(Extension::BinaryMime);
    }
    Ok(Mail {
        sender,
        size: size(parameters.value("SIZE")),
        body_8bit: body_binary || body.eq_ignore_ascii_case("8BITMIME"),
        body_binary,
        smtputf8: parameters.has("SMTPUTF8"),
        needs,
    })
}

/// Parses the value of SIZE. Its 20 digits can exceed 64 bits, and then exceed any limit.
fn size(digits: &str) -> u64 {
    if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u64::MAX) }
}

/// Parses `address> parameters` of RCPT.
fn rcpt(arguments: &str) -> Result<Rcpt, Reply> {
    let (path, parameters) = path::split(arguments).ok_or(reply::BAD_RECIPIENT)?;
    let mailbox = path::without_route(path);
    // RFC 5321 §4.1.1.3: the only recipient that needs no domain.
    if !path::is_mailbox(mailbox) && !mailbox.eq_ignore_ascii_case("postmaster") {
        return Err(reply::BAD_RECIPIENT);
    }
    let needs = Parameters::parse(parameters, OF_RCPT)?.extensions();
    Ok(Rcpt { recipient: mailbox.to_owned(), needs })
}

/// Parses `size [LAST]` of BDAT.
fn bdat(arguments: &str) -> Option<Command> {
    let (size, last) = match arguments.split_once(' ') {
        Some((size, last)) => (size, last.eq_ignore_ascii_case("LAST").then_some(true)?),
        None => (arguments, false),
    };
    // `parse` by itself would allow a plus sign.
    let is_number = size.bytes().all(|byte| byte.is_ascii_digit());
    let size = size.parse().ok().filter(|_| is_number)?;
    Some(Command::Bdat { size, last })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(line: &str) -> Result<Command, Reply> {
        Command::parse(line, 512)
    }

    #[test]
    fn verbs_are_accepted_in_any_case() {
        assert_eq!(parse("data"), Ok(Command::Data));
        assert_eq!(parse("StartTLS"), Ok(Command::StartTls));
        assert_eq!(parse("NOOP any thing"), Ok(Command::Noop));
        assert_eq!(parse("VRFY"), Err(syntax::usage(Verb::Vrfy)));
        assert_eq!(parse("EXPN a"), Ok(Command::Expn));
    }

    #[test]
    fn parameters_are_parsed() {
        let line =
            "mail from:<a@example.com> SIZE=123 body=8bitmime SMTPUTF8 RET=HDRS ENVID=x AUTH=<>";
        let Ok(Command::Mail(mail)) = parse(line) else { panic!("{:?}", parse(line)) };
        assert_eq!(mail.sender.as_deref(), Some("a@example.com"));
        assert_eq!((mail.size, mail.body_8bit, mail.smtputf8), (123, true, true));
        assert_eq!(mail.needs.len(), 6);
        let Ok(Command::Mail(mail)) = parse("MAIL FROM:<> SIZE=99999999999999999999") else {
            panic!("a size of 20 digits is refused")
        };
        assert_eq!((mail.sender, mail.size, mail.body_8bit), (None, u64::MAX, false));
        let line = "RCPT TO:<a@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@example.com";
        assert!(parse(line).is_ok());
        assert_eq!(parse("RCPT TO:<>"), Err(reply::BAD_RECIPIENT));
        assert_eq!(parse("MAIL FROM:< a@example.com >"), Err(reply::BAD_SENDER));
    }

    #[test]
    fn chunk_sizes_are_decimal_numbers_of_64_bits() {
        assert_eq!(parse("BDAT 5 last"), Ok(Command::Bdat { size: 5, last: true }));
        assert_eq!(parse("BDAT 0"), Ok(Command::Bdat { size: 0, last: false }));
        for line in ["BDAT x", "BDAT -1", "BDAT +1", "BDAT 5 FIRST", "BDAT 5x", "BDAT LAST"] {
            assert_eq!(parse(line), Err(syntax::usage(Verb::Bdat)), "{line}");
        }
        let most = u64::MAX;
        assert_eq!(parse(&format!("BDAT {most}")), Ok(Command::Bdat { size: most, last: false }));
        assert!(parse("BDAT 18446744073709551616").is_err());
    }

    #[test]
    fn auth_names_a_mechanism_and_may_have_an_initial_response() {
        let auth = |mechanism, initial: Option<&str>| {
            Ok(Command::Auth { mechanism, initial: initial.map(str::to_owned) })
        };
        assert_eq!(parse("AUTH PLAIN"), auth(Some(Mechanism::Plain), None));
        assert_eq!(parse("auth login ="), auth(Some(Mechanism::Login), Some("=")));
        assert_eq!(parse("AUTH XOAUTH2 abc="), auth(Some(Mechanism::XOAuth2), Some("abc=")));
        assert_eq!(parse("AUTH NO-SUCH-THING"), auth(None, None));
        assert_eq!(parse("AUTH"), Err(syntax::usage(Verb::Auth)));
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(verb in "EHLO|AUTH|MAIL|RCPT|BDAT|NOOP|ETRN|", rest in "[ -~ü]{0,80}") {
            let _ = parse(&format!("{verb}{rest}"));
            let _ = parse(&format!("{verb} {rest}"));
            let _ = parse(&format!("MAIL FROM:<{rest}"));
            let _ = parse(&format!("RCPT TO:<a@example.com> {rest}"));
        }
    }
}
