//! Secrets in text that others will see.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use memchr::memmem;

use super::{Credentials, Secret};

/// What stands in the place of a secret.
const MASKED: &str = "****";
/// Octets that a form must have to be looked for: a shorter one stands in every other word, and to
/// mask it there would tell more than it hides.
const SHORTEST: usize = 4;

/// Finds a password, in each form that AUTH gives it, in what a server says: some repeat the line
/// that they did not like.
///
/// ```
/// use mailer::{Credentials, Mask};
/// let mask = Mask::of(Some(&Credentials::new("ann", "sesame")?));
/// assert_eq!(mask.apply("535 not c2VzYW1l".into()), "535 not ****");
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Debug)]
pub struct Mask(Vec<Secret>);

impl Mask {
    /// A mask for these credentials; for none it masks nothing.
    #[must_use]
    pub fn of(credentials: Option<&Credentials>) -> Self {
        let Some(credentials) = credentials else { return Self(Vec::new()) };
        let (user, password) = (credentials.user(), credentials.password().reveal());
        let plain = Secret::from(format!("\0{user}\0{password}"));
        // The longest first: a short password may stand inside its own encodings.
        let forms = [STANDARD.encode(plain.reveal()), STANDARD.encode(password), password.into()];
        Self(forms.into_iter().filter(|form| form.len() >= SHORTEST).map(Secret::from).collect())
    }

    /// The text without them.
    #[must_use]
    pub fn apply(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            match memmem::find(text.as_bytes(), secret.reveal().as_bytes()) {
                Some(_) => text.replace(secret.reveal(), MASKED),
                None => text,
            }
        })
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
    fn a_password_that_stands_in_every_word_is_left_there() {
        let mask = Mask::of(Some(&Credentials::new("ann", "a").unwrap()));
        assert_eq!(mask.apply("250 Stored as 1 YQ==".to_owned()), "250 Stored as 1 ****");
    }

    #[test]
    fn an_empty_password_masks_nothing_and_breaks_nothing() {
        let mask = Mask::of(Some(&Credentials::new("ann", "").unwrap()));
        assert_eq!(mask.apply("535 no".to_owned()), "535 no");
        assert_eq!(Mask::of(None).apply("sesame".to_owned()), "sesame");
    }
}
