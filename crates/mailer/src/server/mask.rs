//! Removal of secrets from replies before they are printed.

mod parts;

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use memchr::memmem;

use self::parts::{MASKED, Parts};
use super::{Credentials, Secret};

/// The minimum length in bytes of a form to search for. A shorter form occurs in ordinary words, and
/// masking it there would reveal it.
const SHORTEST: usize = 4;

/// A mask that removes a password from the replies of a server, in each form in which AUTH sends it. Some
/// servers repeat the refused line, or a part of it.
///
/// ```
/// use mailer::{Credentials, Mask};
/// let mask = Mask::new(Some(&Credentials::new("ann", "sesame")?));
/// assert_eq!(mask.apply("535 not c2VzYW1l".into()), "535 not ****");
/// assert_eq!(mask.apply("535 AGFubgBzZXNh... is too long".into()), "535 ****... is too long");
/// # Ok::<(), mailer::Error>(())
/// ```
#[derive(Default)]
pub struct Mask {
    /// The forms to search for as a whole.
    whole: Vec<Secret>,
    /// The forms in base64. Each part of them reveals a part of the password.
    parts: Parts,
}

impl Mask {
    /// Returns a mask for these credentials; `None` masks nothing.
    #[must_use]
    pub fn new(credentials: Option<&Credentials>) -> Self {
        let Some(credentials) = credentials else { return Self::default() };
        let (user, password) = (credentials.user(), credentials.password().reveal());
        let plain = Secret::from(format!("\0{user}\0{password}"));
        let encoded = Secret::from(STANDARD.encode(password));
        let escaped = Secret::from(password.as_bytes().escape_ascii().to_string());
        let parts = Parts::new(&[Secret::from(STANDARD.encode(plain.reveal())), encoded.clone()]);
        // The longest first: an encoding may contain a short password.
        let forms = [encoded, escaped, credentials.password().clone()];
        let whole = forms.into_iter().filter(|form| form.reveal().len() >= SHORTEST).collect();
        Self { whole, parts }
    }

    /// Returns the text with every secret replaced by `****`.
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
    fn every_form_of_a_password_is_masked() {
        let mask = Mask::new(Some(&Credentials::new("ann", "sesame").unwrap()));
        let text = "no: AUTH PLAIN AGFubgBzZXNhbWU= c2VzYW1l sesame for ann".to_owned();
        assert_eq!(mask.apply(text), "no: AUTH PLAIN **** **** **** for ann");
    }

    #[test]
    fn an_escaped_non_ascii_password_is_masked() {
        let mask = Mask::new(Some(&Credentials::new("ann", "sësame").unwrap()));
        assert_eq!(mask.apply("\"s\\xc3\\xabsame\" sësame".to_owned()), "\"****\" ****");
    }

    #[test]
    fn a_password_of_one_letter_is_masked_in_base64_only() {
        let mask = Mask::new(Some(&Credentials::new("ann", "a").unwrap()));
        assert_eq!(mask.apply("250 Stored as 1 YQ==".to_owned()), "250 Stored as 1 ****");
    }

    #[test]
    fn an_empty_password_masks_nothing() {
        let mask = Mask::new(Some(&Credentials::new("ann", "").unwrap()));
        assert_eq!(mask.apply("535 no".to_owned()), "535 no");
        assert_eq!(Mask::new(None).apply("sesame".to_owned()), "sesame");
    }

    #[test]
    fn debug_reveals_nothing() {
        let mask = Mask::new(Some(&Credentials::new("ann", "sesame").unwrap()));
        assert_eq!(format!("{mask:?}"), "Mask(****)");
    }
}
