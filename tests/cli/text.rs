//! `-h`, `--help`, `completions` and `man`.

use mailer_tests::binary;

use crate::command::{Ran, run};

const COMMANDS: [&str; 10] = [
    "send",
    "compare",
    "explain",
    "bench",
    "check",
    "serve",
    "worker",
    "merge",
    "completions",
    "man",
];

fn mailer(arguments: &[&str]) -> Ran {
    run(binary::mailer().args(arguments))
}

#[test]
fn every_command_has_help_that_fits_100_columns() {
    for command in COMMANDS {
        for help in ["-h", "--help"] {
            let text = mailer(&[command, help]).succeeds().stdout;
            assert!(text.contains(&format!("Usage: mailer {command}")), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
    }
}

#[test]
fn short_help_has_one_line_per_option_in_80_columns() {
    for command in COMMANDS {
        let mut mailer = binary::mailer();
        let text = run(mailer.args([command, "-h"]).env("COLUMNS", "80")).succeeds().stdout;
        for line in text.lines().filter(|line| line.starts_with(' ')) {
            let is_option = line.trim_start().starts_with(['-', '<', '[']);
            assert!(is_option && line.chars().count() <= 80, "{command}: {line:?}\n{text}");
        }
    }
}

#[test]
fn help_lists_the_commands_and_version_prints_the_version() {
    let help = mailer(&["--help"]).succeeds().stdout;
    let (_, listed) = help.split_once("Commands:\n").expect("a list of commands");
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, [&COMMANDS[..], &["help"]].concat());
    let version = mailer(&["--version"]).succeeds().stdout;
    assert_eq!(version, format!("mailer {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_of_a_command_is_its_long_help() {
    for command in COMMANDS {
        let help = mailer(&["help", command]).succeeds().stdout;
        assert_eq!(help, mailer(&[command, "--help"]).succeeds().stdout, "{command}");
    }
    assert!(mailer(&["help", "nonsense"]).exits(64).stderr.contains("nonsense"));
}

#[test]
fn completions_exist_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let text = mailer(&["completions", shell]).succeeds().stdout;
        assert!(text.contains("mailer") && text.contains("password-file"), "{shell}: {text}");
    }
    mailer(&["completions", "abacus"]).exits(64);
}

#[test]
fn man_prints_a_page_for_mailer_and_for_each_command() {
    let whole = mailer(&["man"]).succeeds().stdout;
    assert!(whole.contains(".SH NAME") && whole.contains("mailer"), "{whole}");
    for command in COMMANDS {
        let page = mailer(&["man", command]).succeeds().stdout;
        assert!(page.contains(".SH NAME"), "{page}");
        assert!(page.contains(&format!("mailer\\-{command}")), "{page}");
    }
    assert!(mailer(&["man", "nonsense"]).exits(78).error().contains("nonsense"));
}
