//! Paths: the addresses in MAIL and RCPT (RFC 5321 §4.1.2, RFC 6531 §3.3).
//!
//! A path is checked but not changed: the store returns it as the client sent it.

/// Splits the text after `<` at the `>` that ends the path. A `>` within quotation marks does not.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => {
                let (path, end) = text.split_at_checked(at)?;
                return Some((path, end.strip_prefix('>')?));
            }
            _ => {}
        }
    }
    None
}

/// Returns a path without its source route, which is accepted and ignored (RFC 5321, appendix C).
pub(crate) fn without_route(path: &str) -> &str {
    match path.split_once(':') {
        Some((route, mailbox)) if route.starts_with('@') => mailbox,
        _ => path,
    }
}

/// Returns whether the text is a mailbox: a local part, an at sign and a domain or address literal.
///
/// The limit of the line bounds the length. A local part of more than 64 bytes is accepted, because
/// bounce addresses (VERP, SRS) need it and RFC 5321 §4.5.3.1 advises against unnecessary limits.
pub(crate) fn is_mailbox(mailbox: &str) -> bool {
    let Some((local, domain)) = mailbox.rsplit_once('@') else { return false };
    // RFC 5321 §4.5.3.1.2
    domain.len() <= 255 && is_local_part(local) && is_domain(domain)
}

fn is_local_part(local: &str) -> bool {
    match local.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').is_some_and(is_quoted),
        None => local.split('.').all(is_atom),
    }
}

/// Returns whether the text is an atom: at least one character, and none that needs quotation marks.
pub(crate) fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_atext)
}

/// Returns whether the text is printable, with a backslash before each `"` and `\`.
fn is_quoted(content: &str) -> bool {
    let mut chars = content.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return false,
            '\\' if chars.next().is_none() => return false,
            c if c.is_ascii_control() => return false,
            _ => {}
        }
    }
    true
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[') {
        return literal.strip_suffix(']').is_some_and(is_literal);
    }
    // A domain may end with a dot, as in the DNS.
    domain.strip_suffix('.').unwrap_or(domain).split('.').all(is_label)
}

fn is_literal(literal: &str) -> bool {
    !literal.is_empty() && literal.chars().all(|c| c.is_ascii_alphanumeric() || ".:-".contains(c))
}

/// Returns whether the text is a label. Host names have no underscores, but some mail domains do.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c) || !c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_outside_quotation_marks() {
        assert_eq!(split("a@example.com> SIZE=5"), Some(("a@example.com", " SIZE=5")));
        assert_eq!(split(r#""a>b\"c>"@example.com>"#), Some((r#""a>b\"c>"@example.com"#, "")));
        assert_eq!(split(">"), Some(("", "")));
        assert_eq!(split("a@example.com"), None);
        assert_eq!(split(r#""a@example.com>"#), None);
    }

    #[test]
    fn valid_mailboxes_are_accepted() {
        let long = format!("{}@example.com", "a".repeat(300));
        let good = [
            "a@example.com",
            "first.last+tag@sub.example.com",
            r#""a b"@example.com"#,
            r#""a@b"@example.com"#,
            r#""a\"b"@example.com"#,
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "a@localhost",
            "a@example.com.",
            "jürgen@bücher.example",
            &long,
        ];
        for mailbox in good {
            assert!(is_mailbox(mailbox), "{mailbox}");
        }
    }

    #[test]
    fn invalid_mailboxes_are_refused() {
        let long = format!("a@{}example.com", "b.".repeat(130));
        let bad = [
            "",
            "a",
            "a@",
            "@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a b@example.com",
            "a@b@example.com",
            "a@example..com",
            "a@example.com..",
            "a@.",
            "a@-example.com",
            "a@[]",
            "a@[127.0.0.1",
            r#""a"b"@example.com"#,
            r#""a\"@example.com"#,
            "a<b@example.com",
            &long,
        ];
        for mailbox in bad {
            assert!(!is_mailbox(mailbox), "{mailbox}");
        }
    }

    #[test]
    fn a_source_route_is_ignored() {
        assert_eq!(without_route("@one.example,@two.example:a@example.com"), "a@example.com");
        assert_eq!(without_route(r#""a:b"@example.com"#), r#""a:b"@example.com"#);
    }
}
