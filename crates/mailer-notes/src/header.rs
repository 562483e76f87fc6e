//! Tokens of a header line: name, colon, value, folding (RFC 5322 §2.2).

use crate::{
    decode::EncodedWord,
    note::Note,
    scanner::{Mark, Scanner},
    table::header as table,
};

/// A header line, as far as later lines depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// The name. It is empty in a line that continues a field.
    pub(crate) name: &'a [u8],
    /// The value in this line.
    pub(crate) value: &'a [u8],
    /// The note on the value, for the lines that continue it.
    pub(crate) value_note: &'static Note,
}

/// Whether the line continues the field of the line before it.
pub(crate) fn is_continuation(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// Marks a line that continues a field.
pub(crate) fn mark_continuation<'a>(
    line: &'a [u8],
    value_note: &'static Note,
    marks: &mut Vec<Mark>,
) -> Field<'a> {
    let mut scanner = Scanner::new(line, marks);
    scanner.take_until(&table::FOLD, |byte| !matches!(byte, b' ' | b'\t'));
    let value = scanner.ahead();
    take_value(&mut scanner, value_note);
    Field { name: &[], value, value_note }
}

/// Marks a line that begins a field. Returns nothing if it is not a field.
pub(crate) fn mark_field<'a>(line: &'a [u8], marks: &mut Vec<Mark>) -> Option<Field<'a>> {
    let mut scanner = Scanner::new(line, marks);
    let colon = line.iter().position(|&byte| byte == b':').filter(|&colon| colon > 0);
    let name = line.get(..colon.unwrap_or(0)).unwrap_or(&[]);
    if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
        scanner.rest(&table::UNKNOWN_HEADER_LINE);
        return None;
    }
    let (name_note, value_note) = table::field(name);
    scanner.take(name.len(), name_note);
    scanner.take(1, &table::COLON);
    scanner.take_until(&table::FIELD_SPACE, |byte| !matches!(byte, b' ' | b'\t'));
    let value = scanner.ahead();
    take_value(&mut scanner, value_note);
    Some(Field { name, value, value_note })
}

/// Marks a value, with its encoded words as tokens of their own.
fn take_value(scanner: &mut Scanner<'_, '_>, note: &'static Note) {
    while !scanner.is_empty() {
        let ahead = scanner.ahead();
        let words = ahead.windows(2).enumerate().filter(|(_, pair)| *pair == b"=?");
        let word =
            words.filter_map(|(at, _)| Some((at, EncodedWord::parse(ahead.get(at..)?)?))).next();
        let Some((at, word)) = word else {
            return scanner.take(ahead.len(), note);
        };
        scanner.take(at, note);
        scanner.take_decoded(word.length, &table::ENCODED_WORD, word.text);
    }
}
