//! The lines of source code that sent what a step shows.

use std::fmt;

use mailer::Source;

use crate::observation::{DialogueLine, Speaker, Turn};

/// Source code. This crate knows no backend, so the caller passes it.
pub struct SourceCode<'a> {
    /// Returns a line of code without its indentation.
    pub line: &'a dyn Fn(&Source) -> Option<&'static str>,
    /// Returns where this project calls the library of a backend to send a message.
    pub call: &'a dyn Fn(&str) -> Option<Source>,
}

impl fmt::Debug for SourceCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceCode").finish_non_exhaustive()
    }
}

/// A line of code, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeLine {
    /// The line without its indentation.
    pub text: &'static str,
    /// The package and the file, without the folders between them.
    pub place: String,
    /// The whole path.
    pub path: String,
}

impl SourceCode<'static> {
    /// Returns source code of which no line is known.
    #[must_use]
    pub fn none() -> Self {
        Self { line: &|_| None, call: &|_| None }
    }
}

impl SourceCode<'_> {
    /// Returns the call of this project into the library of a backend.
    #[must_use]
    pub fn call(&self, backend: &str) -> Option<CodeLine> {
        self.code_line(&(self.call)(backend)?)
    }

    /// Returns the lines that sent the lines of a turn, each once.
    pub(super) fn of_turn(&self, turn: &Turn) -> Vec<CodeLine> {
        self.of_lines(turn.lines.iter().filter(|line| line.speaker == Speaker::Client))
    }

    /// Returns the lines of code that caused these lines of a dialogue, each once.
    pub fn of_lines<'l>(&self, lines: impl IntoIterator<Item = &'l DialogueLine>) -> Vec<CodeLine> {
        let sources = lines.into_iter().filter_map(|line| line.source.as_ref());
        let mut lines: Vec<CodeLine> =
            sources.filter_map(|source| self.code_line(source)).collect();
        lines.dedup();
        lines
    }

    fn code_line(&self, source: &Source) -> Option<CodeLine> {
        let text = (self.line)(source)?;
        Some(CodeLine { text, place: place(source), path: source.to_string() })
    }
}

/// Returns `mailer-protocol, opening.rs:60` for `crates/mailer-protocol/src/session/opening.rs`.
fn place(source: &Source) -> String {
    let path = source.file.strip_prefix("crates/").unwrap_or(&source.file);
    let package = path.split('/').next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    format!("{package}, {file}:{}", source.line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_place_is_the_package_and_the_file() {
        let place = |file: &'static str| place(&Source { file: file.into(), line: 60 });
        let file = "crates/mailer-protocol/src/session/opening.rs";
        assert_eq!(place(file), "mailer-protocol, opening.rs:60");
        assert_eq!(place("lettre-0.11.23/src/client/net.rs"), "lettre-0.11.23, net.rs:60");
    }

    #[test]
    fn a_line_of_code_that_sent_several_lines_is_shown_once() {
        let mut dialogue = fixtures::observation("a").dialogue();
        for line in dialogue.iter_mut().flat_map(|turn| &mut turn.lines) {
            line.source = Some(Source { file: "lettre/net.rs".into(), line: 1 });
        }
        let code = SourceCode { line: &|_| Some("write(line)?;"), call: &|_| None };
        let turn = dialogue.iter().max_by_key(|turn| turn.lines.len()).unwrap();
        let lines = code.of_turn(turn);
        assert_eq!(lines.iter().map(|line| line.text).collect::<Vec<_>>(), ["write(line)?;"]);
        assert!(SourceCode::none().of_turn(turn).is_empty());
    }
}
