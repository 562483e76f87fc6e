//! A server in one line: `smtp://[user[:password]@]host[:port][?tls=...]`, or `smtps://...`.

use std::{borrow::Cow, fmt, str::FromStr};

use percent_encoding::percent_decode_str;

use super::{Secret, Security};
use crate::{Error, HostName, Kind};

/// What the URL of a server says.
///
/// `smtp://` means STARTTLS required; `?tls=opportunistic` and `?tls=none` weaken it, and the
/// latter is the only way to send a password without TLS. `smtps://` is TLS from the first byte.
/// User and password are percent-encoded: the `@` in a user is `%40`.
///
/// ```
/// use mailer::ServerUrl;
/// let url: ServerUrl = "smtps://ann%40example.com@mail.example.com".parse()?;
/// assert_eq!((url.user.as_deref(), url.port), (Some("ann@example.com"), 465));
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServerUrl {
    /// The host.
    pub host: HostName,
    /// The port: the one given, or what the security implies.
    pub port: u16,
    /// When TLS starts.
    pub security: Security,
    /// The user, if one is given.
    pub user: Option<String>,
    /// The password, if one is given.
    pub password: Option<Secret>,
}

impl FromStr for ServerUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // The URL standard drops tabs and line ends without a word, and another host is left.
        if text.contains(char::is_control) {
            return Err(invalid("it has a control character"));
        }
        // No message repeats the text: it may hold a password.
        let url =
            url::Url::parse(text).map_err(|cause| invalid("it is not a URL").because(cause))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(invalid("it has a path"));
        }
        let security = security(&url)?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = decode(host.ok_or_else(|| invalid("it has no host"))?)?;
        let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&host);
        let password = url.password().map(decode).transpose()?;
        Ok(Self {
            host: host.parse()?,
            port: url.port().unwrap_or(security.default_port()),
            security,
            user: Some(url.username())
                .filter(|user| !user.is_empty())
                .map(decode)
                .transpose()?
                .map(Cow::into_owned),
            password: password.map(|password| Secret::from(password.into_owned())),
        })
    }
}

fn security(url: &url::Url) -> Result<Security, Error> {
    let mut security = match url.scheme() {
        "smtp" => Security::Required,
        "smtps" => Security::Implicit,
        _ => return Err(invalid("its scheme is neither smtp nor smtps")),
    };
    for (key, value) in url.query_pairs() {
        if key != "tls" {
            return Err(invalid("it has a parameter other than tls"));
        }
        if security == Security::Implicit {
            return Err(invalid("smtps is always TLS from the first byte and takes no tls="));
        }
        security = match value.as_ref() {
            "required" => Security::Required,
            "opportunistic" => Security::Opportunistic,
            "none" => Security::None,
            _ => return Err(invalid("its tls= is none of required, opportunistic and none")),
        };
    }
    Ok(security)
}

fn decode(part: &str) -> Result<Cow<'_, str>, Error> {
    percent_decode_str(part).decode_utf8().map_err(|_| invalid("a part of it is not UTF-8"))
}

fn invalid(why: &str) -> Error {
    Error::new(Kind::Configuration, format!("the server's URL is not valid: {why}")).hint(
        "write smtp://[user@]host[:port][?tls=required|opportunistic|none] or \
         smtps://[user@]host[:port], with %40 for an @ in the user",
    )
}

/// Writes the URL that says this.
pub(super) fn write_url(
    f: &mut fmt::Formatter<'_>,
    host: &HostName,
    port: u16,
    security: Security,
) -> fmt::Result {
    let scheme = if security == Security::Implicit { "smtps" } else { "smtp" };
    let (open, close) = if host.as_str().contains(':') { ("[", "]") } else { ("", "") };
    write!(f, "{scheme}://{open}{host}{close}:{port}")?;
    match security {
        Security::Required | Security::Implicit => Ok(()),
        Security::Opportunistic | Security::None => write!(f, "?tls={}", security.name()),
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;
    use crate::Server;

    fn read(text: &str) -> Option<(String, u16, Security)> {
        let url: ServerUrl = text.parse().ok()?;
        Some((url.host.to_string(), url.port, url.security))
    }

    #[test]
    fn ports_follow_security() {
        for (text, host, port, security) in [
            ("smtp://mail.example.com", "mail.example.com", 587, Security::Required),
            ("smtp://mail.example.com/", "mail.example.com", 587, Security::Required),
            ("smtps://mail.example.com", "mail.example.com", 465, Security::Implicit),
            ("smtp://mail.example.com?tls=none", "mail.example.com", 25, Security::None),
            ("smtp://h:2525?tls=opportunistic", "h", 2525, Security::Opportunistic),
            ("smtp://[::1]:2525", "::1", 2525, Security::Required),
            ("smtp://b%C3%BCcher.example", "xn--bcher-kva.example", 587, Security::Required),
        ] {
            assert_eq!(read(text), Some((host.into(), port, security)), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_would_have_to_guess() {
        for text in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://h/path",
            "smtp://h?tls=maybe",
            "smtp://h?starttls=yes",
            "smtps://h?tls=none",
            "smtp://h:99999",
            "smtp://a b",
            "smtp://u%0d%0a:x@h%0d",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn users_and_passwords_are_decoded_and_never_shown() {
        let url: ServerUrl = "smtp://a%40example.com:p%3Aw%2F@h".parse().unwrap();
        assert_eq!(url.user.as_deref(), Some("a@example.com"));
        assert_eq!(url.password.as_ref().unwrap().reveal(), "p:w/");
        assert!(!format!("{url:?}").contains("p:w"));
        let error = "smtp://a:sesame@h/path".parse::<Server>().unwrap_err();
        assert!(!format!("{error:?}").contains("sesame"));
    }

    #[test]
    fn a_server_prints_as_its_url() {
        for text in ["smtp://h:587", "smtps://[::1]:465", "smtp://h:25?tls=none"] {
            assert_eq!(text.parse::<Server>().unwrap().to_string(), text);
        }
        assert!("smtp://ann@h".parse::<Server>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            user in "\\PC{1,20}", password in "\\PC{0,20}", host in "[a-z0-9]{1,20}(\\.[a-z]{2,9})?",
            port in 1_u16.., tls in proptest::option::of(proptest::sample::select(Security::ALL.to_vec())),
        ) {
            prop_assume!(host.parse::<HostName>().is_ok() && host.contains(|c: char| c.is_ascii_lowercase()));
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let security = tls.unwrap_or(Security::Required);
            let (scheme, query) = match tls {
                None => ("smtp", String::new()),
                Some(Security::Implicit) => ("smtps", String::new()),
                Some(security) => ("smtp", format!("?tls={}", security.name())),
            };
            let (login, secret) = (encode(&user), encode(&password));
            let text = format!("{scheme}://{login}:{secret}@{host}:{port}{query}");
            let url: ServerUrl = text.parse().unwrap();
            prop_assert_eq!(url.user, Some(user));
            prop_assert_eq!(url.password.as_ref().map_or("", Secret::reveal), password);
            prop_assert_eq!((url.host.as_str(), url.port, url.security), (&*host, port, security));
        }

        #[test]
        fn no_text_breaks_it_and_no_error_repeats_a_password(
            before in "(smtps?://)?\\PC{0,12}", after in "\\PC{0,12}",
        ) {
            let text = format!("{before}:Zq7sesame{after}");
            let read = text.parse::<Server>().map(|server| server.to_string());
            prop_assert!(!format!("{read:?}").contains("Zq7sesame"), "{:?}", read);
        }
    }
}
