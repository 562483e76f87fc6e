//! Mail addresses: RFC 5321 §4.1.2 with RFC 6531's internationalised local parts.

use std::{fmt, str::FromStr, sync::Arc};

use crate::{Error, HeaderText, Kind, host::domain_to_ascii};

/// Octets in a local part, at most (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Octets in a path without its angle brackets, at most (RFC 5321 §4.5.3.1.3).
const MAX_PATH: usize = 254;

/// A mailbox address as it stands between the angle brackets of MAIL and RCPT.
///
/// An internationalised domain is kept as A-labels (`xn--...`), which every server takes; only a
/// non-ASCII local part needs SMTPUTF8. Cloning copies no text.
///
/// ```
/// use mailer::Address;
/// let address: Address = "ann@bücher.example".parse()?;
/// assert_eq!(address.as_str(), "ann@xn--bcher-kva.example");
/// assert!("ann@example.com>\r\nRCPT TO:<eve@example.com".parse::<Address>().is_err());
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    text: Arc<str>,
    /// Where the `@` stands that parts local part and domain.
    at: usize,
}

impl Address {
    /// The whole address, `local@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`, quotes included if it is a quoted string.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// The domain in ASCII, or an address literal in brackets.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// Whether both name one mailbox: domains are compared without case, and a local part that is quoted
    /// without need is the same as without quotes (RFC 5321 §2.4, §4.1.2).
    #[must_use]
    pub fn is_same_mailbox(&self, other: &Self) -> bool {
        self.mailbox_key() == other.mailbox_key()
    }

    /// A text that two addresses have in common if they name one mailbox.
    pub(crate) fn mailbox_key(&self) -> String {
        let domain = self.domain().strip_suffix('.').unwrap_or(self.domain());
        format!("{}@{}", unquote(self.local()), domain.to_ascii_lowercase())
    }

    /// Whether it can be sent only to a server that announces SMTPUTF8 (RFC 6531 §3.4).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.text.is_ascii()
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            Error::new(
                Kind::Message,
                format!("\"{}\" is not a mail address: {why}", text.escape_debug()),
            )
            .hint("write it as name@domain")
        };
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| refuse("it has no @"))?;
        check_local(local).map_err(refuse)?;
        let domain = domain_to_ascii(domain).ok_or_else(|| refuse("its domain is not one"))?;
        if local.len() + 1 + domain.len() > MAX_PATH {
            return Err(refuse("it is longer than 254 octets (RFC 5321 §4.5.3.1.3)"));
        }
        Ok(Self { text: format!("{local}@{domain}").into(), at: local.len() })
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// RFC 5321 §4.1.2: `Local-part = Dot-string / Quoted-string`; non-ASCII by RFC 6531 §3.3.
fn check_local(local: &str) -> Result<(), &'static str> {
    if local.is_empty() {
        return Err("nothing stands before the @");
    }
    if local.len() > MAX_LOCAL {
        return Err("its local part is longer than 64 octets (RFC 5321 §4.5.3.1.1)");
    }
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let fits = match quoted {
        Some(inside) if local.len() >= 2 => is_quoted_content(inside),
        _ => local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)),
    };
    if fits { Ok(()) } else { Err("its local part has characters that must be quoted or left out") }
}

/// `atext` of RFC 5322 §3.2.3, and every non-ASCII character that is not a control or a space.
fn is_atext(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        _ if c.is_ascii() => "!#$%&'*+-/=?^_`{|}~".contains(c),
        _ => !c.is_control() && !c.is_whitespace(),
    }
}

/// `QcontentSMTP` of RFC 5321 §4.1.2: printable characters; quote and backslash only escaped.
fn is_quoted_content(inside: &str) -> bool {
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        let printable = match c {
            '"' => false,
            '\\' => chars.next().is_some_and(|c| (' '..='~').contains(&c)),
            c => !c.is_control(),
        };
        if !printable {
            return false;
        }
    }
    true
}

/// A person or role in a header: an optional display name and an address.
///
/// ```
/// use mailer::Mailbox;
/// let mailbox: Mailbox = "\"Ann, of Example\" <ann@example.com>".parse()?;
/// assert_eq!(mailbox.name.unwrap().as_str(), "Ann, of Example");
/// assert_eq!(mailbox.address.as_str(), "ann@example.com");
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name shown to people, in plain Unicode; each backend encodes it for the header.
    pub name: Option<HeaderText>,
    /// Where the mail goes.
    pub address: Address,
}

impl FromStr for Mailbox {
    type Err = Error;

    /// Reads `address`, `<address>`, `Name <address>` or `"Name" <address>`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let Some((name, rest)) = angle(text).and_then(|at| text.split_at_checked(at)) else {
            return Ok(Self { name: None, address: text.parse()? });
        };
        let Some(address) = rest.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else {
            return Err(Error::new(
                Kind::Message,
                format!("\"{}\" has a < without a > at its end", text.escape_debug()),
            )
            .hint("write it as Name <name@domain>"));
        };
        let name = unquote(name.trim());
        let name = if name.is_empty() { None } else { Some(HeaderText::new(name)?) };
        Ok(Self { name, address: address.parse()? })
    }
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Self { name: None, address }
    }
}

/// Where the angle bracket before the address stands. One in a quoted string is not it, be it in the
/// name or in the local part; but a quote that is never closed is a letter like any other.
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

/// Takes the quotes and backslashes of a quoted string away (RFC 5322 §3.2.4).
fn unquote(name: &str) -> String {
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
    use proptest::prelude::*;

    use super::*;

    fn accepts(text: &str) -> bool {
        text.parse::<Address>().is_ok()
    }

    #[test]
    fn takes_what_rfc_5321_allows() {
        for text in [
            "a@example.com",
            "first.last+tag@mail.example.com",
            "\"two words\"@example.com",
            "\"a\\\"b@c\"@example.com",
            "user@[192.0.2.1]",
            "user@[IPv6:2001:db8::1]",
            "jörg@example.com",
            "a@localhost",
        ] {
            assert!(accepts(text), "{text}");
        }
    }

    #[test]
    fn refuses_what_would_break_a_command_or_a_path() {
        for text in [
            "",
            "a",
            "@example.com",
            "a@",
            "a b@example.com",
            ".a@example.com",
            "a..b@example.com",
            "a@exa mple.com",
            "a@-example.com",
            "a@example..com",
            "a>@example.com",
            "a\r\nRSET@example.com",
            "a\0@example.com",
            "\"a\r\n\"@example.com",
            "\"@example.com",
            "a@[not an address]",
        ] {
            assert!(!accepts(text), "{text:?}");
        }
        assert!(!accepts(&format!("{}@example.com", "a".repeat(65))));
        assert!(!accepts(&format!("a@{}.example", "b.".repeat(130))));
    }

    #[test]
    fn splits_at_the_last_at_sign() {
        let address: Address = "\"a@b\"@example.com".parse().unwrap();
        assert_eq!((address.local(), address.domain()), ("\"a@b\"", "example.com"));
    }

    #[test]
    fn a_display_name_loses_its_quotes_only() {
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

    /// RFC 5321 §4.1.2, within the limits of §4.5.3.1.
    fn local_part() -> impl Strategy<Value = String> {
        let dot_string = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,9}(\\.[a-z0-9é語]{1,9}){0,3}";
        let quoted_string = "\"([ !#-\\[\\]-~é]|\\\\[ -~]){0,20}\"";
        prop_oneof![dot_string, quoted_string]
    }

    /// RFC 5321 §4.1.2 and §4.1.3.
    fn domain() -> impl Strategy<Value = String> {
        let name = "[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,2}(\\.[a-z]{2,9}){0,3}";
        let names = name.prop_filter("IDNA has rules for these", |name| !name.contains("xn--"));
        let v4 = any::<std::net::Ipv4Addr>().prop_map(|ip| format!("[{ip}]"));
        let v6 = any::<std::net::Ipv6Addr>().prop_map(|ip| format!("[IPv6:{ip}]"));
        prop_oneof![names, v4, v6]
    }

    proptest! {
        #[test]
        fn the_grammar_is_taken_as_it_is(local in local_part(), domain in domain()) {
            let text = format!("{local}@{domain}");
            let address: Address = text.parse().unwrap();
            prop_assert_eq!(address.as_str(), &text);
            prop_assert_eq!((address.local(), address.domain()), (&*local, &*domain));
            prop_assert_eq!(address.needs_smtputf8(), !local.is_ascii());
        }

        #[test]
        fn nothing_breaks_out_of_a_path(
            local in local_part(), domain in domain(), at in 0_usize..60, breaks in "[\0\r\n\t\x7f>]",
        ) {
            let mut text = format!("{local}@{domain}");
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, &breaks);
            // A quoted string may hold the bracket.
            if let Ok(address) = text.parse::<Address>() {
                prop_assert!(breaks == ">" && address.local().starts_with('"'), "{:?}", address);
            }
        }

        #[test]
        fn limits_are_exact(local in 1_usize..70, labels in 1_usize..30) {
            let domain = vec!["abcdefghi"; labels].join(".");
            let text = format!("{}@{domain}", "x".repeat(local));
            let fits = local <= 64 && domain.len() <= 255 && text.len() <= 254;
            prop_assert_eq!(text.parse::<Address>().is_ok(), fits, "{}", text);
        }

        #[test]
        fn a_mailbox_reads_as_it_was_quoted(name in "\\PC{1,20}", local in local_part(), domain in domain()) {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let address = format!("{local}@{domain}");
            let mailbox: Mailbox = format!("\"{quoted}\" <{address}>").parse().unwrap();
            prop_assert_eq!(mailbox.name, Some(HeaderText::new(name).unwrap()));
            prop_assert_eq!(mailbox.address.as_str(), &address);
            prop_assert_eq!(address.parse::<Mailbox>().unwrap(), Mailbox::from(mailbox.address));
        }
    }
}
