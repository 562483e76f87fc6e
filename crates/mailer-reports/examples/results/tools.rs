//! The programs that this one runs: Cargo, rustc, strace, and the `mailer` that is measured.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use mailer_reports::root;
use mailer_server::{Config, EmbeddedServer};
use serde_json::Value;

use crate::TextResult;

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

/// Builds a program, and returns where Cargo has put it.
fn built(arguments: &[&str], name: &str) -> TextResult<PathBuf> {
    let (command, rest) = arguments.split_first().ok_or("no command for cargo")?;
    let output = cargo(&[&[*command, "--message-format=json-render-diagnostics"], rest].concat())?;
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut artifacts = messages.filter(|message| message["target"]["name"] == name);
    let found = artifacts.find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    found.ok_or_else(|| format!("cargo does not report where {name} is"))
}

/// Returns what Cargo prints.
pub(crate) fn cargo(arguments: &[&str]) -> TextResult<String> {
    run(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// Runs a program in the folder of the workspace, and returns what it prints. Its stderr is this one's.
pub(crate) fn run(
    program: impl AsRef<OsStr>,
    arguments: &[impl AsRef<OsStr>],
) -> TextResult<String> {
    let mut command = Command::new(program.as_ref());
    command.args(arguments).current_dir(root()).stdin(Stdio::null()).stderr(Stdio::inherit());
    command.env_remove("SMTP_URL");
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        let name = Path::new(program.as_ref()).display();
        return Err(format!("{name} ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
