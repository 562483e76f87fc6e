//! The prose of a source file: comments, strings and names of functions.

/// A piece of prose, within one line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Prose {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Prose {
    /// Every line of a text that is prose as a whole.
    pub(crate) fn lines(text: &str) -> Vec<Self> {
        let numbered = text.lines().enumerate();
        numbered.map(|(at, line)| Self { line: at + 1, text: line.to_owned() }).collect()
    }
}

/// Where a character of a source file belongs.
enum State {
    Code,
    LineComment,
    /// A string that ends with a quotation mark and this many `#`; whether `\` escapes in it.
    Text {
        hashes: usize,
        escapes: bool,
    },
}

/// The prose of a Rust source. Block comments are not known: this repository has none.
pub(crate) fn prose(source: &str) -> Vec<Prose> {
    let mut state = State::Code;
    let mut pieces = Vec::new();
    for (at, line) in source.lines().enumerate() {
        let mut text = function_name(line).replace('_', " ");
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let (next, skipped) = advance(&state, rest);
            if !matches!((&state, &next), (State::Code, _)) {
                text.push(c);
            } else if !matches!(next, State::Code) {
                text.push(' ');
            }
            state = next;
            rest = rest.get(skipped..).unwrap_or_default();
        }
        if matches!(state, State::LineComment) {
            state = State::Code;
        }
        if !text.trim().is_empty() {
            pieces.push(Prose { line: at + 1, text });
        }
    }
    pieces
}

/// The state after the first character of `rest`, and how many bytes that consumes.
fn advance(state: &State, rest: &str) -> (State, usize) {
    let one = rest.chars().next().map_or(1, char::len_utf8);
    match state {
        State::Code if rest.starts_with("//") => (State::LineComment, 2),
        State::Code if rest.starts_with("'\"'") => (State::Code, 3),
        State::Code if rest.starts_with("'\\\"'") => (State::Code, 4),
        State::Code => match opening(rest) {
            Some((text, length)) => (text, length),
            None => (State::Code, one),
        },
        State::LineComment => (State::LineComment, one),
        State::Text { escapes: true, hashes } if rest.starts_with('\\') => {
            let escaped = rest.chars().nth(1).map_or(0, char::len_utf8);
            (State::Text { hashes: *hashes, escapes: true }, 1 + escaped)
        }
        State::Text { hashes, escapes } => {
            let end = format!("\"{}", "#".repeat(*hashes));
            match rest.starts_with(&end) {
                true => (State::Code, end.len()),
                false => (State::Text { hashes: *hashes, escapes: *escapes }, one),
            }
        }
    }
}

/// The string that begins here, with the length of its opening.
fn opening(rest: &str) -> Option<(State, usize)> {
    if rest.starts_with('"') {
        return Some((State::Text { hashes: 0, escapes: true }, 1));
    }
    let raw = rest.strip_prefix('r')?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let is_raw = raw.trim_start_matches('#').starts_with('"');
    is_raw.then_some((State::Text { hashes, escapes: false }, hashes + 2))
}

/// The name of the function that a line declares, empty if there is none.
fn function_name(line: &str) -> String {
    let Some((before, after)) = line.split_once("fn ") else { return String::new() };
    let is_declaration = before
        .split_whitespace()
        .all(|word| word.chars().all(|c| c.is_alphanumeric() || "()_".contains(c)));
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next();
    name.filter(|_| is_declaration).unwrap_or_default().to_owned()
}

#[test]
fn comments_strings_and_function_names_are_prose() {
    let source = concat!(
        "//! A page.\n",
        "pub fn sends_all(text: &str) { // why\n",
        "    let name = \"one \\\" two\"; let quote = '\"'; let code = 1;\n",
        "    let raw = r#\"three \" four\"#; let more = \"five\n",
        "    six\"; name\n",
        "}\n",
    );
    let texts: Vec<(usize, String)> =
        prose(source).into_iter().map(|piece| (piece.line, piece.text.replace(' ', "_"))).collect();
    let has = |line: usize, text: &str| {
        texts.iter().any(|(at, found)| *at == line && found.contains(text))
    };
    assert!(has(1, "!_A_page."));
    assert!(has(2, "sends_all") && has(2, "why") && !has(2, "text"));
    assert!(has(3, "two") && !has(3, "code") && !has(3, "quote"));
    assert!(has(4, "four") && has(4, "five") && !has(4, "more"));
    assert!(has(5, "six") && !has(5, "name"));
}
