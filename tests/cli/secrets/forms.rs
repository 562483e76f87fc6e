//! The forms in which a password could be printed.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};

use crate::command::Ran;

/// The shortest part of a base64 form that counts as shown. Wrapping may split a form into such parts.
const ENOUGH: usize = 12;

/// All forms of a user and a password.
pub(super) struct Forms {
    /// Forms that are shown only as a whole.
    whole: Vec<String>,
    /// Base64 forms, of which every part reveals a part of the password.
    encoded: Vec<String>,
}

impl Forms {
    pub(super) fn new(user: &str, password: &str) -> Self {
        let octets = |each: fn(&u8) -> String, between: &str| {
            password.as_bytes().iter().map(each).collect::<Vec<_>>().join(between)
        };
        let whole = [
            password.to_owned(),
            octets(|byte| format!("%{byte:02X}"), ""),
            octets(|byte| format!("%{byte:02x}"), ""),
            percent_encoded(password),
            octets(|byte| format!("{byte:02x}"), ""),
            octets(|byte| format!("{byte:02X}"), ""),
            octets(|byte| format!("{byte:02x}"), " "),
            // `Debug` of bytes and of text.
            octets(u8::to_string, ", "),
            password.escape_debug().to_string(),
            password.escape_default().to_string(),
            password.as_bytes().escape_ascii().to_string(),
            password.replace('\\', "\\\\").replace('"', "\\\""),
            // The Q encoding of RFC 2047, and quoted-printable.
            password.bytes().map(in_q).collect(),
            password.bytes().map(in_q).collect::<String>().replace("=20", "_"),
        ];
        let plain = format!("\0{user}\0{password}");
        // The position of the password within a base64 group decides its first and last digits.
        let shifted = (0..3).map(|before| " ".repeat(before) + password);
        let texts = shifted.chain([plain]);
        let encoded = texts.flat_map(|text| {
            let inside = |form: String| form.trim_end_matches('=').to_owned();
            [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE.encode(&text)].map(inside)
        });
        // Fewer digits occur in ordinary words.
        let encoded = encoded.filter(|form| form.len() >= ENOUGH);
        Self { whole: whole.to_vec(), encoded: encoded.collect() }
    }

    /// Panics if the output shows any of the forms.
    #[track_caller]
    pub(super) fn are_not_in(&self, ran: &Ran) {
        for text in [&ran.stdout, &ran.stderr] {
            assert_eq!(self.found_in(text), None, "{ran:#?}");
        }
    }

    /// Returns the form that a text shows, if any: unchanged, wrapped into lines, or wrapped in a column.
    pub(super) fn found_in(&self, text: &str) -> Option<&str> {
        let columns = |side: fn(&str) -> &str| -> String { text.lines().map(side).collect() };
        let left = columns(|line| line.split('│').next().unwrap_or_default());
        let right = columns(|line| line.split('│').nth(1).unwrap_or_default());
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let shown = [text.to_owned(), bare(text), bare(&left), bare(&right)];
        let is_shown = |form: &str| shown.iter().any(|text| text.contains(form));
        let whole = self.whole.iter().find(|form| is_shown(form) || is_shown(&bare(form)));
        let mut parts = self.encoded.iter().flat_map(|form| parts(form));
        whole.map(String::as_str).or_else(|| parts.find(|part| is_shown(part)))
    }
}

/// Returns every part of a form that is long enough to reveal something, without the first digits, which other
/// texts share.
fn parts(form: &str) -> impl Iterator<Item = &str> {
    (4..form.len()).filter_map(|at| form.get(at..at + ENOUGH))
}

/// Percent-encodes only the characters that a URL must encode.
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn in_q(byte: u8) -> String {
    match byte {
        b'=' | b'?' | b'_' | b' ' | 0x7f.. => format!("={byte:02X}"),
        _ => char::from(byte).to_string(),
    }
}

#[test]
fn a_form_is_found_in_any_layout() {
    let forms = Forms::new("ann", super::SENTINEL);
    let plain = BASE64_STANDARD.encode(format!("\0ann\0{}", super::SENTINEL));
    let (begin, end) = plain.split_at(20);
    for text in [
        super::SENTINEL.to_owned(),
        format!("{:?}", super::SENTINEL),
        format!("{:?}", super::SENTINEL.as_bytes()),
        format!("C: AUTH PLAIN {begin} │ C:\n   {end}"),
        BASE64_STANDARD.encode(format!("user:{}", super::SENTINEL)),
    ] {
        assert!(forms.found_in(&text).is_some(), "{text}");
    }
    assert_eq!(forms.found_in("C: AUTH PLAIN ****\nS: 235 2.7.0 Welcome"), None);
}
