//! Runs the console examples of a Markdown page in a shell, and compares their output.
//!
//! A block that starts with "```console" has commands after `$ `, each with its output below it. The
//! examples of a section run one after another in the same shell. In the output, `...` stands for any text
//! within a line, and a line `...` for any number of lines.

#![allow(clippy::missing_panics_doc, reason = "a test that fails panics")]

use std::{env, ffi::OsString, fmt::Write as _, path::Path, process::Command};

use crate::binary;

/// What ends the output of a command: a character that no example prints, and the exit status.
const END: char = '\u{1e}';
const WILDCARD: &str = "...";

/// A command, and the output that the page shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// The command, several lines if they end with a backslash.
    pub command: String,
    /// The lines below it.
    pub output: String,
}

/// Returns the sections of a page that have examples: the heading, and the examples in order.
#[must_use]
pub fn sections(page: &str) -> Vec<(String, Vec<Example>)> {
    let mut sections: Vec<(String, Vec<Example>)> = vec![(String::new(), Vec::new())];
    let (mut in_code, mut in_console) = (false, false);
    for line in page.lines() {
        let Some((_, examples)) = sections.last_mut() else { continue };
        if let Some(kind) = line.strip_prefix("```") {
            (in_code, in_console) = (!in_code, !in_code && kind == "console");
        } else if in_console {
            add_line(examples, line);
        } else if !in_code && line.starts_with("## ") {
            sections.push((line.trim_start_matches('#').trim().to_owned(), Vec::new()));
        }
    }
    sections.retain(|(_, examples)| !examples.is_empty());
    sections
}

fn add_line(examples: &mut Vec<Example>, line: &str) {
    if let Some(command) = line.strip_prefix("$ ") {
        examples.push(Example { command: command.to_owned(), output: String::new() });
    } else if let Some(example) = examples.last_mut() {
        let continues = example.output.is_empty() && example.command.ends_with('\\');
        let text = if continues { &mut example.command } else { &mut example.output };
        if continues {
            text.push('\n');
        }
        text.push_str(line);
        text.push_str(if continues { "" } else { "\n" });
    }
}

/// Runs the examples of a section in a folder, in which they find their files and the command `mailer`.
/// `real` maps names on the page to those on this machine. Returns what differs.
#[must_use]
pub fn run(
    examples: &[Example],
    folder: &Path,
    real: &[(&str, &str)],
    shell: &mut Command,
) -> Vec<String> {
    let to_real = |text: &str| {
        real.iter().fold(text.to_owned(), |text, (shown, real)| text.replace(shown, real))
    };
    let mut script = "exec 2>&1\n".to_owned();
    for example in examples {
        let _ = writeln!(script, "{}\nprintf '{END}%d{END}' $?", to_real(&example.command));
    }
    let output =
        shell.arg("-c").arg(script).current_dir(folder).env("PATH", search_path()).output();
    let output = output.expect("there is a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut parts = text.split(END);
    let mut found = Vec::new();
    for example in examples {
        let (printed, status) = (parts.next().unwrap_or_default(), parts.next().unwrap_or("none"));
        let wanted = to_real(&example.output);
        // A command fails only where the page shows its error.
        let is_error = |line: &str| line.starts_with("mailer: ") || line.starts_with("error: ");
        let may_fail = wanted.lines().any(is_error);
        if !matches(&wanted, printed) || (status == "0") == may_fail {
            found.push(format!("$ {}\nstatus {status}\n{printed}\nnot\n{wanted}", example.command));
        }
    }
    found
}

/// Returns the search path with the folder of the binary first.
#[must_use]
pub fn search_path() -> OsString {
    let folder = binary::path().parent().map(Path::to_owned);
    let others = env::var_os("PATH").unwrap_or_default();
    let folders = folder.into_iter().chain(env::split_paths(&others));
    env::join_paths(folders).expect("the search path has no separator in a folder")
}

/// Returns whether the output is the wanted text, with wildcards.
fn matches(wanted: &str, output: &str) -> bool {
    let (wanted, output): (Vec<&str>, Vec<&str>) =
        (wanted.lines().collect(), output.lines().collect());
    lines_match(&wanted, &output)
}

fn lines_match(wanted: &[&str], output: &[&str]) -> bool {
    match wanted.split_first() {
        None => output.is_empty(),
        Some((&WILDCARD, rest)) => {
            (0..=output.len()).any(|at| lines_match(rest, output.get(at..).unwrap_or_default()))
        }
        Some((line, rest)) => match output.split_first() {
            Some((found, others)) => line_matches(line, found) && lines_match(rest, others),
            None => false,
        },
    }
}

fn line_matches(wanted: &str, found: &str) -> bool {
    match wanted.split_once(WILDCARD) {
        None => wanted == found,
        Some((before, after)) => found.strip_prefix(before).is_some_and(|rest| {
            let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            starts.any(|at| line_matches(after, rest.get(at..).unwrap_or_default()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_sections_with_commands_and_their_output() {
        let page =
            "# Page\n\n## One\n```console\n$ a \\\n  b\nx\ny\n$ c\n```\n```sh\n$ d\n```\n## Two\n";
        let example = |command: &str, output: &str| Example {
            command: command.into(),
            output: output.into(),
        };
        assert_eq!(
            sections(page),
            [("One".into(), vec![example("a \\\n  b", "x\ny\n"), example("c", "")])]
        );
    }

    #[test]
    fn dots_stand_for_any_text() {
        assert!(matches("a ... c\n...\nend\n", "a b b c\nx\ny\nend"));
        assert!(matches("...\nend", "end"));
        for (wanted, found) in [("a...c", "a b"), ("a", "a\nb"), ("a\n...\nb", "a"), ("", "x")] {
            assert!(!matches(wanted, found), "{wanted:?} {found:?}");
        }
    }
}
