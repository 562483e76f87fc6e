//! Text from outside never reaches a terminal, page or document unescaped, whatever its source, field and
//! command.

mod arguments;
mod servers;

use std::process::Command;

use mailer::is_unsafe;

use crate::command::{Ran, run};

/// Terminal controls, characters that reorder text, invisible characters, and HTML. It has no white space and no
/// CR or LF.
const HOSTILE: &str = "\u{1b}[31mRED\u{1b}]0;title\u{7}\u{8}\u{7f}\u{9b}2J\u{9d}0;x\u{9c}\u{85}\
    \u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\u{2028}\u{2029}\
    \u{ad}\u{200b}\u{200d}\u{2060}\u{fe0f}\u{feff}\u{e0041}<script>&";

/// The part of it that an address may contain (RFC 6531): no control character and no white space.
const IN_ADDRESS: &str = "a\u{61c}\u{200e}\u{202e}\u{2066}\u{ad}\u{200b}\u{fe0f}b";

/// Runs a command and checks that its output has no unsafe character.
#[track_caller]
fn safe(command: &mut Command) -> Ran {
    let ran = run(command);
    for text in [&ran.stdout, &ran.stderr] {
        assert_safe(text, &format!("{command:?}"));
    }
    ran
}

#[track_caller]
fn assert_safe(text: &str, from: &str) {
    let found = text.chars().find(|c| *c != '\n' && is_unsafe(*c));
    assert_eq!(found, None, "{from}: {text:?}");
}

/// Returns the page that the command wrote, and checks it as well.
#[track_caller]
fn safe_page(command: &Command, name: &str) -> String {
    let file = command.get_current_dir().expect("it runs in a folder").join(name);
    let page = std::fs::read_to_string(file).expect("the page was written");
    assert_safe(&page, &format!("{command:?}"));
    // The page has a script of its own; HOSTILE has `&` after its tag.
    assert!(!page.contains("<script>&"), "{page}");
    page
}
