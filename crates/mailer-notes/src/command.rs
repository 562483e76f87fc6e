//! Tokens of a command line of the client (RFC 5321 §4.1.1).

use crate::{
    auth::{self, Expected},
    note::Note,
    parameters,
    path::take_path,
    scanner::{Mark, Scanner},
    table::{commands as table, path},
};

/// What a command changes for the bytes that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The bytes that follow are read as before.
    None,
    /// The responses of an AUTH exchange may follow.
    Auth(Expected),
    /// What was sent of a message before does not belong to the content that follows.
    NewMessage,
    /// So many bytes of content follow, and whether they end the message.
    Chunk { size: usize, is_last: bool },
}

/// The arguments of a command.
#[derive(Clone, Copy)]
enum Arguments {
    None,
    Text,
    Host,
    Sender,
    Recipient,
    Auth,
    Chunk,
}

/// Commands by name, with their notes and arguments.
static COMMANDS: &[(&str, &Note, Arguments)] = &[
    ("EHLO", &table::EHLO, Arguments::Host),
    ("HELO", &table::HELO, Arguments::Host),
    ("STARTTLS", &table::STARTTLS, Arguments::None),
    ("AUTH", &table::AUTH, Arguments::Auth),
    ("MAIL", &table::MAIL, Arguments::Sender),
    ("RCPT", &table::RCPT, Arguments::Recipient),
    ("DATA", &table::DATA, Arguments::None),
    ("BDAT", &table::BDAT, Arguments::Chunk),
    ("RSET", &table::RSET, Arguments::None),
    ("NOOP", &table::NOOP, Arguments::Text),
    ("VRFY", &table::VRFY, Arguments::Text),
    ("EXPN", &table::EXPN, Arguments::Text),
    ("HELP", &table::HELP, Arguments::Text),
    ("QUIT", &table::QUIT, Arguments::None),
    ("ETRN", &table::ETRN, Arguments::Text),
];

/// Whether the line begins with a command that is known here.
pub(crate) fn is_command(line: &[u8]) -> bool {
    find(first_word(line)).is_some()
}

/// Marks a command line without its line end.
pub(crate) fn mark_command(line: &[u8], marks: &mut Vec<Mark>) -> Effect {
    let mut scanner = Scanner::new(line, marks);
    let name = first_word(line);
    let Some((verb, note, arguments)) = find(name) else {
        scanner.rest(&table::UNKNOWN_COMMAND);
        return Effect::None;
    };
    scanner.take_word(note);
    scanner.take_spaces();
    let effect = match arguments {
        Arguments::None => none(verb),
        Arguments::Text => text(&mut scanner),
        Arguments::Host => host(&mut scanner),
        Arguments::Sender => {
            take_envelope(&mut scanner, "FROM:", &path::FROM);
            Effect::NewMessage
        }
        Arguments::Recipient => {
            take_envelope(&mut scanner, "TO:", &path::TO);
            Effect::None
        }
        Arguments::Auth => Effect::Auth(auth::take_arguments(&mut scanner)),
        Arguments::Chunk => chunk(&mut scanner),
    };
    scanner.rest(&table::UNEXPECTED_ARGUMENT);
    effect
}

fn first_word(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == b' ').next().unwrap_or(line)
}

fn find(name: &[u8]) -> Option<(&'static str, &'static Note, Arguments)> {
    COMMANDS.iter().copied().find(|(known, ..)| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn none(verb: &str) -> Effect {
    if matches!(verb, "DATA" | "RSET") { Effect::NewMessage } else { Effect::None }
}

fn text(scanner: &mut Scanner<'_, '_>) -> Effect {
    scanner.take(scanner.ahead().len(), &table::ARGUMENT);
    Effect::None
}

fn host(scanner: &mut Scanner<'_, '_>) -> Effect {
    let is_literal = scanner.word().starts_with(b"[");
    scanner.take_word(if is_literal { &table::CLIENT_LITERAL } else { &table::CLIENT_NAME });
    Effect::NewMessage
}

fn take_envelope(scanner: &mut Scanner<'_, '_>, prefix: &str, note: &'static Note) {
    if scanner.take_text(prefix, note) {
        // RFC 5321 §3.3 allows no space here. Some clients send one.
        scanner.take_spaces();
        take_path(scanner);
        parameters::take_parameters(scanner);
    }
}

fn chunk(scanner: &mut Scanner<'_, '_>) -> Effect {
    let digits = std::str::from_utf8(scanner.word()).ok().and_then(|word| word.parse().ok());
    let Some(size) = digits else { return Effect::None };
    scanner.take_word(&table::BDAT_SIZE);
    scanner.take_spaces();
    Effect::Chunk { size, is_last: scanner.take_text("LAST", &table::BDAT_LAST) }
}
