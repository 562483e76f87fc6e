//! The command line of this process, for a report that shows how it was made.

use std::{env, iter};

/// Returns the command line, quoted for a shell, without user and password of `--server`.
pub(crate) fn command_line() -> String {
    let arguments = env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    quoted(&arguments.collect::<Vec<_>>())
}

fn quoted(arguments: &[String]) -> String {
    let before = iter::once("").chain(arguments.iter().map(String::as_str));
    let shown = before.zip(arguments).map(|(before, argument)| shown(before, argument));
    let words: Vec<String> = iter::once("mailer".to_owned()).chain(shown).collect();
    // A word with NUL cannot be quoted, and cannot be an argument.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

/// Returns an argument as the report shows it; `before` is the argument before it.
fn shown(before: &str, argument: &str) -> String {
    match argument.strip_prefix("--server=") {
        Some(url) => format!("--server={}", without_credentials(url)),
        None if before == "--server" => without_credentials(argument),
        None => argument.to_owned(),
    }
}

/// Returns the URL without the text between its scheme and the last `@`.
fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let separator = if scheme.is_empty() { "" } else { "://" };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}{separator}{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_of_a_server_are_left_out() {
        for arguments in [
            ["compare", "--server", "smtp://ann:sesame@mail.example.test:587"].as_slice(),
            &["compare", "--server=smtp://ann:ses@me@mail.example.test:587"],
            &["compare", "--server", "ann:sesame@mail.example.test:587"],
        ] {
            let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
            let shown = quoted(&arguments);
            assert!(!shown.contains("ses") && !shown.contains("ann"), "{shown}");
            assert!(shown.contains("mail.example.test:587"), "{shown}");
        }
    }

    #[test]
    fn other_words_are_quoted_for_a_shell() {
        let words = ["compare", "--subject", "it's here", "--from", "ann@example.test"];
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let expected = "mailer compare --subject \"it's here\" --from ann@example.test";
        assert_eq!(quoted(&words), expected);
    }
}
