//! Where a stream of bytes is cut.

use arbitrary::Arbitrary;

/// Lengths of pieces, over and over again: so many octets, or a line where it is 0.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Cuts([u8; 3]);

/// Octets in a piece, at most.
const LONGEST: u8 = 16;

impl Cuts {
    /// The bytes in pieces, none of them empty.
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
