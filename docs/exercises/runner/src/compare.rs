//! Puts the client next to both backends of `mailer compare`.

use std::{
    io,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::{build, course::root};

/// Runs `mailer compare` with the learner's client as one more column.
pub(crate) fn with_learner(options: &[&str]) -> io::Result<bool> {
    let Some(client) = build::client(&[])? else { return Ok(false) };
    println!("$ mailer compare --with {}\n", client.display());
    Ok(mailer(&client, options).status()?.success())
}

/// Runs it with the client of all solutions, and returns its document.
pub(crate) fn document(client: &Path) -> io::Result<Output> {
    mailer(client, &["--json"]).stderr(Stdio::inherit()).output()
}

/// The command `mailer compare`, built from this repository.
fn mailer(client: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    command.current_dir(root().join("../.."));
    command.args(["run", "--quiet", "--package", "mailer-cli", "--", "compare", "--with"]);
    command.arg(quoted(client)).args(options);
    command
}

/// A path as `--with` splits it: in quotes.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
