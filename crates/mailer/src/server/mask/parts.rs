//! Base64 that a server repeats in part: cut off, broken over lines, without its padding, or in the
//! alphabet for URLs (RFC 4648 §5).

use zeroize::Zeroizing;

use super::{MASKED, Secret};

/// Digits in a row that are looked for. So many do not stand in other text by chance.
const RUN: usize = 6;
/// The bits of so many digits, six each.
const RUN_BITS: u64 = (1 << (6 * RUN)) - 1;

/// Every run of [`RUN`] digits in some base64.
///
/// Each is packed into a number, so that the text is looked through once, whatever is looked for. Every
/// reply of a connection passes here, and hardly any has a part in it: to find that out a few pairs of
/// digits are enough.
#[derive(Default)]
pub(super) struct Parts {
    runs: Zeroizing<Vec<u64>>,
    /// A bit for every pair of digits that stands in a run.
    pairs: Zeroizing<Vec<u64>>,
}

impl Parts {
    pub(super) fn of(encoded: &[Secret]) -> Self {
        let octets = encoded.iter().map(|secret| secret.reveal().len()).sum();
        // Room for all at once: growing would leave a copy behind that nobody wipes.
        let mut parts = Zeroizing::new(Vec::with_capacity(octets));
        for secret in encoded {
            runs(secret.reveal()).for_each(|(_, run)| parts.push(run));
        }
        parts.sort_unstable();
        let mut pairs = Zeroizing::new(vec![0; PAIRS / 64]);
        for pair in encoded.iter().flat_map(|secret| secret.reveal().as_bytes().windows(2)) {
            if let Some((word, bit)) = place(pair)
                && let Some(word) = pairs.get_mut(word)
            {
                *word |= bit;
            }
        }
        Self { runs: parts, pairs }
    }

    /// The text with a mask in the place of every part.
    pub(super) fn mask(&self, text: String) -> String {
        if self.pairs.is_empty() || !self.may_stand_in(&text) {
            return text;
        }
        let mut masked = String::new();
        let mut kept = 0;
        let mut hidden_to = 0;
        for (end, _) in runs(&text).filter(|(_, run)| self.runs.binary_search(run).is_ok()) {
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

    /// Whether a run may stand in the text. Of the pairs in a run, one is always looked at.
    fn may_stand_in(&self, text: &str) -> bool {
        let mut looked_at = text.as_bytes().windows(2).step_by(RUN - 1);
        looked_at.any(|pair| {
            place(pair)
                .is_some_and(|(word, bit)| self.pairs.get(word).is_some_and(|w| w & bit != 0))
        })
    }
}

/// Pairs of digits that there are.
const PAIRS: usize = 64 * 64;

/// Which bit of which word a pair of digits has.
fn place(pair: &[u8]) -> Option<(usize, u64)> {
    let &[first, second] = pair else { return None };
    let index = usize::from(value(first)?) << 6 | usize::from(value(second)?);
    Some((index / 64, 1 << (index % 64)))
}

/// What a digit is worth, in either alphabet (RFC 4648 §4, §5).
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

/// Every run of digits in a text, and where it ends.
fn runs(text: &str) -> impl Iterator<Item = (usize, u64)> {
    let (mut run, mut length) = (0, 0);
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        let digit = value(byte);
        length = if digit.is_some() { length + 1 } else { 0 };
        run = (run << 6 | u64::from(digit.unwrap_or(0))) & RUN_BITS;
        (length >= RUN).then_some((at + 1, run))
    })
}

/// Where the padding behind a part ends.
fn padding_end(text: &str, end: usize) -> usize {
    let rest = text.get(end..).unwrap_or_default();
    end + rest.bytes().take_while(|&byte| byte == b'=').count()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> Parts {
        Parts::of(&[Secret::from(STANDARD.encode(text))])
    }

    #[test]
    fn a_part_is_found_wherever_it_ends() {
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
        fn no_part_is_left_and_nothing_else_is_lost(
            secret in "[ -~é]{5,30}", before in "[ -~é\n]{0,20}", after in "[ -~é\n]{0,20}",
            cut in 0_usize..60,
        ) {
            let parts = parts(&secret);
            let encoded = STANDARD.encode(&secret);
            let part = &encoded[..encoded.len() - cut.min(encoded.len())];
            let masked = parts.mask(format!("{before} {part} {after}"));
            prop_assert!(runs(&masked).all(|(_, run)| parts.runs.binary_search(&run).is_err()));
            if part.trim_end_matches('=').len() >= RUN {
                prop_assert_eq!(masked, format!("{before} {MASKED} {after}"));
            }
        }
    }
}
