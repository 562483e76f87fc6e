//! Tokens of the lines of a reply to EHLO: a keyword, and its parameters (RFC 5321 §4.1.1.1).

use crate::{
    note::Note,
    scanner::{Mark, Scanner},
    table::{auth, extensions as table},
};

/// Extensions, with the notes on keyword and parameters. The title of a note is the keyword.
static EXTENSIONS: &[(&Note, &Note)] = &[
    (&table::SIZE, &table::SIZE_LIMIT),
    (&table::EIGHTBITMIME, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::PIPELINING, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::STARTTLS, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::CHUNKING, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::BINARYMIME, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::SMTPUTF8, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::DSN, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::ENHANCEDSTATUSCODES, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::HELP, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::VRFY, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::EXPN, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::ETRN, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::DELIVERBY, &table::DELIVERBY_MINIMUM),
    (&table::LIMITS, &table::LIMIT),
    (&table::REQUIRETLS, &table::UNKNOWN_EXTENSION_PARAMETER),
    (&table::FUTURERELEASE, &table::FUTURERELEASE_LIMIT),
];

/// Marks the first line of the reply: the server's name, and text for people.
pub(crate) fn mark_greeting(text: &[u8], marks: &mut Vec<Mark>) {
    let mut scanner = Scanner::new(text, marks);
    scanner.take_word(&table::SERVER_NAME);
    scanner.take_spaces();
    scanner.rest(&table::SERVER_TEXT);
}

/// Marks a line with a keyword.
pub(crate) fn mark_extension(text: &[u8], marks: &mut Vec<Mark>) {
    let mut scanner = Scanner::new(text, marks);
    if scanner.take_text("AUTH=", &table::AUTH_EQUALS) {
        return take_mechanisms(&mut scanner);
    }
    let keyword = scanner.word();
    if keyword.eq_ignore_ascii_case(b"AUTH") {
        scanner.take_word(&table::AUTH);
        return take_mechanisms(&mut scanner);
    }
    let is_keyword = |note: &Note| keyword.eq_ignore_ascii_case(note.title.as_bytes());
    let known = EXTENSIONS.iter().find(|(note, _)| is_keyword(note));
    let unknown = (&table::UNKNOWN_EXTENSION, &table::UNKNOWN_EXTENSION_PARAMETER);
    let (note, parameter_note) = known.copied().unwrap_or(unknown);
    scanner.take_word(note);
    take_words(&mut scanner, |_| parameter_note);
}

fn take_mechanisms(scanner: &mut Scanner<'_, '_>) {
    take_words(scanner, auth::mechanism);
}

fn take_words(scanner: &mut Scanner<'_, '_>, note: impl Fn(&[u8]) -> &'static Note) {
    scanner.take_spaces();
    while !scanner.is_empty() {
        let word = scanner.word();
        scanner.take_word(note(word));
        scanner.take_spaces();
    }
}
