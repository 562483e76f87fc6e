//! The clients' programs: where they are, and which version.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Outcome,
    asked::here,
    clients::{Client, Tool},
};

/// Where Debian and its kin put what only administrators run; not everybody's PATH has them.
const ADMINISTRATORS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// Where a client's program is, if it is there.
pub(super) fn find(client: &Client) -> Option<PathBuf> {
    match client.tool {
        Tool::Ours => env::current_exe().ok(),
        Tool::Built(folder) => Some(built(folder).ok()?).filter(|program| program.exists()),
        Tool::Installed(program, _) => on_path(program),
    }
}

/// Why it is not there, for people.
pub(super) fn missing(client: &Client) -> &'static str {
    match client.tool {
        Tool::Built(_) => "not built (--build builds it)",
        _ => "not here",
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(ADMINISTRATORS.map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|program| program.is_file())
}

/// Who it is, as it says itself; of what is built with this program Cargo has said it.
pub(super) fn version(client: &Client) -> Option<String> {
    match client.tool {
        Tool::Ours => None,
        Tool::Built(folder) => first_line(&built(folder).ok()?, &["--version"]),
        Tool::Installed(_, asks) => {
            let words: Vec<&str> = asks.split_whitespace().collect();
            let (program, arguments) = words.split_first()?;
            first_line(&on_path(program)?, arguments)
        }
    }
}

fn first_line(program: &Path, arguments: &[&str]) -> Option<String> {
    let said = Command::new(program).args(arguments).output().ok()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let line = said.lines().next()?;
    // What stands in parentheses is what it was built for.
    Some(line.split(" (").next().unwrap_or(line).trim().to_owned())
}

/// Builds what stands beside this program in a package of its own.
pub(super) fn build(folder: &str) -> Outcome<()> {
    let manifest = here().join(folder).join("Cargo.toml");
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--locked", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(target(folder)?);
    let status = command.status().map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{folder} is not built: {status}")) }
}

fn built(folder: &str) -> Outcome<PathBuf> {
    let name = format!("contender-{folder}{}", env::consts::EXE_SUFFIX);
    Ok(target(folder)?.join("release").join(name))
}

/// A folder in that of this workspace's builds, where this program stands too: in PROFILE/deps.
fn target(folder: &str) -> Outcome<PathBuf> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let target = this.ancestors().nth(3).ok_or("this program stands where Cargo puts none")?;
    Ok(target.join("contenders").join(folder))
}
