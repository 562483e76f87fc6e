//! Secrets in text that others will see.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailer::{Credentials, Secret};

/// What stands in the place of a secret.
pub(crate) const MASKED: &str = "****";

/// Finds a password, in each form that AUTH gives it, in what a server says: some repeat the line
/// that they did not like.
pub(crate) struct Mask(Vec<Secret>);

impl Mask {
    pub(crate) fn of(credentials: Option<&Credentials>) -> Self {
        let Some(credentials) = credentials else { return Self(Vec::new()) };
        let (user, password) = (credentials.user(), credentials.password().reveal());
        let plain = Secret::from(format!("\0{user}\0{password}"));
        // The longest first: a short password may stand inside its own encodings.
        let forms = [STANDARD.encode(plain.reveal()), STANDARD.encode(password), password.into()];
        Self(forms.into_iter().filter(|form| !form.is_empty()).map(Secret::from).collect())
    }

    /// The text without them.
    pub(crate) fn apply(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| match text.contains(secret.reveal()) {
            true => text.replace(secret.reveal(), MASKED),
            false => text,
        })
    }
}

/// A line of AUTH as it may be shown: the command and the mechanism, and nothing of what proves.
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
    fn every_form_of_a_password_is_found() {
        let mask = Mask::of(Some(&Credentials::new("ann", "sesame").unwrap()));
        let text = "no: AUTH PLAIN AGFubgBzZXNhbWU= c2VzYW1l sesame for ann".to_owned();
        assert_eq!(mask.apply(text), "no: AUTH PLAIN **** **** **** for ann");
    }

    #[test]
    fn an_empty_password_masks_nothing_and_breaks_nothing() {
        let mask = Mask::of(Some(&Credentials::new("ann", "").unwrap()));
        assert_eq!(mask.apply("535 no".to_owned()), "535 no");
        assert_eq!(Mask::of(None).apply("sesame".to_owned()), "sesame");
    }

    #[test]
    fn a_line_of_auth_keeps_its_mechanism() {
        assert_eq!(auth_line("AUTH PLAIN AGFubgBzZXNhbWU=", false), "AUTH PLAIN ****");
        assert_eq!(auth_line("AUTH LOGIN", false), "AUTH LOGIN");
        assert_eq!(auth_line("c2VzYW1l", true), "****");
    }
}
