//! Search for parts of base64 secrets: a server may repeat one cut off, split over lines, without its
//! padding, or in the URL-safe alphabet (RFC 4648 §5).

use zeroize::Zeroizing;

use crate::server::credentials::Secret;

/// The text printed in place of a secret.
pub(super) const MASKED: &str = "****";

/// All runs of `RUN` base64 digits in some secrets; `RUN` is at most 10.
///
/// Each run is packed into a number, so that one pass over a text finds all of them. Every reply of a
/// connection is searched, and hardly any contains a part, so a quick test of a few pairs of digits comes
/// first.
#[derive(Default)]
pub(super) struct Parts<const RUN: usize> {
    runs: Zeroizing<Vec<u64>>,
    /// A bit set of the pairs of digits that occur in a run.
    pairs: Zeroizing<Vec<u64>>,
}

impl<const RUN: usize> Parts<RUN> {
    pub(super) fn new(encoded: &[Secret]) -> Self {
        let mut parts = Self::default();
        let capacity = encoded.iter().map(|secret| secret.reveal().len()).sum();
        parts.reserve(capacity);
        encoded.iter().for_each(|secret| parts.insert(secret));
        parts.runs.sort_unstable();
        parts
    }

    /// Adds all runs of one more secret.
    pub(super) fn add(&mut self, encoded: &Secret) {
        self.reserve(encoded.reveal().len());
        self.insert(encoded);
        self.runs.sort_unstable();
    }

    /// Makes room for so many runs in a new vector: one that grows leaves a copy in memory that is not
    /// wiped.
    fn reserve(&mut self, additional: usize) {
        let mut runs = Zeroizing::new(Vec::with_capacity(self.runs.len() + additional));
        runs.extend_from_slice(&self.runs);
        self.runs = runs;
    }

    fn insert(&mut self, encoded: &Secret) {
        runs::<RUN>(encoded.reveal()).for_each(|(_, run)| self.runs.push(run));
        if self.pairs.is_empty() {
            self.pairs = Zeroizing::new(vec![0; PAIRS / 64]);
        }
        for pair in encoded.reveal().as_bytes().windows(2) {
            if let Some((word, bit)) = place(pair)
                && let Some(word) = self.pairs.get_mut(word)
            {
                *word |= bit;
            }
        }
    }

    /// Whether there is nothing to mask.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Returns the text with every part masked.
    pub(super) fn mask(&self, text: String) -> String {
        if self.is_empty() || !self.may_stand_in(&text) {
            return text;
        }
        let mut masked = String::new();
        let mut kept = 0;
        let mut hidden_to = 0;
        for (end, _) in runs::<RUN>(&text).filter(|(_, run)| self.runs.binary_search(run).is_ok()) {
            let start = end - RUN;
            if start > hidden_to || masked.is_empty() {
                masked.push_str(text.get(kept..start).unwrap_or_default());
                masked.push_str(MASKED);
            }
            hidden_to = end;
            kept = padding_end(&text, end);
        }
        if masked.is_empty() {
            return text;
        }
        masked.push_str(text.get(kept..).unwrap_or_default());
        masked
    }

    /// Whether the text may contain a run. Every run covers at least one of the tested pairs.
    fn may_stand_in(&self, text: &str) -> bool {
        let mut looked_at = text.as_bytes().windows(2).step_by(RUN - 1);
        looked_at.any(|pair| {
            place(pair)
                .is_some_and(|(word, bit)| self.pairs.get(word).is_some_and(|w| w & bit != 0))
        })
    }
}

/// The number of pairs of digits.
const PAIRS: usize = 64 * 64;

/// Returns the index of the word and the bit for a pair of digits.
fn place(pair: &[u8]) -> Option<(usize, u64)> {
    let &[first, second] = pair else { return None };
    let index = usize::from(value(first)?) << 6 | usize::from(value(second)?);
    Some((index / 64, 1 << (index % 64)))
}

/// Returns the value of a digit in either alphabet (RFC 4648 §4, §5).
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Returns every run of digits in a text with the position of its end.
fn runs<const RUN: usize>(text: &str) -> impl Iterator<Item = (usize, u64)> {
    // Six bits per digit.
    let bits = (1_u64 << (6 * RUN)) - 1;
    let (mut run, mut length) = (0, 0);
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        let digit = value(byte);
        length = if digit.is_some() { length + 1 } else { 0 };
        run = (run << 6 | u64::from(digit.unwrap_or(0))) & bits;
        (length >= RUN).then_some((at + 1, run))
    })
}

/// Returns the end of the padding that follows a part.
fn padding_end(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default();
    end + rest.bytes().take_while(|&byte| byte == b'=').count()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    /// As many digits as the mask searches for.
    const RUN: usize = 6;

    fn parts(text: &str) -> Parts<RUN> {
        Parts::new(&[Secret::from(STANDARD.encode(text))])
    }

    #[test]
    fn a_part_is_masked_wherever_it_ends() {
        let secret = "\0ann\0s~ÿ?same91";
        let (parts, whole) = (parts(secret), STANDARD.encode(secret));
        let (begin, end) = whole.split_at(11);
        assert!(whole.contains('/') && whole.ends_with('='), "{whole}");
        let url_safe = whole.replace('+', "-").replace('/', "_");
        for (text, wanted) in [
            (format!("no {whole}!"), "no ****!".to_owned()),
            (format!("no {}", whole.trim_end_matches('=')), "no ****".to_owned()),
            (format!("{begin}\n{end}"), "****\n****".to_owned()),
            (format!("{begin}..., {url_safe}"), "****..., ****".to_owned()),
            ("2.7.0 Authentication failed".to_owned(), "2.7.0 Authentication failed".to_owned()),
        ] {
            assert_eq!(parts.mask(text), wanted);
        }
    }

    proptest! {
        #[test]
        fn every_part_is_masked_and_other_text_is_kept(
            secret in "[ -~é]{5,30}", before in "[ -~é\n]{0,20}", after in "[ -~é\n]{0,20}",
            cut in 0_usize..60,
        ) {
            let parts = parts(&secret);
            let encoded = STANDARD.encode(&secret);
            let part = &encoded[..encoded.len() - cut.min(encoded.len())];
            let masked = parts.mask(format!("{before} {part} {after}"));
            prop_assert!(runs::<RUN>(&masked).all(|(_, run)| parts.runs.binary_search(&run).is_err()));
            if part.trim_end_matches('=').len() >= RUN {
                prop_assert_eq!(masked, format!("{before} {MASKED} {after}"));
            }
        }
    }
}
