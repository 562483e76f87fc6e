//! Mail addresses (RFC 5321 §4.1.2), with internationalised local parts (RFC 6531).

mod mailbox;

use std::{fmt, str::FromStr, sync::Arc};

pub use self::mailbox::Mailbox;
use crate::{Error, Kind, host::domain_to_ascii};

/// The maximum length of an address in bytes: the longest that fits in a command line of 512 bytes
/// (RFC 5321 §4.5.3.1.4).
///
/// The RFC's limits of 64 bytes for a local part and 256 for a path (§4.5.3.1.1, §4.5.3.1.3) are not
/// checked. Bounce addresses (VERP, SRS) exceed them, many servers accept that, and the receiving server
/// can refuse such an address itself.
const MAX_ADDRESS: usize = 512 - "MAIL FROM:<>\r\n".len();

/// A mail address, as it is written between the angle brackets of MAIL and RCPT.
///
/// An internationalised domain is stored as A-labels (`xn--...`), which every server accepts. Only a
/// non-ASCII local part needs SMTPUTF8. Cloning copies no text.
///
/// ```
/// use mailer::Address;
/// let address: Address = "ann@bücher.example".parse()?;
/// assert_eq!(address.as_str(), "ann@xn--bcher-kva.example");
/// assert!("ann@example.com>\r\nRCPT TO:<eve@example.com".parse::<Address>().is_err());
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    text: Arc<str>,
    /// The position of the `@` between local part and domain.
    at: usize,
}

impl Address {
    /// Returns the whole address, `local@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the local part, before the `@`, with the quotes of a quoted string.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// Returns the domain in ASCII, or the address literal in brackets.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// Whether both addresses name the same mailbox. Domains are compared case-insensitively, and
    /// unnecessary quotes around a local part are ignored (RFC 5321 §2.4, §4.1.2).
    #[must_use]
    pub fn is_same_mailbox(&self, other: &Self) -> bool {
        self.mailbox_key() == other.mailbox_key()
    }

    /// Returns a key that is equal for two addresses if they name the same mailbox.
    pub(crate) fn mailbox_key(&self) -> String {
        let domain = self.domain().strip_suffix('.').unwrap_or(self.domain());
        format!("{}@{}", mailbox::unquote(self.local()), domain.to_ascii_lowercase())
    }

    /// Whether the address needs a server that announces SMTPUTF8 (RFC 6531 §3.4).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.text.is_ascii()
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            Error::new(Kind::Message, format!("\"{text}\" is not a mail address: {why}"))
                .with_hint("write it as name@domain")
        };
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| refuse("it has no @"))?;
        check_local(local).map_err(refuse)?;
        let domain = domain_to_ascii(domain).ok_or_else(|| refuse("its domain is not valid"))?;
        if local.len() + 1 + domain.len() > MAX_ADDRESS {
            return Err(refuse("it does not fit in a command line (RFC 5321 §4.5.3.1.4)"));
        }
        Ok(Self { text: format!("{local}@{domain}").into(), at: local.len() })
    }
}

impl TryFrom<&str> for Address {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl AsRef<str> for Address {
    fn as_ref(&self) -> &str {
        self.as_str()
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

/// Checks `Local-part = Dot-string / Quoted-string` (RFC 5321 §4.1.2), with non-ASCII characters
/// (RFC 6531 §3.3).
fn check_local(local: &str) -> Result<(), &'static str> {
    if local.is_empty() {
        return Err("it has no local part before the @");
    }
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let fits = match quoted {
        Some(inside) if local.len() >= 2 => is_quoted_content(inside),
        _ => local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext)),
    };
    if fits { Ok(()) } else { Err("its local part has characters that must be quoted or left out") }
}

/// Whether this is `atext` (RFC 5322 §3.2.3) or a non-ASCII character other than controls and spaces.
fn is_atext(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        _ if c.is_ascii() => "!#$%&'*+-/=?^_`{|}~".contains(c),
        _ => !c.is_control() && !c.is_whitespace(),
    }
}

/// Whether this is `QcontentSMTP` (RFC 5321 §4.1.2): printable characters, with quotes and backslashes
/// escaped.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::HeaderText;

    fn accepts(text: &str) -> bool {
        text.parse::<Address>().is_ok()
    }

    #[test]
    fn addresses_of_rfc_5321_are_accepted() {
        for text in [
            "a@example.com",
            "first.last+tag@mail.example.com",
            "\"two words\"@example.com",
            "\"a\\\"b@c\"@example.com",
            "user@[192.0.2.1]",
            "user@[IPv6:2001:db8::1]",
            "jörg@example.com",
            "a@localhost",
            "a@example.com.",
        ] {
            assert!(accepts(text), "{text}");
        }
    }

    #[test]
    fn characters_that_end_a_command_or_a_path_are_refused() {
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
        assert!(!accepts(&format!("a@{}.example", "b.".repeat(130))));
    }

    #[test]
    fn a_long_local_part_is_accepted_if_it_fits_in_a_command_line() {
        let address = |local: usize| format!("{}@example.com", "a".repeat(local));
        assert!([65, 300, 498 - 12].into_iter().all(|local| accepts(&address(local))));
        assert!(!accepts(&address(498 - 11)));
    }

    #[test]
    fn a_final_dot_is_not_part_of_the_address() {
        assert_eq!("a@example.com.".parse::<Address>().unwrap().as_str(), "a@example.com");
        assert!(!accepts("a@example.com..") && !accepts("a@."));
    }

    #[test]
    fn splits_at_the_last_at_sign() {
        let address: Address = "\"a@b\"@example.com".parse().unwrap();
        assert_eq!((address.local(), address.domain()), ("\"a@b\"", "example.com"));
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
        fn an_address_by_the_grammar_is_kept_unchanged(local in local_part(), domain in domain()) {
            let text = format!("{local}@{domain}");
            let address: Address = text.parse().unwrap();
            prop_assert_eq!(address.as_str(), &text);
            prop_assert_eq!((address.local(), address.domain()), (&*local, &*domain));
            prop_assert_eq!(address.needs_smtputf8(), !local.is_ascii());
        }

        #[test]
        fn no_accepted_address_ends_its_path_early(
            local in local_part(), domain in domain(), at in 0_usize..60, breaks in "[\0\r\n\t\x7f>]",
        ) {
            let mut text = format!("{local}@{domain}");
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert_str(at, &breaks);
            // A quoted string may contain the bracket.
            if let Ok(address) = text.parse::<Address>() {
                prop_assert!(breaks == ">" && address.local().starts_with('"'), "{:?}", address);
            }
        }

        #[test]
        fn limits_are_exact(local in 1_usize..500, labels in 1_usize..30) {
            let domain = vec!["abcdefghi"; labels].join(".");
            let text = format!("{}@{domain}", "x".repeat(local));
            let fits = domain.len() <= 255 && text.len() <= 498;
            prop_assert_eq!(text.parse::<Address>().is_ok(), fits, "{}", text);
        }

        #[test]
        fn a_written_mailbox_is_parsed_again(name in "\\PC{1,20}", local in local_part(), domain in domain()) {
            let address: Address = format!("{local}@{domain}").parse().unwrap();
            let named = Mailbox::new(HeaderText::new(name).unwrap(), address.clone());
            for mailbox in [named, Mailbox::from(address)] {
                prop_assert_eq!(mailbox.to_string().parse::<Mailbox>().unwrap(), mailbox);
            }
        }
    }
}
