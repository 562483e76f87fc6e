//! Other programs: Cargo, rustc, and the `mailer` that is measured.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use mailer_server::{Config, EmbeddedServer};
use serde_json::Value;

use crate::{Outcome, root};

/// Builds the command as its users do.
pub(crate) fn build_mailer() -> Outcome<PathBuf> {
    built(&["build", "--release", "--package=mailer-cli"], "mailer")
}

/// Builds a minimal program without the names and lines for debuggers.
pub(crate) fn build_stripped(package: &str, example: &str) -> Outcome<PathBuf> {
    let (package, target) = (format!("--package={package}"), format!("--example={example}"));
    let strip = ["--", "-Cstrip=symbols"];
    let arguments = ["rustc", "--release", package.as_str(), target.as_str()];
    built(&[arguments.as_slice(), strip.as_slice()].concat(), example)
}

/// The system calls of a minimal program from its start to its end, which has to be a mail at the
/// server; `query` ends its URL.
pub(crate) fn system_calls(program: &Path, query: &str) -> Outcome<String> {
    let server = EmbeddedServer::start(Config::plain()).map_err(|error| error.to_string())?;
    let mut command = Command::new("strace");
    command.args(["--follow-forks", "--summary-only", "--summary-columns=calls,name"]).arg(program);
    command.env("SMTP_URL", format!("smtp://{}{query}", server.addr()));
    let Ok(output) = command.stdin(Stdio::null()).output() else {
        return Ok("not counted, for want of strace".to_owned());
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if server.stored().mails != 1 {
        return Err(format!("{} has not sent its mail:\n{said}", program.display()));
    }
    let total = said.lines().find_map(|line| line.trim().strip_suffix("total"));
    let total = total.ok_or_else(|| format!("no count in what strace said:\n{said}"))?;
    Ok(total.trim().to_owned())
}

/// Builds, and finds what was built: Cargo says where it is.
fn built(arguments: &[&str], name: &str) -> Outcome<PathBuf> {
    let (command, rest) = arguments.split_first().ok_or("no command for cargo")?;
    let said = cargo(&[&[*command, "--message-format=json-render-diagnostics"], rest].concat())?;
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut of_it = messages.filter(|message| message["target"]["name"] == name);
    let found = of_it.find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    found.ok_or_else(|| format!("cargo does not say where {name} is"))
}

/// What Cargo prints.
pub(crate) fn cargo(arguments: &[&str]) -> Outcome<String> {
    run(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// What a program prints in the folder of the workspace; its complaints go where ours go.
pub(crate) fn run(program: impl AsRef<OsStr>, arguments: &[impl AsRef<OsStr>]) -> Outcome<String> {
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
