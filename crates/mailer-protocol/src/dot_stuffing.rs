//! Dot-stuffing (RFC 5321 §4.5.2): a line that starts with a dot gets another, so that it is not mistaken
//! for the end of the content.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Finds lines that start with a dot. It is built once: in a content with many such lines, building one for each
/// search costs as much as sending.
static DOT_LINE: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"\n."));

/// A dot-stuffer that works block by block; the blocks may be cut anywhere. All line ends of the content
/// must be CRLF, which [`mailer::Message`] guarantees.
#[derive(Debug)]
pub(crate) struct DotStuffing {
    at_line_start: bool,
    /// Whether a line may start with a dot. Otherwise blocks are not examined.
    is_needed: bool,
}

impl DotStuffing {
    pub(crate) fn new(is_needed: bool) -> Self {
        Self { at_line_start: true, is_needed }
    }

    /// Whether no line in the block starts with a dot, so that the block can be sent unchanged. If so, the
    /// block counts as pushed.
    pub(crate) fn passes(&mut self, block: &[u8]) -> bool {
        if !self.is_needed {
            return true;
        }
        let begins_with_dot = self.at_line_start && block.first() == Some(&b'.');
        let passes = !begins_with_dot && DOT_LINE.find(block).is_none();
        if passes {
            self.end_with(block);
        }
        passes
    }

    /// Appends the block to `out` with its dots stuffed. The search uses SIMD, so stuffing costs
    /// little more than the copy.
    pub(crate) fn push(&mut self, block: &[u8], out: &mut Vec<u8>) {
        if !self.is_needed {
            return out.extend_from_slice(block);
        }
        if self.at_line_start && block.first() == Some(&b'.') {
            out.push(b'.');
        }
        let mut start = 0;
        for at in DOT_LINE.find_iter(block) {
            let dot = at + 1;
            out.extend_from_slice(block.get(start..dot).unwrap_or_default());
            out.push(b'.');
            start = dot;
        }
        out.extend_from_slice(block.get(start..).unwrap_or_default());
        self.end_with(block);
    }

    fn end_with(&mut self, block: &[u8]) {
        if let Some(&last) = block.last() {
            self.at_line_start = last == b'\n';
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stuffed(blocks: &[&[u8]]) -> Vec<u8> {
        let (mut stuffing, mut out) = (DotStuffing::new(true), Vec::new());
        for block in blocks {
            stuffing.push(block, &mut out);
        }
        out
    }

    /// The same, with blocks sent unchanged where possible.
    fn passed(blocks: &[&[u8]]) -> Vec<u8> {
        let (mut stuffing, mut out) = (DotStuffing::new(true), Vec::new());
        for block in blocks {
            match stuffing.passes(block) {
                true => out.extend_from_slice(block),
                false => stuffing.push(block, &mut out),
            }
        }
        out
    }

    /// Removes the dots as the receiving side does (RFC 5321 §4.5.2).
    fn unstuffed(bytes: &[u8]) -> Vec<u8> {
        let lines = bytes.split_inclusive(|&byte| byte == b'\n');
        lines.flat_map(|line| line.strip_prefix(b".").unwrap_or(line)).copied().collect()
    }

    #[test]
    fn a_line_that_starts_with_a_dot_gets_another() {
        for (given, wanted) in [
            (".", ".."),
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"),
            ("..\r\n..a\r\n", "...\r\n...a\r\n"),
            ("a.b\r\n .c\r\n", "a.b\r\n .c\r\n"),
            ("\r\n.\r\n.\r\n", "\r\n..\r\n..\r\n"),
        ] {
            assert_eq!(stuffed(&[given.as_bytes()]), wanted.as_bytes(), "{given:?}");
        }
    }

    #[test]
    fn content_without_dot_lines_passes_unexamined() {
        let (mut stuffing, mut out) = (DotStuffing::new(false), Vec::new());
        assert!(stuffing.passes(b"a line\r\n"));
        stuffing.push(b"another. line\r\n", &mut out);
        assert_eq!(out, b"another. line\r\n");
    }

    proptest! {
        #[test]
        fn stuffed_content_is_unstuffed_unchanged_and_has_no_line_of_one_dot(
            lines in proptest::collection::vec("[.a]{0,3}", 0..8), cut in 0_usize..40,
        ) {
            let content: Vec<u8> = lines.iter().flat_map(|l| [l.as_bytes(), b"\r\n"].concat()).collect();
            let (head, tail) = content.split_at(cut.min(content.len()));
            let out = stuffed(&[head, tail]);
            prop_assert_eq!(&passed(&[head, tail]), &out);
            prop_assert_eq!(unstuffed(&out), content);
            prop_assert!(!out.split(|&b| b == b'\n').any(|line| line == b".\r"));
        }
    }
}
