//! Content after DATA: its end found, its dots unstuffed.

use memchr::memchr2;

/// What [`Unstuffer::decode`] did with its input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Octets that need not be shown again.
    pub(crate) used: usize,
    /// Whether they end with the end of the content.
    pub(crate) ended: bool,
}

/// Reads what follows DATA (RFC 5321 §4.5.2).
///
/// A line starts at the very beginning and after CRLF, nowhere else; so only CRLF.CRLF ends the
/// content, and every other mixture of CR, LF and dots is content. It leaps from line end to line
/// end and hands on whole stretches.
#[derive(Debug)]
pub(crate) struct Unstuffer {
    line_start: bool,
    bare_line_end: bool,
}

/// What a line begins with, and what follows that.
enum Dot<'a> {
    None,
    /// One dot to take away.
    Stuffed(&'a [u8]),
    /// The end of the content.
    End(&'a [u8]),
    /// Too little to tell.
    Unknown,
}

impl Unstuffer {
    pub(crate) fn new() -> Self {
        Self { line_start: true, bare_line_end: false }
    }

    /// Whether a CR or LF stood alone.
    pub(crate) fn has_bare_line_end(&self) -> bool {
        self.bare_line_end
    }

    /// Hands the content in `input` to `sink`. What it cannot judge yet, at most two octets, it
    /// leaves unused and wants to see again with what follows.
    pub(crate) fn decode(&mut self, input: &[u8], mut sink: impl FnMut(&[u8])) -> Decoded {
        // What goes to the sink next begins with `stretch` and ends where `rest` begins.
        let (mut stretch, mut rest) = (input, input);
        loop {
            if self.line_start {
                match dot(rest) {
                    Dot::None => {}
                    Dot::Stuffed(after) => {
                        sink(up_to(stretch, rest));
                        (stretch, rest) = (after, after);
                    }
                    Dot::End(after) => {
                        sink(up_to(stretch, rest));
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
        sink(up_to(stretch, rest));
        Decoded { used: input.len() - rest.len(), ended: false }
    }

    /// What follows the next CR, LF or CRLF; None if it is not there, or is a CR that may become a
    /// CRLF.
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

/// `all` without `rest`, which is its end.
fn up_to<'a>(all: &'a [u8], rest: &[u8]) -> &'a [u8] {
    all.get(..all.len() - rest.len()).unwrap_or_default()
}

/// The CR that these octets end with, if they do.
fn cr_at_end(octets: &[u8]) -> &[u8] {
    match octets.last_chunk() {
        Some(cr @ [b'\r']) => cr,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Content, octets left over and whether a line end was bare; None if there was no end.
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
    fn bare_line_ends_are_noticed() {
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

    /// The plainest way to stuff dots, for comparison.
    fn stuff(lines: &[String]) -> Vec<u8> {
        let stuffed = lines.iter().map(|line| match line.starts_with('.') {
            true => format!(".{line}\r\n"),
            false => format!("{line}\r\n"),
        });
        (stuffed.collect::<String>() + ".\r\n").into_bytes()
    }

    proptest! {
        #[test]
        fn what_was_stuffed_comes_back(lines in proptest::collection::vec("[.a]{0,4}", 0..8), pieces in 1_usize..10) {
            let plain: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            prop_assert_eq!(decode(&stuff(&lines), pieces), Some((plain.into_bytes(), 0, false)));
        }

        #[test]
        fn pieces_do_not_matter(input in "[\r\n.a]{0,30}", pieces in 1_usize..10) {
            let input = format!("{input}\r\n.\r\n");
            let whole = decode(input.as_bytes(), input.len());
            let cut = decode(input.as_bytes(), pieces);
            prop_assert_eq!(whole.as_ref().map(|w| (&w.0, w.2)), cut.as_ref().map(|c| (&c.0, c.2)));
        }
    }
}
