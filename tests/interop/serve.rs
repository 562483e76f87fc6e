//! `mailer serve`, for third-party clients.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use mailer_tests::binary;
use tempfile::TempDir;

use crate::child::{self, Running};

pub(crate) const USER: &str = "alice@example.test";
pub(crate) const PASSWORD: &str = "sesame for the embedded server";
/// An access token: it has no spaces (RFC 6750 §2.1).
const TOKEN: &str = "a-token.for-the_embedded~server";

const LIMIT: Duration = Duration::from_secs(20);

/// A process of `mailer serve`, which ends when this is dropped.
pub(crate) struct Serve {
    _running: Running,
    /// The lines that it prints.
    lines: Receiver<String>,
    /// The lines to paste.
    introduction: Receiver<String>,
    port: u16,
    folder: TempDir,
}

/// A message that the server has accepted.
pub(crate) struct ReceivedMail {
    /// The line that it printed.
    pub(crate) line: String,
    /// The content of its file.
    pub(crate) content: Vec<u8>,
}

impl Serve {
    /// Starts the server with this value of `--tls`, with AUTH, on a port that the system chooses.
    pub(crate) fn start(tls: &str) -> Self {
        Self::start_with(tls, ("SMTP_PASSWORD", PASSWORD))
    }

    /// Starts it with the password or the access token in an environment variable.
    fn start_with(tls: &str, (variable, secret): (&str, &str)) -> Self {
        let folder = tempfile::Builder::new().prefix("mailer-serve-").tempdir().expect("a folder");
        let mut command = binary::mailer();
        command.args(["serve", "--listen", "127.0.0.1:0", "--tls", tls, "--user", USER]);
        command.arg("--ca-out").arg(folder.path().join("ca.pem"));
        command.arg("--maildir").arg(folder.path().join("mail"));
        command.env(variable, secret).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(&mut command).expect("mailer serve");
        let lines = lines_of(running.0.stdout.take().expect("it is piped"));
        let introduction = lines_of(running.0.stderr.take().expect("it is piped"));
        let first = lines.recv_timeout(LIMIT).expect("mailer serve prints its address");
        let port = first.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("mailer serve names no port: {first}"));
        let scheme = if tls == "implicit" { "smtps" } else { "smtp" };
        assert_eq!(first, format!("serving {scheme}://127.0.0.1:{port}"));
        Self { _running: running, lines, introduction, port, folder }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the file with the CA to trust.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns the next accepted message. The server prints a message before its reply, so there is no
    /// wait after the client has finished.
    pub(crate) fn received(&self) -> ReceivedMail {
        let line = self.line(|line| line.starts_with("mail from "));
        let (_, file) = line.rsplit_once(" in ").expect("a mail is in a file");
        assert!(Path::new(file).starts_with(self.folder.path().join("mail/new")), "{line}");
        let content = fs::read(file).expect("the file is there");
        ReceivedMail { line, content }
    }

    /// Waits for a line that is wanted.
    fn line(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.lines.recv_timeout(LIMIT).expect("mailer serve prints the line");
            if is_wanted(&line) {
                return line;
            }
        }
    }

    /// Returns the line to paste that begins like this.
    pub(crate) fn to_paste(&self, begin: &str) -> String {
        loop {
            let line = self.introduction.recv_timeout(LIMIT).expect("mailer serve prints the line");
            if line.starts_with(begin) {
                return line;
            }
        }
    }

    /// Returns the number of accepted messages.
    pub(crate) fn count(&self) -> usize {
        let new = self.folder.path().join("mail/new");
        fs::read_dir(new).expect("a maildir").count()
    }
}

fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // All are read, so that the server never waits.
            let _ = sender.send(line);
        }
    });
    lines
}

/// Runs the line to paste that begins like this, for each kind of TLS, with a password. The message arrives.
pub(crate) fn paste(begin: &str) {
    paste_with(begin, ("SMTP_PASSWORD", PASSWORD));
}

/// Does the same with an access token.
pub(crate) fn paste_with_token(begin: &str) {
    paste_with(begin, ("SMTP_TOKEN", TOKEN));
}

fn paste_with(begin: &str, secret: (&str, &str)) {
    for tls in ["starttls", "implicit"] {
        let serve = Serve::start_with(tls, secret);
        let mut shell = Command::new("sh");
        shell.args(["-c", &serve.to_paste(begin)]).env(secret.0, secret.1);
        let said = child::run(&mut shell, child::LIMIT).expect("it ends by itself");
        assert_eq!(said.code(), Some(0), "{said:?}");
        let received = serve.received();
        let begin = "mail from <ann@example.test> to <bob@example.test> (";
        assert!(received.line.starts_with(begin), "{}", received.line);
    }
}
