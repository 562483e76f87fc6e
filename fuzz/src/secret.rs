//! The password of the fuzzed sessions, and the check that it is never shown.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The user.
pub(crate) const USER: &str = "ann";
/// The password, which occurs nowhere by chance.
pub(crate) const PASSWORD: &str = "Zq7%/x+ sésame=9";

static FORMS: LazyLock<[String; 3]> = LazyLock::new(|| {
    let plain = format!("\0{USER}\0{PASSWORD}");
    [PASSWORD.to_owned(), BASE64_STANDARD.encode(PASSWORD), BASE64_STANDARD.encode(plain)]
});

/// Panics if a text for people contains the password in a form that AUTH sends.
pub(crate) fn is_not_in(shown: &str) {
    for form in FORMS.iter() {
        assert!(!shown.contains(form.as_str()), "{form} is shown: {shown}");
    }
}

/// Whether these are the bytes of a line of AUTH: base64, or empty.
pub(crate) fn is_base64(line: &[u8]) -> bool {
    BASE64_STANDARD.decode(line).is_ok()
}
