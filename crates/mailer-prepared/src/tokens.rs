//! Lexical tokens of structured header fields (RFC 5322 §3.2).

use std::ops::Range;

/// A token, and where it stands in the field's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A run of characters that are neither special nor white space (§3.2.3).
    Atom,
    /// A quoted string, quotes included (§3.2.4).
    Quoted,
    /// A domain literal, brackets included (§3.4.1).
    Literal,
    /// One of `<`, `>`, `@`, `,`, `;`, `:` and `.`.
    Special(u8),
    /// A `)`, `]` or `\` that closes or escapes nothing.
    Stray,
    /// All the rest of the body: a quoted string, comment or domain literal that never ends, by its
    /// first character.
    Unclosed(u8),
}

impl Token {
    /// Its text in the body.
    pub(crate) fn text<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        body.get(self.range.clone()).unwrap_or_default()
    }

    /// Whether it is this special character.
    pub(crate) fn is(&self, special: u8) -> bool {
        self.kind == Kind::Special(special)
    }

    /// Whether it is a `word` (§3.2.5).
    pub(crate) fn is_word(&self) -> bool {
        matches!(self.kind, Kind::Atom | Kind::Quoted)
    }
}

/// The tokens of a body, in order; white space and comments are left out.
pub(crate) struct Tokens<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0 }
    }

    /// Takes one token of this kind, up to `end`; without an end, all the rest is unclosed.
    fn take(&mut self, kind: Kind, first: u8, end: Option<usize>) -> Token {
        let start = self.at;
        self.at = end.unwrap_or(self.body.len());
        Token { kind: end.map_or(Kind::Unclosed(first), |_| kind), range: start..self.at }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            let rest = self.body.get(self.at..)?;
            let first = *rest.first()?;
            let end = |length: Option<usize>| length.map(|length| self.at + length);
            return Some(match first {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.at += 1;
                    continue;
                }
                b'(' => match end(comment(rest)) {
                    Some(end) => {
                        self.at = end;
                        continue;
                    }
                    None => self.take(Kind::Stray, first, None),
                },
                b'"' => self.take(Kind::Quoted, first, end(closed_by(rest, b'"'))),
                b'[' => self.take(Kind::Literal, first, end(closed_by(rest, b']'))),
                b'<' | b'>' | b'@' | b',' | b';' | b':' | b'.' => {
                    self.take(Kind::Special(first), first, end(Some(1)))
                }
                b')' | b']' | b'\\' => self.take(Kind::Stray, first, end(Some(1))),
                _ => self.take(Kind::Atom, first, end(Some(atom(rest)))),
            });
        }
    }
}

/// The length of the atom that the text starts with. Bytes beyond ASCII belong to it (RFC 6532 §3.2).
fn atom(text: &[u8]) -> usize {
    let ends = |byte: &u8| b" \t\r\n()<>[]:;@\\,.\"".contains(byte);
    text.iter().position(ends).unwrap_or(text.len())
}

/// The length of what the text starts with, up to this character; a backslash escapes the next one.
fn closed_by(text: &[u8], closing: u8) -> Option<usize> {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|&byte| {
        let closes = byte == closing && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.map(|at| at + 2)
}

/// The length of the comment that the text starts with, comments in it included.
fn comment(text: &[u8]) -> Option<usize> {
    let (mut depth, mut escaped) = (0_usize, false);
    let end = text.iter().position(|&byte| {
        match byte {
            _ if escaped => {}
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
        depth == 0
    });
    end.map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(body: &str) -> Vec<(Kind, &str)> {
        let all = Tokens::new(body.as_bytes());
        all.map(|token| (token.kind, &body[token.range])).collect()
    }

    #[test]
    fn words_and_specials_are_parted() {
        use Kind::{Atom, Literal, Quoted, Special};
        assert_eq!(
            tokens("\"a \\\" b\" é.c\r\n <d@[1\\]]>"),
            [
                (Quoted, "\"a \\\" b\""),
                (Atom, "é"),
                (Special(b'.'), "."),
                (Atom, "c"),
                (Special(b'<'), "<"),
                (Atom, "d"),
                (Special(b'@'), "@"),
                (Literal, "[1\\]]"),
                (Special(b'>'), ">"),
            ]
        );
    }

    #[test]
    fn comments_are_left_out_however_deep() {
        assert_eq!(tokens("a(b (c \\) \\\\) d)e"), [(Kind::Atom, "a"), (Kind::Atom, "e")]);
        let deep = "(".repeat(100_000) + &")".repeat(100_000) + "a";
        assert_eq!(tokens(&deep), [(Kind::Atom, "a")]);
    }

    #[test]
    fn what_never_ends_takes_all_the_rest() {
        for text in ["\"a, b", "(a, b", "[a, b", "\"a\\\"", "((a)"] {
            let first = text.as_bytes()[0];
            assert_eq!(
                tokens(&format!("x {text}")),
                [(Kind::Atom, "x"), (Kind::Unclosed(first), text)]
            );
        }
        assert_eq!(tokens("a)").last(), Some(&(Kind::Stray, ")")));
    }
}
