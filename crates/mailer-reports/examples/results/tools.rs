//! The programs that this one runs: rustc, strace, and the `mailer` that is measured.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use mailer_reports::built;
use mailer_server::{Config, EmbeddedServer};

use crate::TextResult;

pub(crate) use mailer_reports::{cargo, run};

/// Builds `mailer` as its users do.
pub(crate) fn build_mailer() -> TextResult<PathBuf> {
    built(&["build", "--release", "--package=mailer-cli"], "mailer")
}

/// Builds a minimal program without symbols.
pub(crate) fn build_stripped(package: &str, example: &str) -> TextResult<PathBuf> {
    let (package, target) = (format!("--package={package}"), format!("--example={example}"));
    let strip = ["--", "-Cstrip=symbols"];
    let arguments = ["rustc", "--release", package.as_str(), target.as_str()];
    built(&[arguments.as_slice(), strip.as_slice()].concat(), example)
}

/// Returns the number of system calls of a minimal program, which has to send one message; `query` is the end
/// of its URL.
pub(crate) fn system_calls(program: &Path, query: &str) -> TextResult<String> {
    let server = EmbeddedServer::start(Config::plain()).map_err(|error| error.to_string())?;
    let mut command = Command::new("strace");
    command.args(["--follow-forks", "--summary-only", "--summary-columns=calls,name"]).arg(program);
    command.env("SMTP_URL", format!("smtp://{}{query}", server.addr()));
    let Ok(output) = command.stdin(Stdio::null()).output() else {
        return Ok("not counted, strace is missing".to_owned());
    };
    let report = String::from_utf8_lossy(&output.stderr);
    if server.stored().mails != 1 {
        return Err(format!("{} has not sent its message:\n{report}", program.display()));
    }
    let total = report.lines().find_map(|line| line.trim().strip_suffix("total"));
    let total = total.ok_or_else(|| format!("strace printed no total:\n{report}"))?;
    Ok(total.trim().to_owned())
}
