//! Masks secrets in the lines of a client before they reach the transcript.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    profile::Profile,
    syntax::{self, Verb},
};

const MASK: &str = "***";

/// Masks a command line. What follows AUTH and the name of an announced mechanism is secret, and a
/// line without a known verb may be.
pub(crate) fn command(line: &str, profile: &Profile) -> String {
    match syntax::verb(line) {
        None => not_a_command(line.len()),
        Some(Verb::Auth) => auth(line, profile),
        Some(_) => line.to_owned(),
    }
}

/// Describes a line that is not a command, without its text.
pub(crate) fn not_a_command(bytes: usize) -> String {
    format!("({bytes} bytes that are not a command)")
}

/// Masks an answer to a challenge of AUTH, unless it cancels the exchange.
pub(crate) fn response(line: &str) -> &str {
    if line == "*" { line } else { MASK }
}

/// Masks the signature of SCRAM in a line of the server: with it, the password can be searched for.
pub(crate) fn sent(line: &str) -> Cow<'_, str> {
    let challenge = line.strip_prefix("334 ").and_then(|challenge| STANDARD.decode(challenge).ok());
    match challenge.is_some_and(|challenge| challenge.starts_with(b"v=")) {
        true => format!("334 {MASK}").into(),
        false => line.into(),
    }
}

fn auth(line: &str, profile: &Profile) -> String {
    let mut words = line.split(' ').skip(1);
    let mechanism = words.next().unwrap_or_default();
    let known = profile.mechanisms.iter().any(|m| m.eq_ignore_ascii_case(mechanism));
    match (known, words.next()) {
        (true, None) => line.to_owned(),
        (true, Some(_)) => format!("AUTH {mechanism} {MASK}"),
        (false, _) => format!("AUTH {MASK}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_in_every_form_of_a_line() {
        let shown = |line| command(line, &Profile::gmail());
        assert_eq!(shown("AUTH PLAIN AGEAYg=="), "AUTH PLAIN ***");
        assert_eq!(shown("auth login"), "auth login");
        assert_eq!(shown("AUTH AGEAYg=="), "AUTH ***");
        assert_eq!(shown("AUTH PLAIN a AGEAYg=="), "AUTH PLAIN ***");
        assert_eq!(shown("AGEAYg=="), "(8 bytes that are not a command)");
        assert_eq!(shown("MAIL FROM:<>"), "MAIL FROM:<>");
        assert_eq!((response("AGEAYg=="), response("*")), ("***", "*"));
        assert_eq!(shown("AUTH XOAUTH2 dXNlcj1h"), "AUTH XOAUTH2 ***");
        // "v=signature" and "Username:"
        assert_eq!(sent("334 dj1zaWduYXR1cmU="), "334 ***");
        assert_eq!(sent("334 VXNlcm5hbWU6"), "334 VXNlcm5hbWU6");
    }
}
