//! An embedded server, and commands with the options to reach it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use mailer_backends::BACKENDS;
use mailer_server::{Account, Config, EmbeddedServer, Security, StoredMail};
use mailer_tests::binary;
use tempfile::TempDir;

/// The name in EHLO, so that no test depends on the name of this machine.
pub(crate) const HELLO: &str = "client.example.test";

/// Returns the names of the backends that `--backend` accepts.
pub(crate) fn backends() -> impl Iterator<Item = &'static str> {
    BACKENDS.iter().filter(|backend| !backend.measured_only).map(|backend| backend.name)
}

/// A server and a folder for files; dropping this stops and removes them.
pub(crate) struct Fixture {
    pub(crate) server: EmbeddedServer,
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn start(config: Config) -> Self {
        let server = EmbeddedServer::start(config).expect("the server starts");
        let folder = tempfile::tempdir().expect("a folder");
        let fixture = Self { server, folder };
        fixture.file("ca.pem", fixture.server.ca_pem());
        fixture
    }

    /// Returns the folder for files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        fs::write(&path, content).expect("the file can be written");
        path
    }

    /// Returns the URL of the server, without a user.
    pub(crate) fn url(&self) -> String {
        let port = self.server.addr().port();
        match self.server.config().security {
            Security::StartTls => format!("smtp://localhost:{port}"),
            Security::Implicit => format!("smtps://localhost:{port}"),
            Security::Plain => format!("smtp://localhost:{port}?tls=none"),
        }
    }

    pub(crate) fn account(&self) -> &Account {
        self.server.account().expect("there is an account")
    }

    /// Returns a command in the folder, with the options to reach the server.
    pub(crate) fn command(&self, verb: &str) -> Command {
        let mut command = binary::mailer();
        command.current_dir(self.folder()).args([verb, "--server", &self.url()]);
        command.args(["--ca", "ca.pem", "--hello", HELLO]);
        if self.server.config().security != Security::Plain {
            command.args(["--user", &self.account().user]);
            command.env("SMTP_PASSWORD", &self.account().password);
        }
        command
    }

    /// Returns `send` with this backend; the test adds a message.
    pub(crate) fn send(&self, backend: &str) -> Command {
        let mut command = self.command("send");
        command.args(["--backend", backend]);
        command
    }

    /// Returns `send` of a small message with this backend.
    pub(crate) fn send_small(&self, backend: &str) -> Command {
        let mut command = self.send(backend);
        command.args(SMALL);
        command
    }

    /// Returns the only message that the server has stored since the last call.
    #[track_caller]
    pub(crate) fn take_mail(&self) -> StoredMail {
        let mut mails = self.server.take_mails();
        assert_eq!(mails.len(), 1, "{mails:#?}");
        mails.remove(0)
    }
}

/// The options of a small message.
pub(crate) const SMALL: [&str; 8] = [
    "--from",
    "alice@example.test",
    "--to",
    "bob@example.test",
    "--subject",
    "small",
    "--body",
    "A line.",
];
