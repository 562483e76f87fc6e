//! Text for shells, for manuals and for who asks for help.

use mailer_tests::binary;

use crate::command::{Ran, run};

const COMMANDS: [&str; 5] = ["send", "compare", "serve", "completions", "man"];

fn mailer(arguments: &[&str]) -> Ran {
    run(binary::mailer().args(arguments))
}

#[test]
fn every_command_explains_itself() {
    for command in COMMANDS {
        for help in ["-h", "--help"] {
            let text = mailer(&[command, help]).succeeds().stdout;
            assert!(text.contains(&format!("Usage: mailer {command}")), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        }
    }
}

#[test]
fn the_whole_names_its_commands_and_its_version() {
    let help = mailer(&["--help"]).succeeds().stdout;
    assert!(COMMANDS.iter().all(|command| help.contains(&format!("  {command} "))), "{help}");
    let version = mailer(&["--version"]).succeeds().stdout;
    assert_eq!(version, format!("mailer {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let text = mailer(&["completions", shell]).succeeds().stdout;
        assert!(text.contains("mailer") && text.contains("password-file"), "{shell}: {text}");
    }
    mailer(&["completions", "abacus"]).exits(64);
}

#[test]
fn there_is_a_manual_of_the_whole_and_of_each_command() {
    let whole = mailer(&["man"]).succeeds().stdout;
    assert!(whole.contains(".SH NAME") && whole.contains("mailer"), "{whole}");
    for command in COMMANDS {
        let page = mailer(&["man", command]).succeeds().stdout;
        assert!(page.contains(".SH NAME"), "{page}");
        assert!(page.contains(&format!("mailer\\-{command}")), "{page}");
    }
    assert!(mailer(&["man", "nonsense"]).exits(78).complaint().contains("nonsense"));
}
