//! Tokens of the parameters of MAIL and RCPT: `SIZE=126`, `SMTPUTF8`.

use crate::{note::Note, scanner::Scanner, table::parameters as table};

/// Parameters by keyword, with the notes on keyword and value.
static PARAMETERS: &[(&str, &Note, &Note)] = &[
    ("SIZE", &table::SIZE, &table::SIZE_VALUE),
    ("BODY", &table::BODY, &table::UNKNOWN_PARAMETER),
    ("SMTPUTF8", &table::SMTPUTF8, &table::UNKNOWN_PARAMETER),
    ("AUTH", &table::AUTH, &table::AUTH_VALUE),
    ("RET", &table::RET, &table::RET_VALUE),
    ("ENVID", &table::ENVID, &table::ENVID_VALUE),
    ("NOTIFY", &table::NOTIFY, &table::NOTIFY_VALUE),
    ("ORCPT", &table::ORCPT, &table::ORCPT_VALUE),
    ("BY", &table::BY, &table::BY_VALUE),
    ("HOLDFOR", &table::HOLD, &table::HOLD_VALUE),
    ("HOLDUNTIL", &table::HOLD, &table::HOLD_VALUE),
    ("REQUIRETLS", &table::REQUIRETLS, &table::UNKNOWN_PARAMETER),
];

/// Values of BODY.
static BODIES: &[(&str, &Note)] = &[
    ("7BIT", &table::BODY_7BIT),
    ("8BITMIME", &table::BODY_8BITMIME),
    ("BINARYMIME", &table::BODY_BINARYMIME),
];

/// Marks the parameters that follow an address, with the spaces around them.
pub(crate) fn take_parameters(scanner: &mut Scanner<'_, '_>) {
    scanner.take_spaces();
    while !scanner.is_empty() {
        take_parameter(scanner);
        scanner.take_spaces();
    }
}

fn take_parameter(scanner: &mut Scanner<'_, '_>) {
    let word = scanner.word();
    let equals = word.iter().position(|&byte| byte == b'=');
    let (keyword, value) = word.split_at(equals.unwrap_or(word.len()));
    let is_known = |known: &str| keyword.eq_ignore_ascii_case(known.as_bytes());
    let Some((_, note, value_note)) = PARAMETERS.iter().find(|(known, ..)| is_known(known)) else {
        return scanner.take_word(&table::UNKNOWN_PARAMETER);
    };
    scanner.take(keyword.len() + usize::from(equals.is_some()), note);
    scanner.take_word(if is_known("BODY") { body(value) } else { value_note });
}

/// Returns the note on a value of BODY, which begins with `=`.
fn body(value: &[u8]) -> &'static Note {
    let value = value.strip_prefix(b"=").unwrap_or(value);
    let known = BODIES.iter().find(|(name, _)| value.eq_ignore_ascii_case(name.as_bytes()));
    known.map_or(&table::UNKNOWN_PARAMETER, |(_, note)| note)
}
