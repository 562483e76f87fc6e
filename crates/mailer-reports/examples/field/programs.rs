//! The programs of clients: where they are, and their versions.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    TextResult,
    clients::{Client, Tool},
    command::clients_folder,
};

/// Where Debian puts programs for administrators. They are not in every user's `PATH`.
const ADMINISTRATION: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// Returns the client's program, if it is there.
pub(super) fn find(client: &Client) -> Option<PathBuf> {
    match client.tool {
        Tool::Ours => env::current_exe().ok(),
        Tool::Built(folder) => Some(built(folder).ok()?).filter(|program| program.exists()),
        Tool::Installed(program, _) => on_path(program),
    }
}

/// Returns why the client's program is not there.
pub(super) fn missing(client: &Client) -> &'static str {
    match client.tool {
        Tool::Built(_) => "not built (--build builds it)",
        _ => "not installed",
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(ADMINISTRATION.map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|program| program.is_file())
}

/// Returns the name and version that the client's program prints; `None` for ours.
pub(super) fn version(client: &Client) -> Option<String> {
    match client.tool {
        Tool::Ours => None,
        Tool::Built(folder) => first_line(&built(folder).ok()?, &["--version"]),
        Tool::Installed(_, command) => {
            let words: Vec<&str> = command.split_whitespace().collect();
            let (program, arguments) = words.split_first()?;
            first_line(&on_path(program)?, arguments)
        }
    }
}

fn first_line(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().next()?;
    // What follows in parentheses is the platform.
    Some(line.split(" (").next().unwrap_or(line).trim().to_owned())
}

/// Builds the client in this folder, which is a workspace of its own.
pub(super) fn build(folder: &str) -> TextResult<()> {
    let manifest = clients_folder().join(folder).join("Cargo.toml");
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--locked", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(target(folder)?);
    let status = command.status().map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{folder} could not be built: {status}")) }
}

fn built(folder: &str) -> TextResult<PathBuf> {
    let name = format!("contender-{folder}{}", env::consts::EXE_SUFFIX);
    Ok(target(folder)?.join("release").join(name))
}

/// Returns a folder in the target folder of this workspace. This program is in PROFILE/examples there.
fn target(folder: &str) -> TextResult<PathBuf> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let target = program.ancestors().nth(3).ok_or("this program is not in a target folder")?;
    Ok(target.join("clients").join(folder))
}
