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

/// The number of consecutive base64 digits to search for. Six of them rarely match other text by chance.
const RUN: usize = 6;

/// The same for a token that is not encoded. Tokens consist of such digits, and often of JSON in base64, of
/// which other texts have short parts.
const TOKEN_RUN: usize = 10;

/// A mask that removes a password or an access token from the replies of a server, in each form in which
/// AUTH sends it. Some servers repeat the refused line, or a part of it.
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
    /// The forms in base64. Each part of them reveals a part of the secret.
    parts: Parts<RUN>,
    /// The access token as it is.
    token: Parts<TOKEN_RUN>,
}

impl Mask {
    /// Returns a mask for these credentials; `None` masks nothing.
    #[must_use]
    pub fn new(credentials: Option<&Credentials>) -> Self {
        let Some(credentials) = credentials else { return Self::default() };
        let (user, secret) = (credentials.user(), credentials.secret().reveal());
        let encoded = Secret::from(STANDARD.encode(secret));
        let escaped = Secret::from(secret.as_bytes().escape_ascii().to_string());
        let mut token = Parts::default();
        let messages = if credentials.has_token() {
            token.add(credentials.secret());
            // A token stands in the middle of a message, so a group of base64 can begin at each third byte.
            let message = |before: usize| {
                Secret::from(format!("{}{secret}\u{1}\u{1}", "\u{1}".repeat(before)))
            };
            vec![message(0), message(1), message(2)]
        } else {
            vec![Secret::from(format!("\0{user}\0{secret}"))]
        };
        let messages =
            messages.iter().map(|message| Secret::from(STANDARD.encode(message.reveal())));
        let parts = Parts::new(&messages.chain([encoded.clone()]).collect::<Vec<_>>());
        // The longest first: an encoding may contain a short password.
        let forms = [encoded, escaped, credentials.secret().clone()];
        let whole = forms.into_iter().filter(|form| form.reveal().len() >= SHORTEST).collect();
        Self { whole, parts, token }
    }

    /// Masks this secret too, which is sent in base64: as a whole, and any part of its base64. It is for
    /// what a mechanism derives from the password.
    pub fn add_derived(&mut self, secret: &Secret) {
        let encoded = Secret::from(STANDARD.encode(secret.reveal()));
        self.parts.add(&encoded);
        self.whole.extend([encoded, secret.clone()]);
    }

    /// Returns the text with every secret replaced by `****`.
    #[must_use]
    pub fn apply(&self, text: String) -> String {
        // Without credentials there is nothing to search for in each reply.
        if self.whole.is_empty() && self.parts.is_empty() && self.token.is_empty() {
            return text;
        }
        let text = self.whole.iter().fold(text, |text, secret| {
            match memmem::find(text.as_bytes(), secret.reveal().as_bytes()) {
                Some(_) => text.replace(secret.reveal(), MASKED),
                None => text,
            }
        });
        self.token.mask(self.parts.mask(text))
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
    fn a_token_is_masked_in_the_message_of_every_mechanism() {
        let token = "ya29.a0AfB_byDq-QxZ8x";
        let mask = Mask::new(Some(&Credentials::with_token("ann", token).unwrap()));
        assert_eq!(mask.apply(format!("535 no {token}")), "535 no ****");
        assert_eq!(
            mask.apply(format!("535 {}... is too long", &token[..16])),
            "535 ya29.****... is too long"
        );
        for before in [
            "user=ann\u{1}",
            "user=anna\u{1}",
            "user=annab\u{1}",
            "n,a=ann,\u{1}host=h\u{1}port=25\u{1}",
        ] {
            let message = format!("{before}auth=Bearer {token}\u{1}\u{1}");
            let masked = mask.apply(format!("535 {}", STANDARD.encode(&message)));
            let shown = masked.strip_prefix("535 ").unwrap().split("****").next().unwrap();
            let shown = STANDARD.decode(&shown[..shown.len() / 4 * 4]).unwrap();
            let shown = String::from_utf8_lossy(&shown);
            assert!(message.find(token).unwrap() + 4 > shown.len(), "{shown}");
            assert!(masked.contains("****"), "{masked}");
        }
    }

    #[test]
    fn a_derived_secret_is_masked_besides_the_password() {
        let mut mask = Mask::new(Some(&Credentials::new("ann", "sesame").unwrap()));
        mask.add_derived(&Secret::from("v=6rriTRBi23WpRR/wtup"));
        let encoded = STANDARD.encode("v=6rriTRBi23WpRR/wtup");
        assert_eq!(mask.apply(encoded), "****");
        assert_eq!(mask.apply("c2VzYW1l v=6rriTRBi23WpRR/wtup".to_owned()), "**** ****");
    }

    #[test]
    fn debug_reveals_nothing() {
        let mask = Mask::new(Some(&Credentials::new("ann", "sesame").unwrap()));
        assert_eq!(format!("{mask:?}"), "Mask(****)");
    }
}
