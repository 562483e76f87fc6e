//! Address lists: `To`, `Cc`, `Bcc`, `From` (RFC 5322 §3.4, obsolete forms §4.4).
//!
//! A parser that keeps the addresses it understands and skips the rest loses mail. This parser returns
//! every element between two commas: an address, or text that is not one.

use std::{mem, ops::Range};

use mailer::Address;

use crate::{
    addr_spec::parse_address,
    tokens::{Kind, Token, Tokens},
};

/// An element of an address list: what is between two commas, and its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The kind of the element, with its address.
    pub found: Found,
    /// The range in the field's body from its first to its last token.
    pub range: Range<usize>,
}

/// The kind of an [`Element`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An address, possibly with a display name.
    Mailbox {
        /// The address without display name and comments.
        address: Address,
        /// Whether the address is in angle brackets and follows a display name.
        is_named: bool,
        /// Whether the display name has an @ outside quotes and is not a copy of the address. A comma may
        /// be missing between two addresses.
        is_doubtful: bool,
    },
    /// Words without an address: a local user such as `root`, or half of a name with a comma in it.
    Words,
    /// Text that is not a mailbox, with the reason.
    Broken(String),
    /// The name of a group and its colon.
    Group,
    /// Empty space between two separators, or the end of a group.
    Gap,
}

/// Returns the elements of a field's body, in order. A semicolon outside a group is a separator like a
/// comma.
#[must_use]
pub fn address_list(body: &[u8]) -> Vec<Element> {
    let mut reader = Reader { body, ..Reader::default() };
    Tokens::new(body).for_each(|token| reader.read(token));
    reader.end_element(body.len());
    reader.elements
}

#[derive(Default)]
struct Reader<'a> {
    body: &'a [u8],
    elements: Vec<Element>,
    /// The tokens of the current element.
    tokens: Vec<Token>,
    in_angle: bool,
    in_group: bool,
}

impl Reader<'_> {
    fn read(&mut self, token: Token) {
        match token.kind {
            Kind::Special(b',') if !self.in_angle => self.end_element(token.range.start),
            Kind::Special(b';') if !self.in_angle => {
                self.end_element(token.range.start);
                self.in_group = false;
                self.push(Found::Gap, token.range);
            }
            Kind::Special(b':') if self.ends_group_name() => {
                let start = self.tokens.first().map_or(token.range.start, |name| name.range.start);
                self.tokens.clear();
                self.in_group = true;
                self.push(Found::Group, start..token.range.end);
            }
            _ => {
                self.in_angle = token.is(b'<') || self.in_angle && !token.is(b'>');
                self.tokens.push(token);
            }
        }
    }

    /// Whether a colon at this point ends the name of a group.
    fn ends_group_name(&self) -> bool {
        let is_name = |token: &Token| token.is_word() || token.is(b'.');
        !self.in_angle && !self.in_group && self.tokens.iter().all(is_name)
    }

    fn end_element(&mut self, at: usize) {
        let tokens = mem::take(&mut self.tokens);
        self.in_angle = false;
        let range = match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => first.range.start..last.range.end,
            _ => at..at,
        };
        self.push(classify(&tokens, self.body), range);
        // The next element reuses the memory.
        self.tokens = tokens;
        self.tokens.clear();
    }

    fn push(&mut self, found: Found, range: Range<usize>) {
        self.elements.push(Element { found, range });
    }
}

/// Classifies the tokens between two commas.
fn classify(tokens: &[Token], body: &[u8]) -> Found {
    if tokens.is_empty() {
        return Found::Gap;
    }
    if let Some(Kind::Unclosed(first)) = tokens.last().map(|token| token.kind) {
        return Found::Broken(format!("its {} is not closed", char::from(first)));
    }
    if tokens.iter().all(|token| is_bare(token, body)) {
        return Found::Words;
    }
    let mailbox = match tokens.iter().position(|token| token.is(b'<')) {
        Some(angle) => named(tokens, angle, body),
        None => parse_address(tokens, body).map(plain),
    };
    mailbox.unwrap_or_else(Found::Broken)
}

/// Whether the token is a word or a dot. A quoted string with an @ is excluded: it may be an address that
/// was quoted by mistake.
fn is_bare(token: &Token, body: &[u8]) -> bool {
    token.is(b'.') || token.is_word() && !token.text(body).contains(&b'@')
}

/// Parses `display-name <address>`. The `<` is the token with the number `angle`.
fn named(tokens: &[Token], angle: usize, body: &[u8]) -> Result<Found, String> {
    let (name, rest) = tokens.split_at_checked(angle).unwrap_or_default();
    let rest = rest.get(1..).unwrap_or_default();
    let end = rest.iter().position(|token| token.is(b'>')).ok_or("its < is not closed")?;
    if end + 1 < rest.len() {
        return Err("text follows its >; a comma may be missing".into());
    }
    let inside = rest.get(..end).unwrap_or_default();
    let inside = without_route(inside);
    let has_at = name.iter().any(|token| token.is(b'@'));
    Ok(Found::Mailbox {
        address: parse_address(inside, body)?,
        is_named: !name.is_empty(),
        is_doubtful: has_at && !repeats(name, inside, body),
    })
}

/// Returns a mailbox without a display name.
fn plain(address: Address) -> Found {
    Found::Mailbox { address, is_named: false, is_doubtful: false }
}

/// Removes `@one.example,@two.example:`, the obsolete route (§4.4). RFC 5321 §4.1.1.3 tells servers to
/// ignore it.
fn without_route(tokens: &[Token]) -> &[Token] {
    let has_route = tokens.first().is_some_and(|token| token.is(b'@') || token.is(b','));
    let end = tokens.iter().position(|token| token.is(b':')).filter(|_| has_route);
    end.and_then(|end| tokens.get(end + 1..)).unwrap_or(tokens)
}

/// Whether a display name repeats the address, as in `bob@example.com <bob@example.com>`. Apostrophes
/// around the name are ignored.
fn repeats(name: &[Token], address: &[Token], body: &[u8]) -> bool {
    let text =
        |tokens: &[Token]| tokens.iter().flat_map(|t| t.text(body)).copied().collect::<Vec<_>>();
    let name = text(name);
    let inside = name.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
    inside.unwrap_or(&name).eq_ignore_ascii_case(&text(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Describes each element: an address, with a star if it has a name, or the kind and the text.
    fn read(body: &str) -> Vec<String> {
        let shown = |element: Element| {
            let text = &body[element.range];
            match element.found {
                Found::Mailbox { is_doubtful: true, .. } => Some(format!("doubtful {text}")),
                Found::Mailbox { address, is_named: true, .. } => Some(format!("{address}*")),
                Found::Mailbox { address, .. } => Some(address.to_string()),
                Found::Words => Some(format!("words {text}")),
                Found::Broken(_) => Some(format!("broken {text}")),
                Found::Group => Some(format!("group {text}")),
                Found::Gap => None,
            }
        };
        address_list(body.as_bytes()).into_iter().filter_map(shown).collect()
    }

    #[test]
    fn every_mailbox_of_a_list_is_found() {
        for (body, wanted) in [
            (" a@x.test,\r\n\tb@x.test", &["a@x.test", "b@x.test"][..]),
            ("Ann <a@x.test>, <b@x.test>", &["a@x.test*", "b@x.test"]),
            ("\"Roe, Max\" <a@x.test>", &["a@x.test*"]),
            ("Max R. Roe <a@x.test> (work, old)", &["a@x.test*"]),
            ("(a, b) a@x.test", &["a@x.test"]),
            (",, a@x.test ,", &["a@x.test"]),
            ("<@one.test,@two.test:a@x.test>", &["a@x.test"]),
            ("a@x.test; b@x.test", &["a@x.test", "b@x.test"]),
            ("\"a b\"@x.test, <\"c,d\"@x.test>", &["\"a b\"@x.test", "\"c,d\"@x.test"]),
            ("a@x.test <A@X.test>", &["A@x.test*"]),
            ("=?utf-8?q?M=C3=BCller?= <a@x.test>", &["a@x.test*"]),
            ("back\\slash :) <a@x.test>", &["a@x.test*"]),
        ] {
            assert_eq!(read(body), wanted, "{body}");
        }
    }

    #[test]
    fn members_of_groups_are_found() {
        for (body, wanted) in [
            ("undisclosed-recipients:;", &["group undisclosed-recipients:"][..]),
            (
                "Team: a@x.test, B <b@x.test>; c@x.test",
                &["group Team:", "a@x.test", "b@x.test*", "c@x.test"],
            ),
            ("\"A, B\" : a@x.test", &["group \"A, B\" :", "a@x.test"]),
            ("A:;, B: b@x.test;", &["group A:", "group B:", "b@x.test"]),
        ] {
            assert_eq!(read(body), wanted, "{body}");
        }
    }

    #[test]
    fn text_that_is_not_a_mailbox_is_returned_unchanged() {
        for (body, wanted) in [
            ("a@x.test, root", &["a@x.test", "words root"][..]),
            ("Roe, Max <a@x.test>", &["words Roe", "a@x.test*"]),
            ("\"Roe\" Jr., a@x.test", &["words \"Roe\" Jr.", "a@x.test"]),
            ("\"a@x.test\", b@x.test", &["broken \"a@x.test\"", "b@x.test"]),
            ("Cid <cid>, a@x.test", &["broken Cid <cid>", "a@x.test"]),
            ("a@x.test b@x.test", &["broken a@x.test b@x.test"]),
            ("A <a@x.test> B <b@x.test>", &["broken A <a@x.test> B <b@x.test>"]),
            ("b@x.test <a@x.test>", &["doubtful b@x.test <a@x.test>"]),
            ("A <a@x.test, b@x.test", &["broken A <a@x.test, b@x.test"]),
            ("A <a@x.test, b@x.test>", &["broken A <a@x.test, b@x.test>"]),
            ("\"A <a@x.test>, b@x.test", &["broken \"A <a@x.test>, b@x.test"]),
            ("a@x.test (b, c@x.test", &["broken a@x.test (b, c@x.test"]),
            ("a@[192.0.2.1, b@x.test", &["broken a@[192.0.2.1, b@x.test"]),
            ("a@x.test>", &["broken a@x.test>"]),
            ("<>", &["broken <>"]),
            ("A: B: b@x.test;", &["group A:", "broken B: b@x.test"]),
            ("a@x.test: b@x.test", &["broken a@x.test: b@x.test"]),
        ] {
            assert_eq!(read(body), wanted, "{body}");
        }
    }
}
