//! A dot before each dot that begins a line (RFC 5321 §4.5.2), so that none is taken for the end.

use memchr::memmem;

/// Stuffs content block by block; the blocks may be cut anywhere. The content's line ends are CRLF
/// and nothing else, which [`mailer::Message`] sees to.
#[derive(Debug)]
pub(crate) struct DotStuffing {
    at_line_start: bool,
}

impl DotStuffing {
    pub(crate) fn new() -> Self {
        Self { at_line_start: true }
    }

    /// Whether no line in the block begins with a dot, so that it may leave as it is. If so, it counts
    /// as pushed.
    pub(crate) fn passes(&mut self, block: &[u8]) -> bool {
        let begins_with_dot = self.at_line_start && block.first() == Some(&b'.');
        let passes = !begins_with_dot && memmem::find(block, b"\n.").is_none();
        if passes {
            self.end_with(block);
        }
        passes
    }

    /// Appends the block to `out`, stuffed. The search for dots is the library's vectorised one, so
    /// that stuffing costs little more than the copy that is needed anyway.
    pub(crate) fn push(&mut self, block: &[u8], out: &mut Vec<u8>) {
        if self.at_line_start && block.first() == Some(&b'.') {
            out.push(b'.');
        }
        let mut rest = block;
        while let Some(at) = memmem::find(rest, b"\n.") {
            let (line, next) = rest.split_at(at + 1);
            out.extend_from_slice(line);
            out.push(b'.');
            // The dot stays with what follows, but must not be found again.
            let (dot, next) = next.split_at(1);
            out.extend_from_slice(dot);
            rest = next;
        }
        out.extend_from_slice(rest);
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
        let (mut stuffing, mut out) = (DotStuffing::new(), Vec::new());
        for block in blocks {
            stuffing.push(block, &mut out);
        }
        out
    }

    /// The same, with each block passed on that may be.
    fn passed(blocks: &[&[u8]]) -> Vec<u8> {
        let (mut stuffing, mut out) = (DotStuffing::new(), Vec::new());
        for block in blocks {
            match stuffing.passes(block) {
                true => out.extend_from_slice(block),
                false => stuffing.push(block, &mut out),
            }
        }
        out
    }

    /// RFC 5321 §4.5.2, as the receiving side does it.
    fn unstuffed(bytes: &[u8]) -> Vec<u8> {
        let lines = bytes.split_inclusive(|&byte| byte == b'\n');
        lines.flat_map(|line| line.strip_prefix(b".").unwrap_or(line)).copied().collect()
    }

    #[test]
    fn every_line_that_begins_with_a_dot_gets_another() {
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

    proptest! {
        #[test]
        fn cut_anywhere_it_comes_out_whole_and_has_no_line_of_one_dot(
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
