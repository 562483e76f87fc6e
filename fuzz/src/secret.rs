//! The password and the access token of the fuzzed sessions, and the check that neither is shown.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The user.
pub(crate) const USER: &str = "ann";
/// The password, which occurs nowhere by chance.
pub(crate) const PASSWORD: &str = "Zq7%/x+ sésame=9";

/// The access token. No other characters are allowed in one.
pub(crate) const TOKEN: &str = "ya29.Zq7%/x+s3same~9";

static FORMS: LazyLock<[String; 7]> = LazyLock::new(|| {
    let plain = format!("\0{USER}\0{PASSWORD}");
    let message =
        |begin: &str| BASE64_STANDARD.encode(format!("{begin}\u{1}auth=Bearer {TOKEN}\u{1}\u{1}"));
    [
        PASSWORD.to_owned(),
        BASE64_STANDARD.encode(PASSWORD),
        BASE64_STANDARD.encode(plain),
        TOKEN.to_owned(),
        BASE64_STANDARD.encode(TOKEN),
        message(&format!("user={USER}")),
        message(&format!("n,a={USER},\u{1}host=mail.example.com\u{1}port=25")),
    ]
});

/// Panics if a text for people contains the password or the token in a form that AUTH sends.
pub(crate) fn is_not_in(shown: &str) {
    for form in FORMS.iter() {
        assert!(!shown.contains(form.as_str()), "{form} is shown: {shown}");
    }
}

/// Whether these are the bytes of a line of AUTH: base64, or empty.
pub(crate) fn is_base64(line: &[u8]) -> bool {
    BASE64_STANDARD.decode(line).is_ok()
}
