//! Names of machines: where to connect to, and what a client calls itself in EHLO.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use crate::{Error, Kind};

/// Octets in a domain, at most (RFC 5321 §4.5.3.1.2).
const MAX_DOMAIN: usize = 255;
/// Octets in one label of a domain, at most (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// A domain name in ASCII or an IP address: what TCP connects to and certificates are checked for.
///
/// A dot may end the name and is dropped: certificates (RFC 6066 §3) and files of hosts name machines
/// without it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HostName(String);

impl HostName {
    /// The name as it is resolved and checked: A-labels, or an IP address without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(ip) = text.strip_suffix('.').unwrap_or(text).parse::<IpAddr>() {
            return Ok(Self(ip.to_string()));
        }
        match domain_to_ascii(text).filter(|domain| !domain.starts_with('[')) {
            Some(domain) => Ok(Self(domain)),
            None => Err(Error::new(
                Kind::Configuration,
                format!("\"{text}\" is neither a host name nor an IP address"),
            )
            .hint("a host is a name such as mail.example.com, or an IP address")),
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the client calls itself in EHLO: a domain, or an address literal such as `[192.0.2.1]`
/// where it has no name (RFC 5321 §4.1.3).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HelloName(String);

impl HelloName {
    /// The name as it stands behind `EHLO `.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what a machine of this name calls itself: the name, or the default address literal if
    /// the name is not a domain by RFC 5321 §4.1.2.
    ///
    /// [`FromStr`] is more lenient, for names that a person chose. Names of machines and containers
    /// often have underscores or are empty, and servers refuse an EHLO with such a name.
    ///
    /// ```
    /// use mailer::HelloName;
    /// assert_eq!(HelloName::for_machine("mail.example.com").as_str(), "mail.example.com");
    /// assert_eq!(HelloName::for_machine("app_worker_1").as_str(), "[127.0.0.1]");
    /// ```
    #[must_use]
    pub fn for_machine(name: &str) -> Self {
        if name.contains('_') {
            return Self::default();
        }
        name.parse().unwrap_or_default()
    }
}

impl Default for HelloName {
    /// `[127.0.0.1]`: always valid, and true of any machine.
    fn default() -> Self {
        Self("[127.0.0.1]".into())
    }
}

impl FromStr for HelloName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let ip = text.strip_suffix('.').unwrap_or(text).parse::<IpAddr>();
        let literal = ip.ok().map(|ip| match ip {
            IpAddr::V4(ip) => format!("[{ip}]"),
            IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
        });
        literal.or_else(|| domain_to_ascii(text)).map(Self).ok_or_else(|| {
            Error::new(Kind::Configuration, format!("\"{text}\" cannot stand behind EHLO"))
                .hint("give a host name, or an IP address, with --hello")
        })
    }
}

impl fmt::Debug for HelloName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for HelloName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A domain as A-labels, without the dot that may end it, or an address literal as it is; `None` if it
/// is neither.
pub(crate) fn domain_to_ascii(domain: &str) -> Option<String> {
    if let Some(literal) = domain.strip_prefix('[') {
        return is_address_literal(literal.strip_suffix(']')?).then(|| domain.to_owned());
    }
    let mut ascii = idna::domain_to_ascii(domain).ok()?;
    if ascii.ends_with('.') {
        ascii.pop();
    }
    is_domain(&ascii).then_some(ascii)
}

/// RFC 5321 §4.1.3, without the general literals that nobody uses.
fn is_address_literal(inside: &str) -> bool {
    match inside.strip_prefix("IPv6:") {
        Some(ip) => ip.parse::<Ipv6Addr>().is_ok(),
        None => inside.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Letters, digits and inner hyphens; underscores too, since hosts are named with them.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= MAX_LABEL
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= MAX_DOMAIN && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hello_takes_names_and_literals() {
        let hello = |text: &str| text.parse::<HelloName>().map(|name| name.to_string()).ok();
        assert_eq!(hello("client.example.com").as_deref(), Some("client.example.com"));
        assert_eq!(hello("192.0.2.1").as_deref(), Some("[192.0.2.1]"));
        assert_eq!(hello("2001:db8::1").as_deref(), Some("[IPv6:2001:db8::1]"));
        assert_eq!(hello("[192.0.2.1]").as_deref(), Some("[192.0.2.1]"));
        assert_eq!(hello("a b"), None);
        assert_eq!(hello("a\r\nMAIL FROM:<x@example.com>"), None);
        assert_eq!(hello(""), None);
        assert_eq!(hello("client.example.com.").as_deref(), Some("client.example.com"));
        assert_eq!(hello("192.0.2.1.").as_deref(), Some("[192.0.2.1]"));
        assert_eq!((hello("."), hello("a..")), (None, None));
    }

    #[test]
    fn a_machine_introduces_itself_by_its_name_or_by_a_literal() {
        for name in ["vm", "client-1.example.com", "3f2a9c01d4e5", "Client.Example.COM"] {
            assert_eq!(HelloName::for_machine(name).as_str(), name.to_ascii_lowercase());
        }
        assert_eq!(HelloName::for_machine("192.0.2.1").as_str(), "[192.0.2.1]");
        for name in ["", "my_host", "app_worker_1.app_net", "-a", "a b", "(none)", "a..b"] {
            assert_eq!(HelloName::for_machine(name), HelloName::default(), "{name}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_ip() {
        assert_eq!("bücher.example".parse::<HostName>().unwrap().as_str(), "xn--bcher-kva.example");
        assert_eq!("::1".parse::<HostName>().unwrap().as_str(), "::1");
        assert!("[::1]".parse::<HostName>().is_err());
        assert!("a/b".parse::<HostName>().is_err());
    }

    #[test]
    fn a_final_dot_is_not_part_of_the_name() {
        let host = |text: &str| text.parse::<HostName>().map(|host| host.to_string()).ok();
        assert_eq!(host("mail.example.com.").as_deref(), Some("mail.example.com"));
        assert_eq!(host("127.0.0.1.").as_deref(), Some("127.0.0.1"));
        assert_eq!((host("."), host(".."), host("mail.example.com..")), (None, None, None));
    }
}
