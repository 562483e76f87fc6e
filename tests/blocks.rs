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
    let whole = read(file);
    let begin = begin(name);
    let (head, block, tail) = split(file, &whole, &begin);
    if normalise(block) == normalise(text) {
        return;
    }
    if env::var_os("UPDATE_DOCS").is_some() {
        write(file, &format!("{head}{begin}{text}<!-- end -->{tail}"));
        return;
    }
    let (shown, wanted) = (normalise(block), normalise(text));
    let differs = shown.lines().zip(wanted.lines()).find(|(a, b)| a != b);
    panic!(
        "{file}: the block \"{name}\" is out of date ({differs:?}); \
         UPDATE_DOCS=1 cargo test --package mailer-tests writes it"
    );
}

/// Returns a block of a file.
#[must_use]
pub fn block(file: &str, name: &str) -> String {
    split(file, &read(file), &begin(name)).1.to_owned()
}

fn begin(name: &str) -> String {
    format!("<!-- generated: {name} -->\n")
}

/// Splits the text of a file into what precedes a block, the block, and the rest.
fn split<'a>(file: &str, whole: &'a str, begin: &str) -> (&'a str, &'a str, &'a str) {
    let (head, rest) = whole.split_once(begin).unwrap_or_else(|| panic!("{file} has no {begin}"));
    let (block, tail) = rest.split_once("<!-- end -->").expect("a generated block has an end");
    (head, block, tail)
}

/// Checks that a whole file is this text; with `UPDATE_DOCS` writes it.
pub fn check_file(file: &str, text: &str) {
    if fs::read_to_string(path(file)).is_ok_and(|whole| whole == text) {
        return;
    }
    assert!(
        env::var_os("UPDATE_DOCS").is_some(),
        "{file} is out of date; UPDATE_DOCS=1 cargo test --package mailer-tests writes it"
    );
    write(file, text);
}

/// Replaces the text of a file, while no other test writes.
pub fn rewrite(file: &str, change: impl FnOnce(&str) -> String) {
    let _writing = WRITING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    write(file, &change(&read(file)));
}

/// Returns the text of a file of the repository.
#[must_use]
pub fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn write(file: &str, text: &str) {
    fs::write(path(file), text).unwrap_or_else(|error| panic!("{file}: {error}"));
}

/// Returns the path of a file of the repository.
#[must_use]
pub fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}

/// Returns the text as a block of code.
#[must_use]
pub fn code(text: &str) -> String {
    format!("```text\n{}\n```\n", text.trim_end())
}
