//! Commands: a line of the right shape, its meaning read by smtp-proto
//!
//! What smtp-proto is lenient about is checked here: parameters that stand twice, and numbers
//! beyond 64 bits.

use smtp_proto::{
    AUTH_LOGIN, AUTH_PLAIN, Error, MAIL_BODY_8BITMIME, MAIL_BODY_BINARYMIME, MAIL_SMTPUTF8, Request,
};

use crate::auth::Mechanism;
use crate::path;
use crate::profile::Extension;
use crate::reply::{self, Reply};
use crate::shape::{self, Checked};

/// A command with correct syntax
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Ehlo,
    Helo,
    StartTls,
    /// None is a mechanism that is not built
    Auth {
        mechanism: Option<Mechanism>,
        initial: Option<String>,
    },
    Mail(Mail),
    Rcpt(Rcpt),
    Data,
    Bdat {
        octets: u64,
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

/// MAIL with what its parameters say
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    /// None is the null reverse-path
    pub(crate) sender: Option<String>,
    /// 0 if not said
    pub(crate) size: u64,
    pub(crate) body_8bit: bool,
    pub(crate) body_binary: bool,
    pub(crate) smtputf8: bool,
    /// The extensions that its parameters belong to
    pub(crate) needs: Vec<Extension>,
}

/// RCPT
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rcpt {
    pub(crate) recipient: String,
    /// The extensions that its parameters belong to
    pub(crate) needs: Vec<Extension>,
}

/// Digits that smtp-proto reads without loss
const MOST_DIGITS: usize = 19;

/// Keywords of MAIL and the extensions they belong to
const MAIL_KEYWORDS: &[(&str, Extension)] = &[
    ("SIZE", Extension::Size),
    ("BODY", Extension::EightBitMime),
    ("SMTPUTF8", Extension::SmtpUtf8),
    ("AUTH", Extension::Auth),
    ("RET", Extension::Dsn),
    ("ENVID", Extension::Dsn),
];

/// Keywords of RCPT and the extensions they belong to
const RCPT_KEYWORDS: &[(&str, Extension)] =
    &[("NOTIFY", Extension::Dsn), ("ORCPT", Extension::Dsn)];

impl Command {
    /// Reads a line, which has no CRLF any more and, with the CRLF, at most `limit` octets beside
    /// what extensions add. An error is the reply to it.
    pub(crate) fn parse(line: &str, limit: usize) -> Result<Self, Reply> {
        match shape::check(line, limit)? {
            Checked::Sender(rest) => mail(rest),
            Checked::Recipient(rest) => rcpt(rest),
            Checked::Whole => read(line),
        }
    }

    /// Whether RFC 2920 §3.1 lets nothing follow it in its group
    pub(crate) fn ends_its_group(&self) -> bool {
        match self {
            // What PLAIN sends along needs no challenge (RFC 4954 §4, last paragraphs).
            Self::Auth { mechanism, initial } => {
                *mechanism != Some(Mechanism::Plain) || initial.is_none()
            }
            Self::Mail(_) | Self::Rcpt(_) | Self::Rset | Self::Bdat { .. } => false,
            _ => true,
        }
    }
}

/// `address> parameters` of MAIL
fn mail(rest: &str) -> Result<Command, Reply> {
    let (path, parameters) = path::split(rest).ok_or(reply::BAD_SENDER)?;
    let sender = match path::without_route(path) {
        "" => None,
        mailbox if path::is_mailbox(mailbox) => Some(mailbox.to_owned()),
        _ => return Err(reply::BAD_SENDER),
    };
    let mut needs = extensions(parameters, MAIL_KEYWORDS)?;
    let from = match request(&format!("MAIL FROM:<>{parameters}\r\n"))? {
        Request::Mail { from } => from,
        _ => return Err(reply::BAD_SYNTAX),
    };
    let body_binary = from.flags & MAIL_BODY_BINARYMIME != 0;
    if body_binary {
        needs.push(Extension::BinaryMime);
    }
    Ok(Command::Mail(Mail {
        sender,
        size: from.size as u64,
        body_8bit: from.flags & (MAIL_BODY_8BITMIME | MAIL_BODY_BINARYMIME) != 0,
        body_binary,
        smtputf8: from.flags & MAIL_SMTPUTF8 != 0,
        needs,
    }))
}

/// `address> parameters` of RCPT
fn rcpt(rest: &str) -> Result<Command, Reply> {
    let (path, parameters) = path::split(rest).ok_or(reply::BAD_RECIPIENT)?;
    let mailbox = path::without_route(path);
    // RFC 5321 §4.1.1.3: the one recipient that needs no domain
    if !path::is_mailbox(mailbox) && !mailbox.eq_ignore_ascii_case("postmaster") {
        return Err(reply::BAD_RECIPIENT);
    }
    let needs = extensions(parameters, RCPT_KEYWORDS)?;
    match request(&format!("RCPT TO:<>{parameters}\r\n"))? {
        Request::Rcpt { .. } => Ok(Command::Rcpt(Rcpt { recipient: mailbox.to_owned(), needs })),
        _ => Err(reply::BAD_SYNTAX),
    }
}

/// The extensions that parameters belong to; each parameter has one space before it
fn extensions(parameters: &str, known: &[(&str, Extension)]) -> Result<Vec<Extension>, Reply> {
    if parameters.is_empty() {
        return Ok(Vec::new());
    }
    let parameters = parameters.strip_prefix(' ').ok_or(reply::BAD_SYNTAX)?;
    let mut seen: Vec<&str> = Vec::new();
    let mut needs = Vec::new();
    for parameter in parameters.split(' ') {
        let (keyword, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if keyword.is_empty() {
            return Err(reply::BAD_SYNTAX);
        }
        let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(keyword));
        let (name, extension) = found.ok_or(reply::UNKNOWN_PARAMETER)?;
        if seen.contains(name) {
            return Err(reply::TWICE);
        }
        if *name == "SIZE" && !is_number(value) {
            return Err(reply::BAD_PARAMETER);
        }
        seen.push(name);
        needs.push(*extension);
    }
    Ok(needs)
}

/// Every other command, by smtp-proto
fn read(line: &str) -> Result<Command, Reply> {
    Ok(match request(&format!("{line}\r\n"))? {
        Request::Ehlo { .. } => Command::Ehlo,
        Request::Helo { .. } => Command::Helo,
        Request::StartTls => Command::StartTls,
        Request::Auth { mechanism, initial_response } => Command::Auth {
            mechanism: match mechanism {
                AUTH_PLAIN => Some(Mechanism::Plain),
                AUTH_LOGIN => Some(Mechanism::Login),
                _ => None,
            },
            initial: Some(initial_response).filter(|text| !text.is_empty()),
        },
        Request::Data => Command::Data,
        Request::Bdat { .. } if !is_number(line.split(' ').nth(1).unwrap_or_default()) => {
            return Err(reply::BAD_SYNTAX);
        }
        Request::Bdat { chunk_size, is_last } => {
            Command::Bdat { octets: chunk_size as u64, last: is_last }
        }
        Request::Rset => Command::Rset,
        Request::Noop { .. } => Command::Noop,
        Request::Vrfy { .. } => Command::Vrfy,
        Request::Expn { .. } => Command::Expn,
        Request::Help { .. } => Command::Help,
        Request::Etrn { .. } => Command::Etrn,
        Request::Quit => Command::Quit,
        _ => return Err(reply::UNKNOWN_COMMAND),
    })
}

fn is_number(text: &str) -> bool {
    (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn request(line: &str) -> Result<Request<String>, Reply> {
    match Request::parse(&mut line.as_bytes().iter()) {
        Ok(request) => Ok(request.into_owned()),
        Err(Error::UnknownCommand) => Err(reply::UNKNOWN_COMMAND),
        Err(Error::UnsupportedParameter { .. }) => Err(reply::UNKNOWN_PARAMETER),
        Err(Error::InvalidParameter { .. }) => Err(reply::BAD_PARAMETER),
        Err(_) => Err(reply::BAD_SYNTAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(line: &str) -> Result<Command, Reply> {
        Command::parse(line, 512)
    }

    #[test]
    fn verbs_come_in_any_case_and_nothing_surplus_passes() {
        assert_eq!(parse("data"), Ok(Command::Data));
        assert_eq!(parse("DATA x"), Err(reply::SURPLUS));
        assert_eq!(parse("DATA "), Err(reply::BAD_SYNTAX));
        assert_eq!(parse("QUIT x"), Err(reply::SURPLUS));
        assert_eq!(parse("EHLO"), Err(reply::BAD_SYNTAX));
        assert_eq!(parse("EHLO a b"), Err(reply::SURPLUS));
        assert_eq!(parse("EHLO  a"), Err(reply::BAD_SYNTAX));
        assert_eq!(parse(" NOOP"), Err(reply::UNKNOWN_COMMAND));
        assert_eq!(parse("NOOP any thing"), Ok(Command::Noop));
        assert_eq!(parse("MAILX"), Err(reply::UNKNOWN_COMMAND));
        assert_eq!(parse(""), Err(reply::UNKNOWN_COMMAND));
    }

    #[test]
    fn parameters_are_read() {
        let line =
            "mail from:<a@example.com> SIZE=123 body=8bitmime SMTPUTF8 RET=HDRS ENVID=x AUTH=<>";
        let Ok(Command::Mail(mail)) = parse(line) else { panic!("{:?}", parse(line)) };
        assert_eq!(mail.sender.as_deref(), Some("a@example.com"));
        assert_eq!((mail.size, mail.body_8bit, mail.smtputf8), (123, true, true));
        assert_eq!(mail.needs.len(), 6);
        assert!(
            parse("RCPT TO:<a@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a@example.com")
                .is_ok()
        );
    }

    #[test]
    fn bad_parameters_are_refused() {
        for (parameters, reply) in [
            (" FOO=1", reply::UNKNOWN_PARAMETER),
            (" SIZE=", reply::BAD_PARAMETER),
            (" SIZE=1x", reply::BAD_PARAMETER),
            (" SIZE=18446744073709551616", reply::BAD_PARAMETER),
            (" SIZE=1 SIZE=2", reply::TWICE),
            (" BODY=9BIT", reply::BAD_PARAMETER),
            ("  SIZE=1", reply::BAD_SYNTAX),
            (" SIZE=1 ", reply::BAD_SYNTAX),
            ("SIZE=1", reply::BAD_SYNTAX),
        ] {
            assert_eq!(parse(&format!("MAIL FROM:<>{parameters}")), Err(reply), "{parameters}");
        }
        assert_eq!(parse("RCPT TO:<>"), Err(reply::BAD_RECIPIENT));
        assert_eq!(parse("RCPT TO:<a@example.com> SIZE=1"), Err(reply::UNKNOWN_PARAMETER));
    }

    #[test]
    fn chunk_sizes() {
        assert_eq!(parse("BDAT 5 last"), Ok(Command::Bdat { octets: 5, last: true }));
        assert_eq!(parse("BDAT 0"), Ok(Command::Bdat { octets: 0, last: false }));
        for line in
            ["BDAT", "BDAT x", "BDAT -1", "BDAT 5 FIRST", "BDAT 5x", "BDAT 184467440737095516159"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
        assert_eq!(parse("BDAT 5 LAST x"), Err(reply::SURPLUS));
    }

    #[test]
    fn auth() {
        let auth = |mechanism, initial: Option<&str>| {
            Ok(Command::Auth { mechanism, initial: initial.map(str::to_owned) })
        };
        assert_eq!(parse("AUTH PLAIN"), auth(Some(Mechanism::Plain), None));
        assert_eq!(parse("auth login ="), auth(Some(Mechanism::Login), Some("=")));
        assert_eq!(parse("AUTH XOAUTH2 abc="), auth(None, Some("abc=")));
        assert_eq!(parse("AUTH NO-SUCH-THING"), auth(None, None));
        assert_eq!(parse("AUTH"), Err(reply::BAD_SYNTAX));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(verb in "EHLO|AUTH|MAIL|RCPT|BDAT|NOOP|ETRN|", rest in "[ -~ü]{0,80}") {
            let _ = parse(&format!("{verb}{rest}"));
            let _ = parse(&format!("{verb} {rest}"));
            let _ = parse(&format!("MAIL FROM:<{rest}"));
            let _ = parse(&format!("RCPT TO:<a@example.com> {rest}"));
        }
    }
}
