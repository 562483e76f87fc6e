//! Runs Cargo and other programs.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use mailer_compare::external_client::remove_secrets;
use serde_json::Value;

use crate::{TextResult, root};

/// Runs Cargo, which builds a program, and returns where Cargo has put it.
///
/// # Errors
/// If Cargo fails, or builds no such program.
pub fn built(arguments: &[&str], name: &str) -> TextResult<PathBuf> {
    let (command, rest) = arguments.split_first().ok_or("no command for cargo")?;
    let output = cargo(&[&[*command, "--message-format=json-render-diagnostics"], rest].concat())?;
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut artifacts = messages.filter(|message| message["target"]["name"] == name);
    let found = artifacts.find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    found.ok_or_else(|| format!("cargo does not report where {name} is"))
}

/// Returns what Cargo prints.
///
/// # Errors
/// If Cargo fails.
pub fn cargo(arguments: &[&str]) -> TextResult<String> {
    run(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// Runs a program in the folder of the workspace, and returns what it prints. Its stderr is this one's. It sees no
/// password and no access token of the environment: one of them would decide which server is measured, and how.
///
/// # Errors
/// If the program cannot be started or fails.
pub fn run(program: impl AsRef<OsStr>, arguments: &[impl AsRef<OsStr>]) -> TextResult<String> {
    let mut command = command(program.as_ref(), arguments);
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        let name = Path::new(program.as_ref()).display();
        return Err(format!("{name} ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

fn command(program: &OsStr, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null()).stderr(Stdio::inherit());
    remove_secrets(&mut command);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_sees_no_password_and_no_token() {
        let command = command("mailer".as_ref(), &["bench"]);
        for name in ["SMTP_URL", "SMTP_PASSWORD", "SMTP_TOKEN"] {
            assert!(command.get_envs().any(|variable| variable == (name.as_ref(), None)), "{name}");
        }
    }
}
