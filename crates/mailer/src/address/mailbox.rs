//! Mailboxes: addresses with display names, and lists of them.

use std::{fmt, str::FromStr};

use super::Address;
use crate::{Error, HeaderText, Kind};

/// A mailbox in a header field: an address with an optional display name (RFC 5322 §3.4).
///
/// ```
/// use mailer::Mailbox;
/// let mailbox: Mailbox = "\"Ann, of Example\" <ann@example.com>".parse()?;
/// assert_eq!(mailbox.name.unwrap().as_str(), "Ann, of Example");
/// assert_eq!(mailbox.address.as_str(), "ann@example.com");
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// The display name in plain Unicode; each backend encodes it for the header.
    pub name: Option<HeaderText>,
    /// The address.
    pub address: Address,
}

impl FromStr for Mailbox {
    type Err = Error;

    /// Parses `address`, `<address>`, `Name <address>` or `"Name" <address>`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let Some((name, rest)) = angle(text).and_then(|at| text.split_at_checked(at)) else {
            return Ok(Self { name: None, address: text.parse()? });
        };
        let Some(address) = rest.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
            return Err(Error::new(
                Kind::Message,
                format!("\"{text}\" has a < without a > at its end"),
            )
            .with_hint("write it as Name <name@domain>"));
        };
        let name = unquote(name.trim());
        let name = if name.is_empty() { None } else { Some(HeaderText::new(name)?) };
        Ok(Self { name, address: address.parse()? })
    }
}

impl Mailbox {
    /// Returns a mailbox with this display name, or with none.
    #[must_use]
    pub fn new(name: impl Into<Option<HeaderText>>, address: Address) -> Self {
        Self { name: name.into(), address }
    }

    /// Parses a list of mailboxes separated by commas: `ann@example.com, Bob <bob@example.com>`.
    /// An empty text is an empty list.
    ///
    /// Commas inside quotation marks or angle brackets are not separators. A piece without an `@` is the
    /// beginning of the next display name: `Roe, Max <max@example.com>` is one mailbox.
    ///
    /// # Errors
    /// [`Kind::Message`] if a piece of the list is not a mailbox. No piece is skipped.
    ///
    /// ```
    /// use mailer::Mailbox;
    /// let list = Mailbox::parse_list("ann@example.com, \"Roe, Max\" <max@example.com>")?;
    /// assert_eq!(list.len(), 2);
    /// assert_eq!(list[1].address.as_str(), "max@example.com");
    /// # Ok::<(), mailer::Error>(())
    /// ```
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Error> {
        let mut mailboxes = Vec::new();
        let mut start = 0;
        for end in separators(text).chain([text.len()]) {
            let piece = text.get(start..end).unwrap_or_default();
            let is_empty = piece.trim().is_empty();
            if !is_empty && !piece.contains('@') && end < text.len() {
                continue;
            }
            if !is_empty {
                mailboxes.push(piece.parse()?);
            }
            start = end + 1;
        }
        Ok(mailboxes)
    }
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Self { name: None, address }
    }
}

impl fmt::Display for Mailbox {
    /// Writes the mailbox in the form that [`FromStr`] parses: `"Name" <address>`, or the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(name) = &self.name else { return self.address.fmt(f) };
        let quoted = name.as_str().replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "\"{quoted}\" <{}>", self.address)
    }
}

/// Returns the position of the angle bracket that starts the address. Brackets in a quoted string, in
/// the name or in the local part, are skipped. A quotation mark that is never closed is an ordinary
/// character.
fn angle(text: &str) -> Option<usize> {
    let (mut in_quotes, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_quotes => escaped = true,
            '"' => in_quotes = !in_quotes,
            '<' if !in_quotes => return Some(at),
            _ => {}
        }
    }
    if in_quotes { text.rfind('<') } else { None }
}

/// Returns the positions of the commas outside quotation marks and angle brackets.
fn separators(text: &str) -> impl Iterator<Item = usize> {
    let (mut in_quotes, mut in_brackets, mut escaped) = (false, false, false);
    text.char_indices().filter_map(move |(at, c)| {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_quotes => escaped = true,
            '"' => in_quotes = !in_quotes,
            '<' | '>' if !in_quotes => in_brackets = c == '<',
            ',' if !in_quotes && !in_brackets => return Some(at),
            _ => {}
        }
        None
    })
}

/// Removes the quotes and backslashes of a quoted string (RFC 5322 §3.2.4).
pub(super) fn unquote(name: &str) -> String {
    let Some(inside) = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return name.to_owned();
    };
    let mut plain = String::with_capacity(inside.len());
    let mut escaped = false;
    for c in inside.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_is_unquoted() {
        let mailbox: Mailbox = "\"O\\\"Neil\" <o@example.com>".parse().unwrap();
        assert_eq!(mailbox.name.unwrap().as_str(), "O\"Neil");
        assert_eq!("<o@example.com>".parse::<Mailbox>().unwrap().name, None);
        let mailbox: Mailbox = "O\"Neil <o@example.com>".parse().unwrap();
        assert_eq!(mailbox.name.unwrap().as_str(), "O\"Neil");
        let mailbox: Mailbox = "\"a<b>\" <\"c<d>\"@example.com>".parse().unwrap();
        assert_eq!(mailbox.address.as_str(), "\"c<d>\"@example.com");
        assert!("Ann <ann@example.com".parse::<Mailbox>().is_err());
        assert!("Ann <eve@example.com> <ann@example.com>".parse::<Mailbox>().is_err());
        assert!("Ann\r\nX: y <ann@example.com>".parse::<Mailbox>().is_err());
    }

    #[test]
    fn a_list_is_split_at_commas_between_mailboxes() {
        let read = |text: &str| {
            let list = Mailbox::parse_list(text).ok()?;
            Some(list.into_iter().map(|mailbox| mailbox.address.to_string()).collect::<Vec<_>>())
        };
        for (text, addresses) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("a@x.test", &["a@x.test"]),
            ("a@x.test, b@x.test,", &["a@x.test", "b@x.test"]),
            ("a@x.test,B <b@x.test>,c@x.test", &["a@x.test", "b@x.test", "c@x.test"]),
            ("\"Roe, Max\" <max@x.test>, b@x.test", &["max@x.test", "b@x.test"]),
            ("\"R\\\", oe\" <max@x.test>, b@x.test", &["max@x.test", "b@x.test"]),
            ("b@x.test, Roe, Max, PhD <max@x.test>", &["b@x.test", "max@x.test"]),
            ("\"a,b\"@x.test, <\"c,d\"@x.test>", &["\"a,b\"@x.test", "\"c,d\"@x.test"]),
        ] {
            let wanted = addresses.iter().map(|&address| address.to_owned()).collect();
            assert_eq!(read(text), Some(wanted), "{text}");
        }
        let name = Mailbox::parse_list("Roe, Max <max@x.test>").unwrap().remove(0).name;
        assert_eq!(name.unwrap().as_str(), "Roe, Max");
    }

    #[test]
    fn a_list_with_an_invalid_piece_is_refused() {
        for text in [
            "root",
            "a@x.test, root",
            "root, a@x.test",
            "\"a@x.test, b@x.test",
            "a@x.test b@x.test",
            "<a@x.test, b@x.test",
        ] {
            assert!(Mailbox::parse_list(text).is_err(), "{text}");
        }
    }
}
