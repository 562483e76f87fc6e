//! Canonical line ends: CRLF, and no bare CR or LF (RFC 5321 §2.3.8).
//!
//! "SMTP smuggling" exploits a bare CR or LF in content: two servers that interpret it differently see
//! two different mails. So every message is converted before a backend sees it: each CR, LF and CRLF
//! becomes CRLF, and the last line ends with CRLF too.

use memchr::memchr2;

use super::scan::{Scan, canonical_part};

const CRLF: &[u8] = b"\r\n";

/// Splits the bytes before the first CR or LF.
fn split_at_line_end(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr2(b'\r', b'\n', bytes).and_then(|at| bytes.split_at_checked(at))
}

/// A converter to canonical form that works block by block; the blocks may be cut anywhere.
#[derive(Clone, Debug, Default)]
pub(super) struct LineEnds {
    /// Whether the last block ended with a CR, so that an LF at the start of the next one belongs to it.
    after_cr: bool,
    /// Whether the output so far ends with CRLF.
    at_line_start: bool,
}

impl LineEnds {
    /// Appends the canonical form of `block` to `out`.
    pub(super) fn push(&mut self, mut block: &[u8], out: &mut Vec<u8>) {
        if block.is_empty() {
            return;
        }
        if std::mem::take(&mut self.after_cr) {
            self.end_line(out);
            block = block.strip_prefix(b"\n").unwrap_or(block);
        }
        // Most content is canonical already, and is copied as a whole.
        let canonical = canonical_part(block);
        if !canonical.is_empty() {
            out.extend_from_slice(canonical);
            self.at_line_start = canonical.ends_with(CRLF);
            block = block.get(canonical.len()..).unwrap_or_default();
        }
        while let Some((line, line_end)) = split_at_line_end(block) {
            out.extend_from_slice(line);
            block = match line_end {
                [b'\r'] => {
                    self.at_line_start = false;
                    self.after_cr = true;
                    return;
                }
                [b'\r', b'\n', next @ ..] | [_, next @ ..] => next,
                [] => break,
            };
            self.end_line(out);
        }
        out.extend_from_slice(block);
        self.at_line_start &= block.is_empty();
    }

    /// Ends the last line if it has no line end. Empty content becomes one empty line.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.after_cr) || !self.at_line_start {
            self.end_line(out);
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(CRLF);
        self.at_line_start = true;
    }
}

/// Returns `bytes`, which were scanned, in canonical form; copies only if something changes.
pub(super) fn canonicalise(bytes: Vec<u8>, scan: &Scan) -> Vec<u8> {
    if scan.is_canonical() {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len() + scan.lone_line_ends + CRLF.len());
    let mut line_ends = LineEnds::default();
    line_ends.push(&bytes, &mut out);
    line_ends.finish(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The specification, one byte at a time.
    fn reference(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'\r' | b'\n' => {
                    if byte == b'\r' {
                        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                    }
                    out.extend_from_slice(CRLF);
                }
                other => out.push(other),
            }
        }
        if !out.ends_with(CRLF) {
            out.extend_from_slice(CRLF);
        }
        out
    }

    #[test]
    fn every_kind_of_line_end_becomes_crlf() {
        for (given, wanted) in [
            ("a\nb", "a\r\nb\r\n"),
            ("a\rb\r", "a\r\nb\r\n"),
            ("a\r\nb\r\n", "a\r\nb\r\n"),
            ("\n\r\n\r", "\r\n\r\n\r\n"),
            ("a\r\r\nb\n\n", "a\r\n\r\nb\r\n\r\n"),
            ("", "\r\n"),
        ] {
            let scan = Scan::new(given.as_bytes());
            assert_eq!(canonicalise(given.into(), &scan), wanted.as_bytes(), "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn cutting_the_input_anywhere_changes_nothing(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), any::<u8>()], 0..60),
            cut in 0_usize..60,
        ) {
            let cut = cut.min(bytes.len());
            let mut out = Vec::new();
            let mut line_ends = LineEnds::default();
            line_ends.push(&bytes[..cut], &mut out);
            line_ends.push(&bytes[cut..], &mut out);
            line_ends.finish(&mut out);
            prop_assert_eq!(&out, &reference(&bytes));
            prop_assert!(Scan::new(&out).is_canonical());
            prop_assert_eq!(Scan::new(&bytes).is_canonical(), bytes == out);
        }
    }
}
