//! Explains a line of a session: a note on each of its tokens.
//!
//! `cargo run -p mailer-notes --example explain_line` runs it.

use std::error::Error;

use mailer::Step;
use mailer_notes::{Piece, annotate};

const LINE: &[u8] = b"RCPT TO:<bob@example.com>\r\n";

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let annotated = annotate(&[Piece::client(Step::Recipient, LINE)]);
    let piece = annotated.first().ok_or("a line is one piece")?;
    let mut end = 0;
    for token in &piece.tokens {
        // The tokens follow one another, so that no byte is left without a note.
        assert_eq!(token.range.start, end);
        assert!(!token.note.is_unknown(), "{token:?}");
        end = token.range.end;
    }
    assert_eq!(end, LINE.len());
    let first = piece.tokens.first().ok_or("a line has tokens")?;
    assert_eq!((LINE.get(first.range.clone()), first.note.id), (Some(&b"RCPT"[..]), "rcpt"));
    Ok(())
}
