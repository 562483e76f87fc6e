//! The points where a stream of bytes is split.

use arbitrary::Arbitrary;

/// The lengths of pieces in bytes, used cyclically; 0 is a piece that ends with a line.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Cuts([u8; 3]);

/// The maximum length of a piece in bytes, plus one.
const LONGEST: u8 = 16;

impl Cuts {
    /// Splits the bytes into pieces, none of them empty.
    pub fn pieces(self, mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
        let lengths =
            (0..).map(move |turn: usize| self.0[turn % self.0.len()].wrapping_sub(b'0') % LONGEST);
        lengths.map_while(move |length| {
            let end = match length {
                0 => bytes.iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| at + 1),
                length => bytes.len().min(length.into()),
            };
            let (piece, rest) = bytes.split_at(end);
            bytes = rest;
            (!piece.is_empty()).then_some(piece)
        })
    }
}
