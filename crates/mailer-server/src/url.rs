//! The URL of a server, for clients.

use std::{
    fmt::Write as _,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use crate::{
    config::Config,
    options::{Account, Security},
    profile::Extension,
};

/// Returns the URL of a server with this configuration at this address.
pub(crate) fn url(config: &Config, addr: SocketAddr) -> String {
    let (scheme, query) = match config.security {
        Security::Plain => ("smtp", ""),
        Security::StartTls => ("smtp", "?tls=required"),
        Security::Implicit => ("smtps", ""),
    };
    let login = account(config).map_or_else(String::new, |account| {
        format!("{}:{}@", encode(&account.user), encode(&account.password))
    });
    format!("{scheme}://{login}{}{query}", reachable(addr))
}

/// Returns the first account, if a client can log in with it.
fn account(config: &Config) -> Option<&Account> {
    let has_tls = config.security != Security::Plain;
    let is_offered = config.profile.extensions.contains(&Extension::Auth)
        && (has_tls || config.allow_auth_without_tls);
    config.accounts.first().filter(|_| is_offered)
}

/// Returns an address that a client on this machine can connect to.
pub(crate) fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3).
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_has_scheme_account_and_a_reachable_address() {
        let at = |addr: &str| addr.parse::<SocketAddr>().expect("an address");
        let with_account =
            |config: Config| config.with_account(Account::new("ann@b.test", "p:w/%ü"));
        let login = "ann%40b.test:p%3Aw%2F%25%C3%BC@";
        let plain = with_account(Config::plain());
        assert_eq!(url(&plain, at("127.0.0.1:25")), "smtp://127.0.0.1:25");
        let implicit = with_account(Config::implicit());
        assert_eq!(url(&implicit, at("[::]:465")), format!("smtps://{login}[::1]:465"));
        let starttls = with_account(Config::default());
        let expected = format!("smtp://{login}127.0.0.1:587?tls=required");
        assert_eq!(url(&starttls, at("0.0.0.0:587")), expected);
        let mut clear = with_account(Config::plain());
        clear.allow_auth_without_tls = true;
        assert_eq!(url(&clear, at("127.0.0.1:25")), format!("smtp://{login}127.0.0.1:25"));
    }
}
