//! URLs of servers: `smtp://[user[:password]@]host[:port][?tls=...]` and other forms.

mod fault;

use std::{borrow::Cow, fmt, str::FromStr};

use percent_encoding::percent_decode_str;

use super::{credentials::Secret, security::Security};
use crate::{Error, HostName, Kind};

/// The parts of a URL of a server.
///
/// | form | TLS | default port |
/// | --- | --- | --- |
/// | `smtp://host` | STARTTLS, required | 587 |
/// | `smtp://host?tls=opportunistic` | STARTTLS, if the server announces it | 587 |
/// | `smtp://host?tls=none` | none: the only form that sends a password without TLS | 25 |
/// | `smtp+starttls://host` | STARTTLS, required; `?tls=` cannot change it | 587 |
/// | `submission://host` | as `smtp://` (RFC 6409) | 587 |
/// | `smtps://host`, `submissions://host` | from the first byte (RFC 8314 §3.3) | 465 |
/// | `host:port` | as `smtps://` if the port is 465, else as `smtp://` | |
///
/// User and password are percent-encoded: write `%40` for an `@` in the user.
///
/// ```
/// use mailer::ServerUrl;
/// let url: ServerUrl = "smtps://ann%40example.com@mail.example.com".parse()?;
/// assert_eq!((url.user.as_deref(), url.port), (Some("ann@example.com"), 465));
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerUrl {
    /// The host name or IP address.
    pub host: HostName,
    /// The port in the URL, or the default of the scheme.
    pub port: u16,
    /// When the connection starts TLS.
    pub security: Security,
    /// The user, if the URL has one.
    pub user: Option<String>,
    /// The password, if the URL has one that is not empty.
    pub password: Option<Secret>,
}

/// A scheme and its meaning.
struct Scheme {
    name: &'static str,
    security: Security,
    /// The default port; `None` is the default port of the security.
    port: Option<u16>,
    /// Whether `?tls=` may change the security.
    accepts_tls_parameter: bool,
}

const SCHEMES: [Scheme; 5] = [
    Scheme { name: "smtp", security: Security::Required, port: None, accepts_tls_parameter: true },
    Scheme {
        name: "smtp+starttls",
        security: Security::Required,
        port: None,
        accepts_tls_parameter: false,
    },
    Scheme {
        name: "submission",
        security: Security::Required,
        port: Some(587),
        accepts_tls_parameter: true,
    },
    Scheme {
        name: "smtps",
        security: Security::Implicit,
        port: None,
        accepts_tls_parameter: false,
    },
    Scheme {
        name: "submissions",
        security: Security::Implicit,
        port: None,
        accepts_tls_parameter: false,
    },
];

impl FromStr for ServerUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // URL parsers silently remove tabs and line ends, which would change the host.
        if text.contains(char::is_control) {
            return Err(invalid("it has a control character"));
        }
        read(text).map_err(|error| match fault::find(text) {
            Some(fault) => invalid(fault.why).with_hint(fault.hint),
            None => error,
        })
    }
}

/// Parses a URL. Errors do not repeat the text, because it may contain a password.
fn read(text: &str) -> Result<ServerUrl, Error> {
    let url = url::Url::parse(&with_scheme(text))
        .map_err(|cause| invalid("it is not a URL").with_cause(cause))?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err(invalid("it has a path"));
    }
    let scheme = SCHEMES.iter().find(|scheme| scheme.name == url.scheme());
    let scheme = scheme.ok_or_else(|| invalid("its scheme is not smtp or smtps"))?;
    let security = security(&url, scheme)?;
    if !text.contains("://") && url.port().is_none() {
        return Err(invalid("it has no scheme and no port"));
    }
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = decode(host.ok_or_else(|| invalid("it has no host"))?)?;
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&host);
    let password = url.password().map(decode).transpose()?;
    let password = password.map(|password| Secret::from(password.into_owned()).trimmed());
    Ok(ServerUrl {
        host: host.parse()?,
        port: url.port().or(scheme.port).unwrap_or(security.default_port()),
        security,
        user: Some(decode(url.username())?.into_owned()).filter(|user| !user.is_empty()),
        password: password.filter(|password| !password.is_empty()),
    })
}

/// Adds the scheme to `host:port`: `smtps` for port 465 (RFC 8314 §7.3), otherwise `smtp`, which requires
/// STARTTLS.
fn with_scheme(text: &str) -> Cow<'_, str> {
    if text.contains("://") {
        return text.into();
    }
    let place = text.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = if place.ends_with(":465") { "smtps" } else { "smtp" };
    format!("{scheme}://{text}").into()
}

fn security(url: &url::Url, scheme: &Scheme) -> Result<Security, Error> {
    let mut security = scheme.security;
    for (key, value) in url.query_pairs() {
        if key != "tls" {
            return Err(invalid("it has a parameter other than tls"));
        }
        if !scheme.accepts_tls_parameter {
            return Err(invalid("its scheme determines when TLS starts, so it cannot have tls="));
        }
        security = match value.as_ref() {
            "required" => Security::Required,
            "opportunistic" => Security::Opportunistic,
            "none" => Security::None,
            _ => return Err(invalid("its tls= is not required, opportunistic or none")),
        };
    }
    Ok(security)
}

fn decode(part: &str) -> Result<Cow<'_, str>, Error> {
    percent_decode_str(part).decode_utf8().map_err(|_| invalid("a part of it is not UTF-8"))
}

fn invalid(why: &str) -> Error {
    Error::new(Kind::Configuration, format!("the server's URL is not valid: {why}")).with_hint(
        "write smtp://[user@]host[:port][?tls=required|opportunistic|none] or \
         smtps://[user@]host[:port], with %40 for an @ in the user",
    )
}

/// Writes the URL of a server with these settings.
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
            ("smtp://bücher.example", "xn--bcher-kva.example", 587, Security::Required),
            ("smtp://mail.example.com.:25", "mail.example.com", 25, Security::Required),
            ("SMTP+STARTTLS://h", "h", 587, Security::Required),
            ("smtp+starttls://h:25", "h", 25, Security::Required),
            ("submission://h", "h", 587, Security::Required),
            ("submission://h?tls=none", "h", 587, Security::None),
            ("submissions://h", "h", 465, Security::Implicit),
            ("h:2525", "h", 2525, Security::Required),
            ("mail.example.com:465", "mail.example.com", 465, Security::Implicit),
            ("localhost:25?tls=none", "localhost", 25, Security::None),
            ("ann:x@[::1]:587", "::1", 587, Security::Required),
            ("127.0.0.1:25/", "127.0.0.1", 25, Security::Required),
        ] {
            assert_eq!(read(text), Some((host.into(), port, security)), "{text}");
        }
    }

    #[test]
    fn ambiguous_and_invalid_urls_are_refused() {
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
            "smtp+starttls://h?tls=none",
            "submissions://h?tls=none",
            "h:465?tls=none",
            "mailto:ann@example.com",
            "submission:h",
            "ann@h",
            "::1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn users_and_passwords_are_decoded_and_not_printed() {
        let url: ServerUrl = "smtp://a%40example.com:p%3Aw%2F@h".parse().unwrap();
        assert_eq!(url.user.as_deref(), Some("a@example.com"));
        assert_eq!(url.password.as_ref().unwrap().reveal(), "p:w/");
        assert!(!format!("{url:?}").contains("p:w"));
        let error = "smtp://a:sesame@h/path".parse::<Server>().unwrap_err();
        assert!(!format!("{error:?}").contains("sesame"));
    }

    #[test]
    fn a_password_of_line_ends_is_no_password() {
        let password = |text: &str| text.parse::<ServerUrl>().unwrap().password;
        assert_eq!(password("smtp://ann:x%0D%0A@h").unwrap().reveal(), "x");
        assert!(
            ["smtp://ann:@h", "smtp://ann:%0A@h"].into_iter().all(|url| password(url).is_none())
        );
    }

    #[test]
    fn an_error_names_the_part_to_encode_and_never_prints_a_password() {
        for password in
            ["Zq7#sesame", "Zq7/sesame", "Zq7?sesame", "25#sesame", "587/sesame", "Zq7%ffsesame"]
        {
            let error = format!("smtp://ann:{password}@h:25").parse::<ServerUrl>().unwrap_err();
            let printed = format!("{error:?}");
            assert!(error.hint().unwrap().contains("password"), "{printed}");
            assert!(!printed.contains("Zq7") && !printed.contains("sesame"), "{printed}");
        }
        let error = "smtp://ann/x@h".parse::<ServerUrl>().unwrap_err();
        assert!(error.hint().unwrap().contains("ann%2Fx"));
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
        fn a_written_url_is_read_back(
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
        fn no_text_panics_and_no_error_prints_a_password(
            before in "(smtps?://)?\\PC{0,12}", after in "\\PC{0,12}",
        ) {
            let text = format!("{before}:Zq7sesame{after}");
            let read = text.parse::<Server>().map(|server| server.to_string());
            prop_assert!(!format!("{read:?}").contains("Zq7sesame"), "{:?}", read);
        }
    }
}
