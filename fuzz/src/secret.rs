//! The password of the fuzzed sessions, and that nobody gets to see it.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Who logs in.
pub(crate) const USER: &str = "ann";
/// It stands nowhere by chance.
pub(crate) const PASSWORD: &str = "Zq7%/x+ sésame=9";

static FORMS: LazyLock<[String; 3]> = LazyLock::new(|| {
    let plain = format!("\0{USER}\0{PASSWORD}");
    [PASSWORD.to_owned(), BASE64_STANDARD.encode(PASSWORD), BASE64_STANDARD.encode(plain)]
});

/// Panics if a text that people get to see has it in a form that AUTH gives it.
pub(crate) fn is_not_in(shown: &str) {
    for form in FORMS.iter() {
        assert!(!shown.contains(form.as_str()), "{form} is shown: {shown}");
    }
}

/// Whether these are the bytes of a line of AUTH: base64, or nothing.
pub(crate) fn is_base64(line: &[u8]) -> bool {
    BASE64_STANDARD.decode(line).is_ok()
}
