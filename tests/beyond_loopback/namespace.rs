//! A network namespace with an address that is not loopback.

use std::{
    env, fs, io,
    process::{Command, ExitCode, Stdio},
};

/// An address of the namespace, from the block for documentation (RFC 5737).
pub(crate) const ADDRESS: &str = "192.0.2.1";
/// A name in the namespace with two addresses: one of loopback, and [`ADDRESS`].
pub(crate) const MIXED: &str = "mixed.example.test";

/// The variable that marks the run inside.
const INSIDE: &str = "MAILER_TESTS_BEYOND_LOOPBACK";
/// The exit status of libtest after a failed test.
const FAILED: u8 = 101;

/// Prepares fresh namespaces of network and files, and executes the rest of the command line. The first
/// argument is a file of host names.
const PREPARE: &str = "ip link set lo up && ip addr add 192.0.2.1/32 dev lo && \
    mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"";

/// The result of entering the namespace.
pub(crate) enum Namespace {
    /// This program runs inside.
    Entered,
    /// This program ran inside, with this exit status.
    Left(ExitCode),
    /// The system does not allow a namespace, for this reason.
    Impossible(String),
}

impl Namespace {
    /// Runs this program again in a namespace, unless that has happened already.
    pub(crate) fn enter() -> Self {
        if env::var_os(INSIDE).is_some() {
            return Self::Entered;
        }
        again().unwrap_or_else(|error| Self::Impossible(error.to_string()))
    }
}

fn again() -> io::Result<Namespace> {
    let hosts = tempfile::NamedTempFile::new()?;
    fs::write(hosts.path(), format!("127.0.0.1 localhost {MIXED}\n{ADDRESS} {MIXED}\n"))?;
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "--mount", "sh", "-c", PREPARE, "sh"]);
        command.arg(hosts.path()).stdin(Stdio::null());
        command
    };
    let tried = unshare().arg("true").output()?;
    if !tried.status.success() {
        let why = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
        return Ok(Namespace::Impossible(format!("no network namespace: {why}")));
    }
    let mut inside = unshare();
    inside.arg(env::current_exe()?).args(env::args_os().skip(1)).env(INSIDE, "1");
    let code = if inside.status()?.success() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    Ok(Namespace::Left(code))
}
