//! A real mail server that a launcher of `tests/servers` has started. It stops when the value is dropped.

use std::{collections::HashMap, fs, process::Command};

use mailer::{Credentials, Security, Server};
use mailer_reports::{TextResult, root};
use tempfile::TempDir;

use crate::measurement::Target;

/// A running server, and what its launcher prints about it.
pub(crate) struct Launched {
    name: &'static str,
    folder: TempDir,
    facts: HashMap<String, String>,
}

impl Launched {
    /// Starts the server.
    ///
    /// # Errors
    /// The reason why it cannot run here.
    pub(crate) fn start(name: &'static str) -> TextResult<Self> {
        let prefix = format!("mailer-{name}-");
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir().map_err(describe)?;
        // From here on the destructor stops the server.
        let mut launched = Self { name, folder, facts: HashMap::new() };
        launched.run("up")?;
        let facts = launched.run("env")?;
        let facts = facts.lines().filter_map(|line| line.split_once('='));
        launched.facts = facts.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(launched)
    }

    /// Runs the launcher, and returns what it prints.
    fn run(&self, verb: &str) -> TextResult<String> {
        let launcher = root().join("tests/servers").join(self.name);
        let output = Command::new(launcher).arg(verb).arg(self.folder.path()).output();
        let output = output.map_err(describe)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(errors.lines().next_back().unwrap_or("the launcher gives no reason").to_owned())
    }

    fn fact(&self, key: &str) -> TextResult<&str> {
        let fact = self.facts.get(key);
        fact.map(String::as_str).ok_or_else(|| format!("the launcher does not print {key}"))
    }

    /// Returns the server without TLS, and with TLS from the first byte and a login.
    pub(crate) fn targets(&self) -> TextResult<Vec<Target>> {
        let target = |security: Security, port: &str| {
            let port = self.fact(port)?.parse().map_err(describe)?;
            let host = self.fact("HOST")?.parse().map_err(describe)?;
            let mut server = Server::new(host, port, security);
            if security != Security::None {
                let ca = fs::read(self.fact("CA")?).map_err(describe)?;
                server.trust.add_pem(&ca).map_err(describe)?;
                let account = Credentials::new(self.fact("USER")?, self.fact("PASS")?);
                server.credentials = Some(account.map_err(describe)?);
            }
            let tls = if security == Security::None { "" } else { ", TLS" };
            let name = format!("{}{tls}", self.name);
            Ok(Target { name, server, recipient: self.fact("RCPT")?.to_owned() })
        };
        [(Security::None, "PORT_PLAIN"), (Security::Implicit, "PORT_TLS")]
            .map(|(security, port)| target(security, port))
            .into_iter()
            .collect()
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // `down` stops only what this `up` started. If it fails, the launcher has said why on stderr.
        let _ = self.run("down");
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
fn describe(error: impl ToString) -> String {
    error.to_string()
}
