//! Canonical line ends: CRLF, and no bare CR or LF (RFC 5321 §2.3.8).
//!
//! "SMTP smuggling" exploits a bare CR or LF in content: two servers that interpret it differently see
//! two different mails. So every message is converted before a backend sees it: each CR, LF and CRLF
//! becomes CRLF, and the last line ends with CRLF too.

use memchr::memchr2;

use super::scan::Scan;

const CRLF: &[u8] = b"\r\n";

/// Splits the bytes before the first CR or LF.
fn split_at_line_end(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    memchr2(b'\r', b'\n', bytes).and_then(|at| bytes.split_at_checked(at))
}

/// A converter to canonical form that works block by block; the blocks may be cut anywhere. It examines each
/// block once, on the way.
#[derive(Default)]
pub(super) struct LineEnds {
    scan: Scan,
}

impl LineEnds {
    /// Returns what has been found in all blocks so far, as they were before they were converted.
    pub(super) fn scan(&self) -> &Scan {
        &self.scan
    }

    /// Appends the canonical form of `block` to `out`. If it ends with a CR, CRLF follows with the next block.
    pub(super) fn push(&mut self, block: &[u8], out: &mut Vec<u8>) {
        let is_after_cr = self.scan.ends_with_cr();
        let is_canonical = !self.scan.add(block);
        let rest = complete_cr(is_after_cr, block, out);
        if is_canonical {
            out.extend_from_slice(rest.strip_suffix(b"\r").unwrap_or(rest));
        } else {
            convert(rest, out);
        }
    }

    /// Converts `block` itself as [`push`](Self::push) does. Most blocks are canonical already and stay where they
    /// are; the others are copied to `spare`, which is exchanged for `block`.
    pub(super) fn convert(&mut self, block: &mut Vec<u8>, spare: &mut Vec<u8>) {
        let is_after_cr = self.scan.ends_with_cr();
        if self.scan.add(block) || is_after_cr {
            spare.clear();
            convert(complete_cr(is_after_cr, block, spare), spare);
            std::mem::swap(block, spare);
        } else if block.ends_with(b"\r") {
            block.pop();
        }
    }

    /// Ends the last line if it has no line end. Empty content becomes one empty line.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.scan.ends_with_lf() {
            self.scan.add(b"\n");
            out.extend_from_slice(CRLF);
        }
    }
}

/// Appends CRLF for a CR at the end of the block before. Returns the rest of this block.
fn complete_cr<'a>(is_after_cr: bool, block: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    if !is_after_cr || block.is_empty() {
        return block;
    }
    out.extend_from_slice(CRLF);
    block.strip_prefix(b"\n").unwrap_or(block)
}

/// Appends the canonical form of `block` line by line, but not that of a CR at its end.
fn convert(mut block: &[u8], out: &mut Vec<u8>) {
    while let Some((line, line_end)) = split_at_line_end(block) {
        out.extend_from_slice(line);
        block = match line_end {
            [] | [b'\r'] => return,
            [b'\r', b'\n', next @ ..] | [_, next @ ..] => next,
        };
        out.extend_from_slice(CRLF);
    }
    out.extend_from_slice(block);
}

/// Returns `bytes`, which were scanned, in canonical form; copies only if something changes.
pub(super) fn canonicalise(bytes: Vec<u8>, scan: &Scan) -> Vec<u8> {
    if scan.is_canonical() {
        return bytes;
    }
    let mut out = Vec::with_capacity(usize::try_from(scan.canonical_size()).unwrap_or_default());
    convert(&bytes, &mut out);
    if !scan.ends_with_lf() {
        out.extend_from_slice(CRLF);
    }
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
            size in 1_usize..60,
        ) {
            let (mut appended, mut joined, mut spare) = (Vec::new(), Vec::new(), Vec::new());
            let (mut appending, mut in_place) = (LineEnds::default(), LineEnds::default());
            for block in bytes.chunks(size) {
                appending.push(block, &mut appended);
                let mut block = block.to_vec();
                in_place.convert(&mut block, &mut spare);
                joined.extend(block);
            }
            let scan = appending.scan().clone();
            appending.finish(&mut appended);
            in_place.finish(&mut joined);
            let wanted = reference(&bytes);
            prop_assert_eq!(&appended, &wanted);
            prop_assert_eq!(&joined, &wanted);
            prop_assert_eq!(scan.canonical_size(), wanted.len() as u64);
            prop_assert_eq!(&canonicalise(bytes.clone(), &scan), &wanted);
            prop_assert_eq!(scan.is_canonical(), bytes == wanted);
        }
    }
}
