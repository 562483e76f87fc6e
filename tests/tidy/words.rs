//! Words that STYLE.md rules out: none in comments, docs, help, messages or names of functions.

use std::path::{Path, PathBuf};

use crate::{
    prose::{Prose, prose},
    repository::{files, read},
};

/// A word or phrase, in lower case, and what to write instead.
const WORDS: [(&str, &str); 23] = [
    ("who", "name the client, the server, the caller or the user"),
    ("whoever", "name the client, the server, the caller or the user"),
    ("whom", "name the client, the server, the caller or the user"),
    ("nobody", "say which client, caller or server does not"),
    ("somebody", "say which client, caller or server does"),
    ("somebody else's", "external, third-party"),
    ("there and back", "a round trip, the RTT"),
    ("foretell", "predict"),
    ("foretells", "predicts"),
    ("foretold", "predicted"),
    ("heed", "honour"),
    ("heeds", "honours"),
    ("heeded", "honoured"),
    ("made up", "a fixture, synthetic"),
    ("made-up", "a fixture, synthetic"),
    ("stand still", "stall"),
    ("stands still", "stalls"),
    ("stood still", "stalled"),
    ("far off", "distant, remote"),
    ("octet", "byte"),
    ("octets", "bytes"),
    ("begun anew", "started again, reset"),
    ("of its own accord", "unprompted, without a request"),
];

/// Constructors are named `new`, `from_…` or `parse`. In two parts, or this file would have it.
const CONSTRUCTOR: &str = concat!("fn o", "f(");

/// A file that may use a word, and why.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    ("crates/mailer-cli/src/options/backend.rs", "octets", "a hidden alias of an earlier option"),
    ("tests/cli/plan.rs", "octets", "the test of that alias"),
    ("tests/servers/postfix.sh", "nobody", "the name of a user of the system"),
    ("CHANGELOG.md", "octets", "names of earlier options and keys"),
];

/// People, of whom "who" is right.
const PEOPLE: [&str; 8] =
    ["anyone", "author", "reader", "readers", "user", "users", "people", "operator"];

/// Files that people read.
const READ: [&str; 5] = ["ipynb", "md", "py", "rs", "sh"];

#[test]
fn prose_avoids_the_words_that_the_style_guide_rules_out() {
    let this = Path::new("tests/tidy/words.rs");
    let mut found = Vec::new();
    for path in files(&READ).iter().filter(|path| path.as_path() != this) {
        found.extend(findings(path, &read(path)));
    }
    assert!(found.is_empty(), "{} words to replace:\n{}", found.len(), found.join("\n"));
}

/// Returns one line for each word that a file should not have.
fn findings(path: &Path, text: &str) -> Vec<String> {
    let place = |line: usize| format!("{}:{line}", path.display());
    let is_source = path.extension().is_some_and(|ending| ending == "rs");
    let pieces = if is_source { prose(text) } else { Prose::lines(text) };
    let mut found = Vec::new();
    for piece in &pieces {
        for (word, instead) in WORDS {
            if has_word(&piece.text, word) && !is_excepted(path, word) {
                found.push(format!("{}: \"{word}\": write {instead}", place(piece.line)));
            }
        }
    }
    for (line, _) in text.lines().enumerate().filter(|(_, line)| line.contains(CONSTRUCTOR)) {
        found.push(format!("{}: `{CONSTRUCTOR}`: name it new, from_… or parse", place(line + 1)));
    }
    found
}

fn is_excepted(path: &Path, word: &str) -> bool {
    EXCEPTIONS.iter().any(|(file, excepted, _)| path == Path::new(file) && word == *excepted)
}

/// Returns whether a text has this word, in any case, with no letter or digit next to it and no hyphen
/// after it.
fn has_word(text: &str, word: &str) -> bool {
    let text = PEOPLE
        .iter()
        .fold(text.to_lowercase(), |text, people| text.replace(&format!("{people} who "), people));
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.chars().nth(word.chars().count());
        !is_part(before.chars().next_back()) && !is_part(after) && after != Some('-')
    })
}

#[test]
fn words_are_found_whole_and_in_any_case() {
    assert!(has_word("Whoever waits", "whoever"));
    assert!(has_word("the caller (who waits)", "who"));
    assert!(!has_word("the whole", "who"));
    assert!(!has_word("a reader who knows SMTP", "who"));
    assert!(!has_word("application/octet-stream", "octet"));
}

#[test]
fn findings_name_the_line_and_the_replacement() {
    let path = PathBuf::from("example.rs");
    let text = "fn sends_ten_octets() {}\n// Somebody waits.\nlet octets = 5;\n";
    let found = findings(&path, text);
    assert_eq!(
        found,
        [
            "example.rs:1: \"octets\": write bytes",
            "example.rs:2: \"somebody\": write say which client, caller or server does"
        ]
    );
    assert_eq!(findings(Path::new("page.md"), "made\nup").len(), 0);
    assert_eq!(findings(Path::new("page.md"), "one\na made-up mail").len(), 1);
}
