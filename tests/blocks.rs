//! Generated blocks in Markdown files.

#![allow(clippy::missing_panics_doc, reason = "a test that fails panics")]

use std::{env, fs, path::PathBuf, sync::Mutex};

/// Lets one test at a time write a file.
static WRITING: Mutex<()> = Mutex::new(());

/// Checks that a block of a file is this text; with `UPDATE_DOCS` writes it.
pub fn check(file: &str, name: &str, text: &str) {
    check_alike(file, name, text, str::to_owned);
}

/// Checks that a block of a file equals this text after `normalise`; with `UPDATE_DOCS` writes it.
pub fn check_alike(file: &str, name: &str, text: &str, normalise: impl Fn(&str) -> String) {
    let _writing = WRITING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let path = root().join(file);
    let whole = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let begin = format!("<!-- generated: {name} -->\n");
    let (head, rest) = whole.split_once(&begin).unwrap_or_else(|| panic!("{file} has no {begin}"));
    let (block, tail) = rest.split_once("<!-- end -->").expect("a generated block has an end");
    if normalise(block) == normalise(text) {
        return;
    }
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{head}{begin}{text}<!-- end -->{tail}"))
            .expect("a file to write");
        return;
    }
    let (shown, wanted) = (normalise(block), normalise(text));
    let differs = shown.lines().zip(wanted.lines()).find(|(a, b)| a != b);
    panic!(
        "{file}: the block \"{name}\" is out of date ({differs:?}); \
         UPDATE_DOCS=1 cargo test --package mailer-tests writes it"
    );
}

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the text as a block of code.
#[must_use]
pub fn code(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}
