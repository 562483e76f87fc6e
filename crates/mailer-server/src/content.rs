//! Content after DATA: finds its end and removes dot-stuffing.

use memchr::memchr2;

/// The result of [`Unstuffer::decode`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// How many bytes of the input are consumed.
    pub(crate) used: usize,
    /// Whether the content ends with them.
    pub(crate) ended: bool,
}

/// Decodes what follows DATA (RFC 5321 §4.5.2).
///
/// A line starts at the very beginning and after CRLF, nowhere else. So only CRLF.CRLF ends the
/// content, and every other mixture of CR, LF and dots is content. The decoder jumps from line end
/// to line end and passes on runs of many lines.
#[derive(Debug)]
pub(crate) struct Unstuffer {
    line_start: bool,
    bare_line_end: bool,
}

/// The dot at the start of a line, and the bytes after it.
enum Dot<'a> {
    None,
    /// A dot that the client added.
    Stuffed(&'a [u8]),
    /// The end of the content.
    End(&'a [u8]),
    /// The input is too short to decide.
    Unknown,
}

impl Unstuffer {
    pub(crate) fn new() -> Self {
        Self { line_start: true, bare_line_end: false }
    }

    /// Returns whether the content has a CR or LF that is not part of a CRLF.
    pub(crate) fn has_bare_line_end(&self) -> bool {
        self.bare_line_end
    }

    /// Passes the content in `input` to `sink`. Bytes that it cannot decide about yet, at most two,
    /// are not consumed: the caller passes them again, together with what follows.
    pub(crate) fn decode(&mut self, input: &[u8], mut sink: impl FnMut(&[u8])) -> Decoded {
        // The next run for the sink starts at `run` and ends where `rest` starts.
        let (mut run, mut rest) = (input, input);
        loop {
            if self.line_start {
                match dot(rest) {
                    Dot::None => {}
                    Dot::Stuffed(after) => {
                        sink(up_to(run, rest));
                        (run, rest) = (after, after);
                    }
                    Dot::End(after) => {
                        sink(up_to(run, rest));
                        return Decoded { used: input.len() - after.len(), ended: true };
                    }
                    Dot::Unknown => break,
                }
                self.line_start = false;
            }
            match self.after_line_end(rest) {
                Some(after) => rest = after,
                None => {
                    rest = cr_at_end(rest);
                    break;
                }
            }
        }
        sink(up_to(run, rest));
        Decoded { used: input.len() - rest.len(), ended: false }
    }

    /// Returns what follows the next CR, LF or CRLF. None if there is none, or a CR at the end that
    /// may become a CRLF.
    fn after_line_end<'a>(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        let at = memchr2(b'\r', b'\n', rest)?;
        match rest.get(at..)? {
            [] | [b'\r'] => None,
            [b'\r', b'\n', after @ ..] => {
                self.line_start = true;
                Some(after)
            }
            [_, after @ ..] => {
                self.bare_line_end = true;
                Some(after)
            }
        }
    }
}

fn dot(line: &[u8]) -> Dot<'_> {
    match line {
        [] | [b'.'] | [b'.', b'\r'] => Dot::Unknown,
        [b'.', b'\r', b'\n', after @ ..] => Dot::End(after),
        [b'.', after @ ..] => Dot::Stuffed(after),
        _ => Dot::None,
    }
}

/// Returns `all` without `rest`, which is its end.
fn up_to<'a>(all: &'a [u8], rest: &[u8]) -> &'a [u8] {
    all.get(..all.len() - rest.len()).unwrap_or_default()
}

/// Returns the CR at the end of these bytes, empty if there is none.
fn cr_at_end(bytes: &[u8]) -> &[u8] {
    match bytes.last_chunk() {
        Some(cr @ [b'\r']) => cr,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the content, the number of bytes after it, and whether it has a bare line end; None
    /// if it has no end.
    fn decode(input: &[u8], pieces: usize) -> Option<(Vec<u8>, usize, bool)> {
        let (mut unstuffer, mut content) = (Unstuffer::new(), Vec::new());
        let (mut seen, mut used) = (0, 0);
        while seen < input.len() {
            seen = input.len().min(seen + pieces);
            let step = unstuffer.decode(&input[used..seen], |o| content.extend_from_slice(o));
            used += step.used;
            if step.ended {
                return Some((content, input.len() - used, unstuffer.has_bare_line_end()));
            }
        }
        None
    }

    #[test]
    fn dots_are_unstuffed_on_the_first_line_too() {
        for pieces in 1..20 {
            let decoded = decode(b"..first\r\n...\r\na.b\r\n.c\r\n.\r\nQUIT\r\n", pieces);
            let left = decoded.as_ref().map(|d| d.1);
            assert_eq!(decoded.expect("an end").0, b".first\r\n..\r\na.b\r\nc\r\n");
            assert!(left.is_some());
        }
        assert_eq!(decode(b".\r\nQUIT\r\n", 100), Some((Vec::new(), 6, false)));
    }

    #[test]
    fn nothing_but_crlf_dot_crlf_ends_content() {
        let ends = [
            "\n.\n",
            "\n.\r\n",
            "\r.\r",
            "\r\n.\n",
            "\r\n.\r",
            "\n.\r",
            "\r.\n",
            "\r.\r\n",
            "\r\n.\0\r\n",
            "\r\n.\r\r\n",
            "\r\n\0.\r\n",
            "\r\n.\n\r\n",
        ];
        for end in ends {
            for pieces in 1..12 {
                let input = format!("a{end}b\r\n.\r\n");
                let (content, left, _) = decode(input.as_bytes(), pieces).expect("an end");
                assert_eq!(left, 0, "{end:?} in pieces of {pieces}");
                assert!(content.ends_with(b"b\r\n"), "{end:?} in pieces of {pieces}");
            }
        }
    }

    #[test]
    fn bare_line_ends_are_detected() {
        for (input, bare) in [
            ("a\r\nb\r\n.\r\n", false),
            ("a\nb\r\n.\r\n", true),
            ("a\rb\r\n.\r\n", true),
            ("a\r\r\n.\r\n", true),
            ("a\n\r\n.\r\n", true),
            (".\rb\r\n.\r\n", true),
        ] {
            for pieces in 1..8 {
                assert_eq!(decode(input.as_bytes(), pieces).expect("an end").2, bare, "{input:?}");
            }
        }
    }

    /// The simplest way to stuff dots, for comparison.
    fn stuff(lines: &[String]) -> Vec<u8> {
        let stuffed = lines.iter().map(|line| match line.starts_with('.') {
            true => format!(".{line}\r\n"),
            false => format!("{line}\r\n"),
        });
        (stuffed.collect::<String>() + ".\r\n").into_bytes()
    }

    proptest! {
        #[test]
        fn unstuffing_reverses_stuffing(lines in proptest::collection::vec("[.a]{0,4}", 0..8), pieces in 1_usize..10) {
            let plain: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            prop_assert_eq!(decode(&stuff(&lines), pieces), Some((plain.into_bytes(), 0, false)));
        }

        #[test]
        fn splitting_the_input_does_not_change_the_content(input in "[\r\n.a]{0,30}", pieces in 1_usize..10) {
            let input = format!("{input}\r\n.\r\n");
            let whole = decode(input.as_bytes(), input.len());
            let cut = decode(input.as_bytes(), pieces);
            prop_assert_eq!(whole.as_ref().map(|w| (&w.0, w.2)), cut.as_ref().map(|c| (&c.0, c.2)));
        }
    }
}
