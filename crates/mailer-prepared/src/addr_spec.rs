//! `local-part "@" domain` (RFC 5322 §3.4.1), with the obsolete forms of §4.4.

use mailer::Address;

use crate::tokens::{Kind, Token};

/// Parses the tokens of an address. The error is the reason why they are not one.
pub(crate) fn parse_address(tokens: &[Token], body: &[u8]) -> Result<Address, String> {
    let at = tokens.iter().position(|token| token.is(b'@')).ok_or("it has no @")?;
    let (local, domain) = tokens.split_at_checked(at).unwrap_or_default();
    let domain = domain.get(1..).unwrap_or_default();
    if domain.iter().any(|token| token.is(b'@')) {
        return Err("it has more than one @; a comma may be missing".into());
    }
    let text = [local_part(local, body)?, b"@".to_vec(), domain_text(domain, body)?].concat();
    let text = String::from_utf8(text).map_err(|_| "it is not UTF-8")?;
    text.parse().map_err(|error: mailer::Error| reason(&error))
}

/// Returns why `mailer` refused an address. Its error repeats the text first.
fn reason(error: &mailer::Error) -> String {
    let text = error.to_string();
    text.rsplit_once("is not a mail address: ").map_or(text.clone(), |(_, why)| why.to_owned())
}

/// Returns the local part: words with dots between them. The tokenizer has removed white space and
/// comments (§4.4).
fn local_part(tokens: &[Token], body: &[u8]) -> Result<Vec<u8>, &'static str> {
    if tokens.iter().any(|token| !token.is_word() && !token.is(b'.')) {
        return Err("it has characters that must be quoted");
    }
    refuse_neighbours(tokens)?;
    let is_partly_quoted =
        tokens.len() > 1 && tokens.iter().any(|token| token.kind == Kind::Quoted);
    if is_partly_quoted {
        let value: Vec<u8> = tokens.iter().flat_map(|token| unquoted(token, body)).collect();
        return Ok(quoted(&value));
    }
    Ok(tokens.iter().flat_map(|token| unfolded(token.text(body))).collect())
}

/// Returns the domain: atoms with dots between them, or a literal.
fn domain_text(tokens: &[Token], body: &[u8]) -> Result<Vec<u8>, &'static str> {
    refuse_neighbours(tokens)?;
    let is_name = tokens.iter().all(|token| token.kind == Kind::Atom || token.is(b'.'));
    let is_literal = matches!(tokens, [token] if token.kind == Kind::Literal);
    if !is_name && !is_literal {
        return Err("its domain is not valid");
    }
    let text = tokens.iter().flat_map(|token| token.text(body));
    Ok(text.copied().filter(|byte| !byte.is_ascii_whitespace()).collect())
}

/// Refuses two words without a dot between them: they are two names or two addresses.
fn refuse_neighbours(tokens: &[Token]) -> Result<(), &'static str> {
    let is_text = |token: &Token| !matches!(token.kind, Kind::Special(_));
    match tokens.windows(2).any(|pair| pair.iter().all(is_text)) {
        true => Err("it has a space in it; a comma may be missing"),
        false => Ok(()),
    }
}

/// Returns the text without its line ends: folding adds them (§2.2.3).
fn unfolded(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n'))
}

/// Returns the value of a word, without its quotes and backslashes (§3.2.4).
fn unquoted(token: &Token, body: &[u8]) -> Vec<u8> {
    let text = token.text(body);
    let inside = text.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inside) = inside else { return text.to_vec() };
    let mut escaped = false;
    let is_value = |byte: &u8| {
        escaped = *byte == b'\\' && !escaped;
        !escaped
    };
    unfolded(inside).filter(is_value).collect()
}

/// Returns the quoted string with this value.
fn quoted(value: &[u8]) -> Vec<u8> {
    let mut text = vec![b'"'];
    for &byte in value {
        if matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(byte);
    }
    text.push(b'"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Tokens;

    fn read(text: &str) -> Result<String, String> {
        let tokens: Vec<Token> = Tokens::new(text.as_bytes()).collect();
        parse_address(&tokens, text.as_bytes()).map(|address| address.to_string())
    }

    #[test]
    fn every_form_of_an_address_is_parsed() {
        for (text, wanted) in [
            ("bob@example.com", "bob@example.com"),
            (" bob (Bob) @ example . com (work)", "bob@example.com"),
            ("first . last@example.com", "first.last@example.com"),
            ("\"two words\"@example.com", "\"two words\"@example.com"),
            ("\"two\r\n words\"@example.com", "\"two words\"@example.com"),
            ("\"a@b, c\"@example.com", "\"a@b, c\"@example.com"),
            ("\"a\\\"b\".c@example.com", "\"a\\\"b.c\"@example.com"),
            ("bob@[192.0.2.1]", "bob@[192.0.2.1]"),
            ("bob@[IPv6:::1]", "bob@[IPv6:::1]"),
            ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn an_invalid_address_is_refused_with_the_reason() {
        for (text, part) in [
            ("root", "no @"),
            ("bob@", "domain"),
            ("@example.com", "before the @"),
            ("a@b@example.com", "more than one @"),
            ("a@example.com b@example.com", "more than one @"),
            ("a b@example.com", "space"),
            ("a@example com", "space"),
            ("a@[192.0.2.300]", "domain"),
            ("a@[x].com", "domain"),
            ("a\\b@example.com", "quoted"),
            ("a..b@example.com", "quoted"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
        let latin_1: Vec<Token> = Tokens::new(b"j\xf6rg@example.com").collect();
        assert!(parse_address(&latin_1, b"j\xf6rg@example.com").unwrap_err().contains("UTF-8"));
    }
}
