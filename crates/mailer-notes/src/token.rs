//! The output: the tokens of each piece.

use std::ops::Range;

use crate::{note::Note, why::TurningPoint};

/// A token of a piece: a range of its bytes, and the note on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The bytes in the piece. In TLS records they count from the first record of the piece.
    pub range: Range<usize>,
    /// The note on these bytes.
    pub note: &'static Note,
    /// The decoded text of base64, quoted-printable or an encoded word, safe to show and with secrets
    /// masked. A token that is cut over several pieces has it in the first.
    pub decoded: Option<String>,
}

/// A piece with its tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotated {
    /// The tokens in order. They cover every byte of the piece exactly once.
    pub tokens: Vec<Token>,
    /// The turning points that the session reaches with this piece for the first time.
    pub turning_points: Vec<TurningPoint>,
}
