//! `--header`: fields that the user adds.

use mailer::{Error, HeaderField};

/// The fields that have an option of their own.
const OPTIONS: [(&str, &str); 7] = [
    ("from", "--from"),
    ("to", "--to"),
    ("cc", "--cc"),
    ("bcc", "--bcc"),
    ("reply-to", "--reply-to"),
    ("subject", "--subject"),
    ("return-path", "--envelope-from"),
];

/// Parses a value of `--header`: `Name: value`. The error about a field that `mailer` writes itself names the
/// option to use.
pub(super) fn field(text: &str) -> Result<HeaderField, Error> {
    text.parse().map_err(|error: Error| match text.split_once(':') {
        Some((name, _)) if HeaderField::is_reserved(name) => error.with_hint(hint(name)),
        _ => error,
    })
}

fn hint(name: &str) -> String {
    let option = OPTIONS.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
    match option {
        Some((_, option)) => format!("use {option}"),
        None => format!(
            "leave {name} to mailer, or send a message that has its whole header with --eml"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_about_a_reserved_field_names_the_option() {
        for name in HeaderField::RESERVED.iter().copied().chain(["Content-Type"]) {
            let error = field(&format!("{name}: x")).unwrap_err();
            let hint = error.hint().unwrap_or_default();
            let option = OPTIONS.iter().find(|(field, _)| *field == name);
            let wanted = option.map_or("--eml", |(_, option)| option);
            assert!(hint.contains(wanted), "{name}: {hint}");
        }
        assert!(OPTIONS.iter().all(|(name, _)| HeaderField::is_reserved(name)));
        assert_eq!(field("X-A").unwrap_err().hint(), Some("write it as Name: value"));
    }
}
