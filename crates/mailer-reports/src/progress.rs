//! What a program reports on stderr while it works, and how it ends.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use crate::TextResult;

/// Prints a line on stderr.
pub fn report(text: &str) {
    // A closed stderr is not an error.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Returns the exit code of a program's work, and reports its error.
pub fn ended(result: TextResult<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => failed(&problem),
    }
}

/// Reports why the program fails, and returns its exit code.
pub fn failed(problem: &str) -> ExitCode {
    report(problem);
    ExitCode::FAILURE
}
