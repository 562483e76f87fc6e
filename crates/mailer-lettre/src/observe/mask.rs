//! Masks secrets in the AUTH lines of lettre's events.

/// The text printed in place of a secret.
const MASKED: &str = "****";

/// Returns an AUTH line that is safe to show: the command and the mechanism, without the secret.
pub(crate) fn auth_line(line: &str, answers_a_challenge: bool) -> String {
    let mut words = line.split(' ');
    match (answers_a_challenge, words.next(), words.next(), words.next()) {
        (false, Some(auth), Some(mechanism), None) => format!("{auth} {mechanism}"),
        (false, Some(auth), Some(mechanism), Some(_)) => format!("{auth} {mechanism} {MASKED}"),
        _ => MASKED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_auth_keeps_its_mechanism() {
        assert_eq!(auth_line("AUTH PLAIN AGFubgBzZXNhbWU=", false), "AUTH PLAIN ****");
        assert_eq!(auth_line("AUTH LOGIN", false), "AUTH LOGIN");
        assert_eq!(auth_line("c2VzYW1l", true), "****");
    }
}
