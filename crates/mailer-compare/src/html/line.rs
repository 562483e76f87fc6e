//! A line of the dialogue as the page shows it: its tokens with their notes, and its bytes.

use std::fmt::Write as _;

use mailer::escape;
use mailer_notes::{Annotated, Note, Token};

use crate::observation::{DialogueLine, Speaker};

/// The bytes in a row of hexadecimal.
const HEX_ROW: usize = 16;

/// What stands in place of a secret.
const MASK: &str = "****";

/// What ends a line on the wire.
pub(super) const LINE_END: &str = "\r\n";

/// A line of the dialogue.
#[derive(Clone)]
pub(super) struct Line {
    /// A class of the page's style.
    pub(super) class: &'static str,
    /// What stands before the text.
    pub(super) speaker: &'static str,
    pub(super) tokens: Vec<PageToken>,
    /// The bytes in hexadecimal; empty for a remark.
    pub(super) hex: String,
}

/// A token of a line.
#[derive(Clone)]
pub(super) struct PageToken {
    pub(super) text: String,
    pub(super) note: Option<&'static Note>,
    /// What base64 or quoted-printable means, with secrets masked.
    pub(super) decoded: String,
    pub(super) is_line_end: bool,
}

impl Line {
    pub(super) fn new(line: &DialogueLine, annotated: &Annotated) -> Self {
        let (class, speaker) = match line.speaker {
            Speaker::Client => ("C", "C: "),
            Speaker::Server => ("S", "S: "),
            Speaker::Note => return Self::remark(&line.text),
        };
        let bytes = format!("{}{LINE_END}", line.text);
        let tokens = annotated.tokens.iter().map(|token| page_token(&bytes, token)).collect();
        Self { class, speaker, tokens, hex: hex(&line.text) }
    }

    /// A line that neither side sent.
    pub(super) fn remark(text: &str) -> Self {
        let text = escape(text).into_owned();
        let token = PageToken { text, note: None, decoded: String::new(), is_line_end: false };
        Self { class: "note", speaker: "-- ", tokens: vec![token], hex: String::new() }
    }

    pub(super) fn notes(&self) -> impl Iterator<Item = &'static Note> {
        self.tokens.iter().filter_map(|token| token.note)
    }
}

fn page_token(bytes: &str, token: &Token) -> PageToken {
    let bytes = bytes.as_bytes().get(token.range.clone()).unwrap_or_default();
    let is_line_end = bytes == LINE_END.as_bytes();
    let text = if is_line_end {
        "CRLF".to_owned()
    } else {
        escape(&String::from_utf8_lossy(bytes)).into_owned()
    };
    let decoded = token.decoded.as_deref().map(escape).unwrap_or_default().into_owned();
    PageToken { text, note: Some(token.note), decoded, is_line_end }
}

/// The bytes of a line with its CRLF. What is masked is not known here, and left out.
fn hex(line: &str) -> String {
    let (clear, end) = line.split_once(MASK).map_or((line, LINE_END), |(clear, _)| (clear, ""));
    let mut hex = String::new();
    for (index, byte) in clear.bytes().chain(end.bytes()).enumerate() {
        let separator = match index {
            0 => "",
            index if index % HEX_ROW == 0 => "\n",
            _ => " ",
        };
        let _ = write!(hex, "{separator}{byte:02x}");
    }
    if end.is_empty() { hex + " (the rest is secret)" } else { hex }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_ends_in_crlf_and_shows_no_mask_as_bytes() {
        assert_eq!(hex("DATA"), "44 41 54 41 0d 0a");
        assert_eq!(hex("AUTH PLAIN ****"), "41 55 54 48 20 50 4c 41 49 4e 20 (the rest is secret)");
        assert_eq!(hex(&"x".repeat(15)).lines().count(), 2);
    }
}
