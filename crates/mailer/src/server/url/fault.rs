//! Explanations of what is wrong with the URL of a server. They never contain a password.
//!
//! The error of a URL parser does not name the part at fault. A user needs to know which part to write
//! differently: the user, the password or the host.

use std::net::Ipv6Addr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The characters to percent-encode: all except the unreserved ones (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A part of a URL that must be changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong.
    pub(super) why: &'static str,
    /// What to write instead.
    pub(super) hint: String,
}

/// Returns the first part of a URL that a parser would misread or refuse, if there is one.
pub(super) fn find(url: &str) -> Option<Fault> {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    // User and password may contain an @. The last @ is the one before the host.
    let (login, place) = match after_scheme.rsplit_once('@') {
        Some((login, place)) => (login, place),
        None => ("", after_scheme),
    };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    user_fault(user).or_else(|| password_fault(password)).or_else(|| host_fault(place))
}

fn user_fault(user: &str) -> Option<Fault> {
    breaks_a_url(user).then(|| Fault {
        why: "its user has characters that must be percent-encoded",
        hint: format!("write the user as {}", encoded(user)),
    })
}

/// Returns a fixed text, so that it reveals nothing about the password.
fn password_fault(password: &str) -> Option<Fault> {
    breaks_a_url(password).then(|| Fault {
        why: "its password has characters that must be percent-encoded",
        hint: "in the password write %23 for #, %2F for /, %3F for ?, %40 for @, %3A for : and %25 for \
               %, or leave it out and set SMTP_PASSWORD"
            .into(),
    })
}

fn host_fault(place: &str) -> Option<Fault> {
    let place = place.split(['/', '?', '#']).next().unwrap_or_default();
    if place.parse::<Ipv6Addr>().is_ok() {
        let hint = format!("write the host as [{place}]");
        return Some(Fault { why: "an IPv6 address must be in brackets", hint });
    }
    // The text after the colon is not printed: without an @ it may be a password.
    let host = place.split(':').next().filter(|host| !host.starts_with('['))?;
    let is_plain = |c: char| c.is_alphanumeric() || "-._%".contains(c);
    (!host.chars().all(is_plain)).then(|| Fault {
        why: "its host has characters that no host name has",
        hint: format!("check the host, which is {} when percent-encoded", encoded(host)),
    })
}

/// Whether a character ends the user or password too early, or the part does not decode to UTF-8.
fn breaks_a_url(part: &str) -> bool {
    part.contains(['/', '?', '#', '[', ']', '\\', ' ', '"', '<', '>'])
        || percent_decode_str(part).decode_utf8().is_err()
}

/// Percent-encodes the part, but does not encode it twice.
fn encoded(part: &str) -> String {
    let plain = percent_decode_str(part).decode_utf8_lossy();
    utf8_percent_encode(&plain, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_printed_encoded_and_a_password_is_not_printed() {
        for (url, shown) in [
            ("smtp://ann/x:Zq7@h", "ann%2Fx"),
            ("smtp://ann#1@example.com:Zq7@h", "ann%231%40example.com"),
            ("smtp://ann%40example.com?:Zq7@h", "ann%40example.com%3F"),
            ("submission://a b@h", "a%20b"),
            ("ann/x@h:587", "ann%2Fx"),
        ] {
            let fault = find(url).unwrap();
            assert!(fault.hint.ends_with(shown) && fault.why.contains("user"), "{fault:?}");
        }
        for url in
            ["smtp://ann:Zq7#x@h", "smtp://ann:Zq7/x@h:25", "smtp://a:b@Zq7?@h", "smtp://:%ff@h"]
        {
            let fault = find(url).unwrap();
            assert!(fault.why.contains("password") && fault.hint.contains("%23"), "{fault:?}");
            assert!(!fault.hint.contains("Zq7"), "{fault:?}");
        }
    }

    #[test]
    fn the_hint_for_a_host_states_its_correct_form() {
        assert_eq!(find("smtp://fe80::1").unwrap().hint, "write the host as [fe80::1]");
        assert_eq!(find("smtp://ann@::1/").unwrap().hint, "write the host as [::1]");
        assert!(find("smtp://my host:25").unwrap().hint.contains("my%20host"));
        assert!(find("smtp://ann:x@mail^1?tls=none").unwrap().hint.contains("mail%5E1"));
    }

    #[test]
    fn a_url_without_such_a_fault_has_none() {
        for url in [
            "smtp://h/path",
            "http://h",
            "smtp://ann@example.com:p@ss@mail.example.com:587",
            "smtp://[::1]:25?tls=none",
            "smtp://b%C3%BCcher.example",
            "smtp://h:99999",
            "",
        ] {
            assert_eq!(find(url), None, "{url}");
        }
    }
}
