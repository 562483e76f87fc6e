//! Secrets in text that others will see.

mod parts;

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use memchr::memmem;

use self::parts::Parts;
use super::{Credentials, Secret};

/// What stands in the place of a secret.
const MASKED: &str = "****";
/// Octets that a form must have to be looked for: a shorter one stands in every other word, and to
/// mask it there would tell more than it hides.
const SHORTEST: usize = 4;

/// Finds a password, in each form that AUTH gives it, in what a server says: some repeat the line
/// that they did not like, or a part of it.
///
/// ```
/// use mailer::{Credentials, Mask};
/// let mask = Mask::of(Some(&Credentials::new("ann", "sesame")?));
/// assert_eq!(mask.apply("535 not c2VzYW1l".into()), "535 not ****");
/// assert_eq!(mask.apply("535 AGFubgBzZXNh... is too long".into()), "535 ****... is too long");
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Default)]
pub struct Mask {
    /// Forms that are told only as a whole.
    whole: Vec<Secret>,
    /// Base64, of which a part tells a part of the password.
    parts: Parts,
}

impl Mask {
    /// A mask for these credentials; for none it masks nothing.
    #[must_use]
    pub fn of(credentials: Option<&Credentials>) -> Self {
        let Some(credentials) = credentials else { return Self::default() };
        let (user, password) = (credentials.user(), credentials.password().reveal());
        let plain = Secret::from(format!("\0{user}\0{password}"));
        let encoded = Secret::from(STANDARD.encode(password));
        let escaped = Secret::from(password.as_bytes().escape_ascii().to_string());
        let parts = Parts::of(&[Secret::from(STANDARD.encode(plain.reveal())), encoded.clone()]);
        // The longest first: a short password may stand inside its own encodings.
        let forms = [encoded, escaped, credentials.password().clone()];
        let whole = forms.into_iter().filter(|form| form.reveal().len() >= SHORTEST).collect();
        Self { whole, parts }
    }

    /// The text without them.
    #[must_use]
    pub fn apply(&self, text: String) -> String {
        let text = self.whole.iter().fold(text, |text, secret| {
            match memmem::find(text.as_bytes(), secret.reveal().as_bytes()) {
                Some(_) => text.replace(secret.reveal(), MASKED),
                None => text,
            }
        });
        self.parts.mask(text)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mask").field(&format_args!("{MASKED}")).finish()
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
    fn a_password_beyond_ascii_is_found_where_it_is_escaped() {
        let mask = Mask::of(Some(&Credentials::new("ann", "sësame").unwrap()));
        assert_eq!(mask.apply("\"s\\xc3\\xabsame\" sësame".to_owned()), "\"****\" ****");
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

    #[test]
    fn debug_tells_nothing() {
        let mask = Mask::of(Some(&Credentials::new("ann", "sesame").unwrap()));
        assert_eq!(format!("{mask:?}"), "Mask(****)");
    }
}
