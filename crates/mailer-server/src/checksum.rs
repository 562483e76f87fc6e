//! A fast checksum of content that comes in pieces.

/// The fractional part of the golden ratio, odd: multiplying by it loses nothing.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// 64 bits over a sequence of octets, however it is cut into pieces.
///
/// It finds what changes by accident (lost, doubled, reordered or altered octets), not what is
/// changed on purpose.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checksum {
    state: u64,
    /// Octets that do not fill a word yet.
    held: [u8; 8],
    holding: usize,
    octets: u64,
}

impl Checksum {
    /// The checksum of one whole sequence.
    pub(crate) fn of(octets: &[u8]) -> u64 {
        let mut checksum = Self::default();
        checksum.update(octets);
        checksum.finish()
    }

    /// Takes the next octets.
    pub(crate) fn update(&mut self, octets: &[u8]) {
        self.octets += octets.len() as u64;
        let rest = self.fill_held(octets);
        let (words, tail) = rest.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        self.hold(tail);
    }

    /// The checksum of all octets taken.
    pub(crate) fn finish(mut self) -> u64 {
        self.held.iter_mut().skip(self.holding).for_each(|octet| *octet = 0);
        self.mix(u64::from_le_bytes(self.held));
        // The length tells a zero octet at the end from none.
        self.mix(self.octets);
        self.state
    }

    /// Completes a word that was begun; what is left of `octets` starts a new one.
    fn fill_held<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        if self.holding == 0 {
            return octets;
        }
        let (first, rest) = octets.split_at(octets.len().min(8 - self.holding));
        self.hold(first);
        if self.holding == 8 {
            self.mix(u64::from_le_bytes(self.held));
            self.holding = 0;
        }
        rest
    }

    fn hold(&mut self, octets: &[u8]) {
        let free = self.held.iter_mut().skip(self.holding);
        free.zip(octets).for_each(|(held, octet)| *held = *octet);
        self.holding += octets.len();
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
        fn cuts_do_not_matter(octets: Vec<u8>, size in 1_usize..20) {
            let mut pieces = Checksum::default();
            octets.chunks(size).for_each(|piece| pieces.update(piece));
            prop_assert_eq!(pieces.finish(), Checksum::of(&octets));
        }

        #[test]
        fn one_octet_matters(mut octets in proptest::collection::vec(any::<u8>(), 1..100), at: prop::sample::Index, bit in 0..8) {
            let before = Checksum::of(&octets);
            let at = at.index(octets.len());
            octets[at] ^= 1_u8 << bit;
            prop_assert_ne!(before, Checksum::of(&octets));
        }
    }

    #[test]
    fn length_and_order_matter() {
        assert_ne!(Checksum::of(b"a"), Checksum::of(b"a\0"));
        assert_ne!(Checksum::of(b"12345678abcdefgh"), Checksum::of(b"abcdefgh12345678"));
    }
}
