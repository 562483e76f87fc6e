//! Host names: the server to connect to, and the client's own name in EHLO.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use crate::{Error, Kind, Setting};

/// The maximum length of a domain in bytes (RFC 5321 §4.5.3.1.2).
const MAX_DOMAIN: usize = 255;
/// The maximum length of a label of a domain in bytes (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// A domain name in ASCII or an IP address: the host to connect to, and the name to verify in its
/// certificate.
///
/// A final dot is removed: certificates (RFC 6066 §3) and hosts files write names without it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HostName(String);

impl HostName {
    /// Returns the name with A-labels (`xn--…`), or the IP address without brackets.
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
            .with_hint("a host is a name such as mail.example.com, or an IP address")),
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

/// The client's name in EHLO: a domain, or an address literal such as `[192.0.2.1]` for a client without
/// a name (RFC 5321 §4.1.3).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HelloName(String);

impl HelloName {
    /// Returns the name as it follows `EHLO `.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the EHLO name for a machine with this host name: the host name itself, or the default
    /// address literal if it is not a domain by RFC 5321 §4.1.2.
    ///
    /// [`FromStr`] is more lenient, because a person chose that name. Host names of machines and
    /// containers often have underscores or are empty, and servers refuse an EHLO with such a name.
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
    /// Returns `[127.0.0.1]`, which is valid for every machine.
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
            Error::new(Kind::Configuration, format!("\"{text}\" is not a valid name for EHLO"))
                .with_hint("give a host name or an IP address")
                .with_settings(&[Setting::Hello])
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

/// Returns a domain as A-labels and without its final dot, or an address literal unchanged; `None` for
/// any other text.
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

/// Whether this is the inside of an address literal (RFC 5321 §4.1.3). General literals are not
/// supported, because none are registered.
fn is_address_literal(inside: &str) -> bool {
    match inside.strip_prefix("IPv6:") {
        Some(ip) => ip.parse::<Ipv6Addr>().is_ok(),
        None => inside.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Whether each label has only letters, digits and inner hyphens. Underscores are accepted too, because
/// some hosts have them in their names.
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
    fn hello_name_accepts_names_and_literals() {
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
    fn for_machine_uses_the_name_or_the_default_literal() {
        for name in ["vm", "client-1.example.com", "3f2a9c01d4e5", "Client.Example.COM"] {
            assert_eq!(HelloName::for_machine(name).as_str(), name.to_ascii_lowercase());
        }
        assert_eq!(HelloName::for_machine("192.0.2.1").as_str(), "[192.0.2.1]");
        for name in ["", "my_host", "app_worker_1.app_net", "-a", "a b", "(none)", "a..b"] {
            assert_eq!(HelloName::for_machine(name), HelloName::default(), "{name}");
        }
    }

    #[test]
    fn a_host_name_is_a_domain_or_an_ip_address() {
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
