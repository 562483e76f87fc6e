//! Lexical tokens of structured header fields (RFC 5322 §3.2).

use std::ops::Range;

/// A token, and its range in the field's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}

/// The kind of a [`Token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A run of characters that are neither special nor white space (§3.2.3).
    Atom,
    /// A quoted string with its quotes (§3.2.4).
    Quoted,
    /// A domain literal with its brackets (§3.4.1).
    Literal,
    /// One of `<`, `>`, `@`, `,`, `;`, `:` and `.`.
    Special(u8),
    /// A `)`, `]` or `\` that closes or escapes nothing.
    Stray,
    /// The rest of the body, because a quoted string, comment or domain literal has no end. The value is
    /// its first character.
    Unclosed(u8),
}

impl Token {
    /// Returns the text of the token in the body.
    pub(crate) fn text<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        body.get(self.range.clone()).unwrap_or_default()
    }

    /// Whether the token is this special character.
    pub(crate) fn is(&self, special: u8) -> bool {
        self.kind == Kind::Special(special)
    }

    /// Whether the token is a `word` (§3.2.5).
    pub(crate) fn is_word(&self) -> bool {
        matches!(self.kind, Kind::Atom | Kind::Quoted)
    }
}

/// An iterator over the tokens of a body, in order. White space and comments are left out.
pub(crate) struct Tokens<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { body, at: 0 }
    }

    /// Returns the token of this kind up to `end`. Without an end, the rest of the body is unclosed.
    fn token(&mut self, kind: Kind, first: u8, end: Option<usize>) -> Token {
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
                    None => self.token(Kind::Stray, first, None),
                },
                b'"' => self.token(Kind::Quoted, first, end(closed_by(rest, b'"'))),
                b'[' => self.token(Kind::Literal, first, end(closed_by(rest, b']'))),
                b'<' | b'>' | b'@' | b',' | b';' | b':' | b'.' => {
                    self.token(Kind::Special(first), first, end(Some(1)))
                }
                b')' | b']' | b'\\' => self.token(Kind::Stray, first, end(Some(1))),
                _ => self.token(Kind::Atom, first, end(Some(atom(rest)))),
            });
        }
    }
}

/// Returns the length of the atom at the start of the text. Non-ASCII bytes belong to it (RFC 6532 §3.2).
fn atom(text: &[u8]) -> usize {
    let ends = |byte: &u8| b" \t\r\n()<>[]:;@\\,.\"".contains(byte);
    text.iter().position(ends).unwrap_or(text.len())
}

/// Returns the length of the text up to the closing character, included. A backslash escapes the next
/// character.
fn closed_by(text: &[u8], closing: u8) -> Option<usize> {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|&byte| {
        let closes = byte == closing && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.map(|at| at + 2)
}

/// Returns the length of the comment at the start of the text, with the comments inside it.
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
    fn words_and_specials_are_separate_tokens() {
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
    fn nested_comments_are_left_out() {
        assert_eq!(tokens("a(b (c \\) \\\\) d)e"), [(Kind::Atom, "a"), (Kind::Atom, "e")]);
        let deep = "(".repeat(100_000) + &")".repeat(100_000) + "a";
        assert_eq!(tokens(&deep), [(Kind::Atom, "a")]);
    }

    #[test]
    fn an_unclosed_token_extends_to_the_end() {
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
