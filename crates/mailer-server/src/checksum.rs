//! A fast checksum of content that arrives in pieces.

/// The fractional part of the golden ratio. It is odd, so multiplying by it loses no information.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// A checksum of 64 bits over a sequence of bytes, independent of how the sequence is split.
///
/// It detects accidental changes (lost, repeated, reordered or altered bytes), not deliberate ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checksum {
    state: u64,
    /// Bytes that do not fill a word yet.
    held: [u8; 8],
    holding: usize,
    bytes: u64,
}

impl Checksum {
    /// Returns the checksum of one whole sequence.
    pub(crate) fn from_bytes(bytes: &[u8]) -> u64 {
        let mut checksum = Self::default();
        checksum.update(bytes);
        checksum.finish()
    }

    /// Adds the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let rest = self.fill_held(bytes);
        let (words, tail) = rest.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        self.hold(tail);
    }

    /// Returns the checksum of all bytes added.
    pub(crate) fn finish(mut self) -> u64 {
        self.held.iter_mut().skip(self.holding).for_each(|byte| *byte = 0);
        self.mix(u64::from_le_bytes(self.held));
        // The length distinguishes a zero byte at the end from padding.
        self.mix(self.bytes);
        self.state
    }

    /// Completes a partial word, and returns the bytes after it.
    fn fill_held<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.holding == 0 {
            return bytes;
        }
        let (first, rest) = bytes.split_at(bytes.len().min(8 - self.holding));
        self.hold(first);
        if self.holding == 8 {
            self.mix(u64::from_le_bytes(self.held));
            self.holding = 0;
        }
        rest
    }

    fn hold(&mut self, bytes: &[u8]) {
        let free = self.held.iter_mut().skip(self.holding);
        free.zip(bytes).for_each(|(held, byte)| *held = *byte);
        self.holding += bytes.len();
    }

    fn mix(&mut self, word: u64) {
        self.state = (self.state ^ word).wrapping_mul(FACTOR).rotate_left(31);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn splitting_the_input_does_not_change_the_checksum(bytes: Vec<u8>, size in 1_usize..20) {
            let mut pieces = Checksum::default();
            bytes.chunks(size).for_each(|piece| pieces.update(piece));
            prop_assert_eq!(pieces.finish(), Checksum::from_bytes(&bytes));
        }

        #[test]
        fn one_flipped_bit_changes_the_checksum(mut bytes in proptest::collection::vec(any::<u8>(), 1..100), at: prop::sample::Index, bit in 0..8) {
            let before = Checksum::from_bytes(&bytes);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert_ne!(before, Checksum::from_bytes(&bytes));
        }
    }

    #[test]
    fn length_and_order_change_the_checksum() {
        assert_ne!(Checksum::from_bytes(b"a"), Checksum::from_bytes(b"a\0"));
        assert_ne!(
            Checksum::from_bytes(b"12345678abcdefgh"),
            Checksum::from_bytes(b"abcdefgh12345678")
        );
    }
}
