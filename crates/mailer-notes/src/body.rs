//! Tokens of a body line, by its encoding (RFC 2045 §6).

use crate::{
    decode::{base64_text, quoted_byte, shown},
    mime::Encoding,
    note::Note,
    scanner::{Mark, Scanner, mark_line_end},
    table::{body as table, line},
};

/// Marks a body line with its line end.
pub(crate) fn mark_body(
    text: &[u8],
    end: &[u8],
    encoding: Encoding,
    is_text: bool,
    marks: &mut Vec<Mark>,
) {
    match encoding {
        Encoding::Identity => mark_line(text, end, &table::TEXT, None, marks),
        Encoding::Base64 => {
            let decoded = if is_text { base64_text(text) } else { None };
            mark_line(text, end, &table::BASE64, decoded, marks);
        }
        Encoding::QuotedPrintable => mark_quoted(text, end, marks),
    }
}

fn mark_line(
    text: &[u8],
    end: &[u8],
    note: &'static Note,
    decoded: Option<String>,
    marks: &mut Vec<Mark>,
) {
    Scanner::new(text, marks).take_decoded(text.len(), note, decoded);
    mark_line_end(end, marks);
}

fn mark_quoted(text: &[u8], end: &[u8], marks: &mut Vec<Mark>) {
    let is_soft = !end.is_empty() && text.ends_with(b"=");
    let quoted = if is_soft { text.get(..text.len() - 1).unwrap_or(text) } else { text };
    let mut scanner = Scanner::new(quoted, marks);
    while !scanner.is_empty() {
        let bytes = quoted_bytes(scanner.ahead());
        if bytes.is_empty() {
            scanner.take(plain_length(scanner.ahead()), &table::TEXT);
        } else {
            scanner.take_decoded(bytes.len() * 3, &table::QUOTED_BYTES, shown(bytes));
        }
    }
    if is_soft {
        Scanner::new(b"=", marks).rest(&table::SOFT_BREAK);
        let note = if end.len() == 1 { &line::BARE_LF } else { &table::SOFT_BREAK };
        return Scanner::new(end, marks).rest(note);
    }
    mark_line_end(end, marks);
}

/// Returns the bytes of the sequences such as `=C3=A9` that come next.
fn quoted_bytes(text: &[u8]) -> Vec<u8> {
    text.chunks(3).map_while(quoted_byte).collect()
}

/// Returns the number of bytes up to the next sequence; at least one.
fn plain_length(text: &[u8]) -> usize {
    let next =
        (1..text.len()).find(|&at| text.get(at..).is_some_and(|rest| quoted_byte(rest).is_some()));
    next.unwrap_or(text.len())
}
