//! The classroom notebook's two programs.

use std::{path::Path, process::Command};

use mailer::{Mechanism, Security};
use mailer_backends::{Flow, Options, find};
use mailer_lab::embedded;
use mailer_server::{Account, Config, EmbeddedServer, Peer};
use mailer_tests::{binary, mails};

use super::{Python, file, run};
use crate::serve::{PASSWORD, Serve, USER};

const TO: &str = "bob@example.test";
const SUBJECT: &str = "From the classroom";
const BODY: &str = ".a line that begins with a dot";

/// The message that both programs send.
const CONTENT: &str = "From: alice@example.test\r\n\
    To: bob@example.test\r\n\
    Subject: From the classroom\r\n\
    \r\n\
    .a line that begins with a dot\r\n";

pub(super) fn high_level(python: &Python) {
    let serve = Serve::start("starttls");
    let said = run(&mut program(python, "high_level.py", serve.port(), &serve.ca(), PASSWORD));
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(said.stdout.starts_with("Mail sent.\n221 "), "{said:?}");
    assert_received(&serve);
}

pub(super) fn low_level(python: &Python) {
    let serve = Serve::start("starttls");
    let said = run(&mut program(python, "low_level.py", serve.port(), &serve.ca(), PASSWORD));
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert_eq!(steps(&said.stdout), Vec::from_iter(1..=15), "{}", said.stdout);
    assert_received(&serve);
}

/// The notebook's program sends exactly the lines that raw sends in lockstep with AUTH LOGIN.
pub(super) fn same_dialogue(python: &Python) {
    let config = Config::default().with_account(Account::new(USER, PASSWORD));
    let server = EmbeddedServer::start(config).expect("an embedded server");
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, server.ca_pem()).expect("a file");
    let port = server.addr().port();
    let said = run(&mut program(python, "low_level.py", port, &ca, PASSWORD));
    assert_eq!(said.code(), Some(0), "{said:?}");
    send_with_raw(&server);
    let notebook = client_lines(&server, 1);
    let raw = client_lines(&server, 2);
    // The only difference: raw declares the size where SIZE is announced (RFC 1870 §6).
    let with_size = |line: String| {
        let size = CONTENT.len();
        if line.starts_with("MAIL ") { format!("{line} SIZE={size}") } else { line }
    };
    let wanted: Vec<_> = notebook.into_iter().map(|(tls, line)| (tls, with_size(line))).collect();
    assert_eq!(raw, wanted);
    assert_eq!(raw.len(), 11, "{raw:?}");
    for mail in server.mails() {
        assert_eq!(str::from_utf8(&mail.content), Ok(CONTENT));
    }
}

/// The command's trace numbers the same fifteen steps as the program. This trial needs no Python.
pub(super) fn steps_of_raw() {
    let serve = Serve::start("starttls");
    let mut send = binary::mailer();
    send.args(["send", "--trace", "--flow", "lockstep", "--auth", "login"]);
    send.arg("--server").arg(format!("smtp://localhost:{}", serve.port()));
    send.args(["--user", USER, "--from", USER, "--to", TO, "--body", BODY]);
    send.arg("--ca").arg(serve.ca()).env("SMTP_PASSWORD", PASSWORD);
    let said = run(&mut send);
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert_eq!(steps(&said.stderr), Vec::from_iter(1..=15), "{}", said.stderr);
}

pub(super) fn wrong_password(python: &Python) {
    let serve = Serve::start("starttls");
    for name in ["high_level.py", "low_level.py"] {
        let mut program = program(python, name, serve.port(), &serve.ca(), "not the password");
        let said = run(&mut program);
        assert_eq!(said.code(), Some(1), "{said:?}");
        assert!(said.stderr.starts_with("error: ") && said.stderr.contains("535"), "{said:?}");
        assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
        assert!(!said.stdout.contains("not the password"), "{said:?}");
    }
    assert_eq!(serve.count(), 0);
}

/// Returns a program of the notebook, with the environment variables of its README.
fn program(python: &Python, name: &str, port: u16, ca: &Path, password: &str) -> Command {
    let mut command = python.command(&file("docs/notebook").join(name));
    command.env("SMTP_HOST", "localhost").env("SMTP_PORT", port.to_string()).env("SMTP_CA", ca);
    command.env("SMTP_USER", USER).env("SMTP_PASSWORD", password);
    command.env("SMTP_FROM", USER).env("SMTP_TO", TO);
    command.args(["--subject", SUBJECT, "--body", BODY]);
    command
}

fn assert_received(serve: &Serve) {
    let received = serve.received();
    let bytes = CONTENT.len();
    let line = format!("mail from <{USER}> to <{TO}> ({bytes} bytes) in ");
    assert!(received.line.starts_with(&line), "{}", received.line);
    assert_eq!(String::from_utf8(received.content).as_deref(), Ok(CONTENT));
    assert_eq!(serve.count(), 1);
}

/// Returns the step numbers in the margin, each once: three columns, with a full stop in the last.
fn steps(text: &str) -> Vec<u32> {
    let number = |line: &str| line.get(..3)?.strip_suffix('.')?.trim().parse().ok();
    let mut steps: Vec<u32> = text.lines().filter_map(number).collect();
    steps.dedup();
    steps
}

/// Sends the same message with raw, with the same host name and mechanism.
fn send_with_raw(embedded: &EmbeddedServer) {
    let mut server = embedded::reach(embedded, Security::Required).expect("a server");
    server.mechanisms = vec![Mechanism::Login];
    server.hello = "localhost".parse().expect("a name");
    let options = Options::from(Flow::Lockstep);
    let raw = find("raw").expect("it is in the list");
    let mut mailer = raw.make(&server, &options).expect("settings that can be used");
    let receipt = mailer.send(&mails::prepared(&[TO], CONTENT));
    assert!(receipt.error.is_none(), "{receipt:?}");
    mailer.close().expect("a good end");
}

/// Returns the client's lines of this session, and whether each was inside TLS.
fn client_lines(server: &EmbeddedServer, session: u64) -> Vec<(bool, String)> {
    let lines = server.transcript().into_iter();
    lines
        .filter(|line| line.session == session && line.from == Peer::Client)
        .map(|line| (line.inside_tls, line.text))
        .collect()
}
