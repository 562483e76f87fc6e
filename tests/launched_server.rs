//! A real mail server that a launcher of `tests/servers` starts. Dropping it stops the server and removes its files.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use mailer::{Credentials, Error, Security, Server};
use mailer_compare::external_client::remove_secrets;
use tempfile::TempDir;

use crate::{
    child::{self, LIMIT},
    require::Missing,
};

/// The time limit of a start. The first start on a machine downloads packages, one launcher after the
/// other. `packages.sh` limits each step, so a launcher reports a missing network long before this.
const UP_LIMIT: Duration = Duration::from_secs(900);

/// The exit status of a launcher whose server is not available on this machine.
pub const UNAVAILABLE: i32 = 69;

/// A running server, and what its launcher prints about it.
#[derive(Debug)]
pub struct LaunchedServer {
    /// The name of the launcher.
    name: &'static str,
    folder: TempDir,
    facts: HashMap<String, String>,
}

impl LaunchedServer {
    /// Starts the server of the launcher with this name, with this limit for the bytes of a message if there is one.
    ///
    /// # Errors
    /// The reason why it is missing: [`Missing::Unavailable`] only if the launcher reports that with its exit status.
    pub fn start(name: &'static str, size_limit: Option<usize>) -> Result<Self, Missing> {
        child::run(Command::new("bash").arg("--version"), LIMIT).map_err(Missing::Unavailable)?;
        let prefix = format!("mailer-{name}-");
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir();
        let folder = folder.map_err(|cause| Missing::Broken(cause.to_string()))?;
        // From here on the destructor stops the server.
        let mut launched = Self { name, folder, facts: HashMap::new() };
        let mut up = launched.launcher("up");
        up.envs(size_limit.map(|limit| ("SIZE_LIMIT", limit.to_string())));
        let said = child::run(&mut up, UP_LIMIT).map_err(Missing::Broken)?;
        match said.code() {
            Some(0) => {}
            Some(UNAVAILABLE) => return Err(Missing::Unavailable(last_line(&said.stderr))),
            _ => return Err(Missing::Broken(said.stderr)),
        }
        let said = child::run(&mut launched.launcher("env"), LIMIT).map_err(Missing::Broken)?;
        let facts = said.stdout.lines().filter_map(|line| line.split_once('='));
        launched.facts = facts.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(launched)
    }

    fn launcher(&self, verb: &str) -> Command {
        let mut command = Command::new(path(self.name));
        command.arg(verb).arg(self.folder.path());
        remove_secrets(&mut command);
        command
    }

    /// Returns the launcher's value for this key.
    ///
    /// # Errors
    /// If the launcher does not print it.
    pub fn fact(&self, key: &str) -> Result<&str, String> {
        let fact = self.facts.get(key).map(String::as_str);
        fact.ok_or_else(|| format!("the launcher of {} does not print {key}", self.name))
    }

    /// Returns the address of the server and the CA to trust, with the account if there is TLS.
    ///
    /// # Errors
    /// If the launcher does not print what is needed, or not in its form.
    pub fn server(&self, security: Security) -> Result<Server, String> {
        let describe = |error: Error| format!("{}: {error}", self.name);
        let port = self.fact(match security {
            Security::Required => "PORT_STARTTLS",
            Security::Implicit => "PORT_TLS",
            Security::Opportunistic | Security::None => "PORT_PLAIN",
        })?;
        let port = port.parse().map_err(|error| format!("{}: {port}: {error}", self.name))?;
        // The certificate is also good for this name, and clients differ in what they accept for an IP address.
        let mut server = Server::new("localhost".parse().map_err(describe)?, port, security);
        if matches!(security, Security::Required | Security::Implicit) {
            let account = Credentials::new(self.fact("USER")?, self.fact("PASS")?);
            server.credentials = Some(account.map_err(describe)?);
        }
        let ca = fs::read(self.fact("CA")?).map_err(|error| format!("{}: {error}", self.name))?;
        server.trust.add_pem(&ca).map_err(describe)?;
        Ok(server)
    }
}

impl Drop for LaunchedServer {
    fn drop(&mut self) {
        // If `up` failed before it started the server, `down` has nothing to stop.
        let down = child::run(&mut self.launcher("down"), LIMIT);
        let is_down = down.as_ref().is_ok_and(|said| said.status.success());
        // A panic during a panic would end all trials.
        assert!(is_down || thread::panicking(), "{} may still be running: {down:?}", self.name);
    }
}

/// Returns the path of the launcher with this name.
#[must_use]
pub fn path(launcher: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("servers").join(launcher)
}

fn last_line(text: &str) -> String {
    text.lines().next_back().unwrap_or_default().to_owned()
}
