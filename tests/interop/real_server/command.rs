//! The command `mailer` with real servers.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use mailer::{Mailbox, Security};
use mailer_backends::BACKENDS;
use mailer_tests::{binary, mails, read_back};
use serde_json::Value;
use tempfile::TempDir;

use super::{RealServer, arrival::new_id, contender::backends, sending::message_of};
use crate::child::{self, Finished, LIMIT};

const WRONG_PASSWORD: &str = "not the password";

pub(super) fn message(real: &RealServer, backend: &str) {
    let (id, folder) = (new_id(), folder());
    let mut send = command(real, "send", real.fact("PASS"));
    send.args(["--backend", backend, "--from", "alice@example.test"]);
    send.args(["--to", real.fact("RCPT"), "--eml"]);
    send.arg(write(&folder, "prepared.eml", message_of(&id)));
    assert_is_accepted(&run(real, &mut send));
    let arrived = real.await_mail("MAILBOX", &id);
    assert_eq!(arrived.content, message_of(&id).into_bytes());
    assert!(arrived.came(real.fact("RCPT"), "ESMTPSA"), "{}", arrived.on_top());
}

/// Sends a draft, with one option for each part.
pub(super) fn draft(real: &RealServer, backend: &str) {
    let (id, folder) = (new_id(), folder());
    let mut draft = mails::rich_draft(&[real.fact("RCPT")]);
    draft.reply_to = vec![id.parse().expect("a mailbox")];
    let mut send = command(real, "send", real.fact("PASS"));
    send.args(["--backend", backend, "--from", &typed(&draft.from)]);
    send.args(draft.to.iter().flat_map(|to| ["--to".into(), typed(to)]));
    send.args(["--reply-to", &id, "--subject", draft.subject.as_str()]);
    send.args(["--body", draft.text.as_deref().expect("a text"), "--html-file"]);
    send.arg(write(&folder, "body.html", draft.html.as_deref().expect("HTML")));
    for field in &draft.headers {
        send.args(["--header", &format!("{}: {}", field.name(), field.value())]);
    }
    for inline in &draft.inline_files {
        let path = write(&folder, inline.file.name.as_str(), &inline.file.content);
        send.arg("--inline").arg(format!("{}={}", inline.content_id, path.display()));
    }
    for attachment in &draft.attachments {
        send.arg("--attach").arg(write(&folder, attachment.name.as_str(), &attachment.content));
    }
    assert_is_accepted(&run(real, &mut send));
    let arrived = real.await_mail("MAILBOX", &id);
    let found = read_back::from_message(&arrived.content);
    // The command itself makes these two.
    assert!(found.date.is_some() && found.message_id.is_some());
    let mut wanted = read_back::from_draft(&draft);
    (wanted.date, wanted.message_id) = (found.date, found.message_id.clone());
    assert_eq!(found, wanted);
}

/// Asks for a notification of the delivery, and waits for it where the server sends it.
pub(super) fn notification(real: &RealServer, backend: &str) {
    let id = new_id();
    let mut send = command(real, "send", real.fact("PASS"));
    send.args(["--backend", backend, "--from", "alice@example.test", "--to", real.fact("RCPT")]);
    send.args(["--envelope-from", real.fact("RCPT2"), "--body", "A line."]);
    send.args(["--notify", "success,failure", "--ret", "hdrs", "--envid", &id]);
    let said = run(real, &mut send);
    if backend == "lettre" || !offers(real, "DSN") {
        assert_eq!((said.code(), &*said.stdout), (Some(65), "not sent: nothing was delivered\n"));
        return;
    }
    assert_is_accepted(&said);
    // Postfix alone is configured to deliver notifications.
    if real.product.name == "postfix" {
        let notification = real.await_mail("MAILBOX2", &id);
        let text = String::from_utf8_lossy(&notification.content).into_owned();
        assert!(text.contains("report-type=delivery-status"), "{text}");
        assert!(text.contains(&format!("Original-Envelope-Id: {id}")), "{text}");
        assert!(text.contains("Action: delivered"), "{text}");
    }
}

/// Returns whether `mailer check` reports this extension.
fn offers(real: &RealServer, extension: &str) -> bool {
    let said = run(real, command(real, "check", real.fact("PASS")).arg("--json"));
    assert_eq!(said.code(), Some(0), "{said:?}");
    let document: Value = serde_json::from_str(&said.stdout).expect("check prints JSON");
    let extensions = document["extensions"].as_array().expect("a list");
    extensions.iter().any(|line| line == extension)
}

pub(super) fn check(real: &RealServer, backend: &str) {
    let mut check = command(real, "check", real.fact("PASS"));
    let said = run(real, check.args(["--backend", backend]));
    assert_eq!((said.code(), &*said.stderr), (Some(0), ""), "{said:?}");
    assert!(said.stdout.contains("Login       accepted, with AUTH "), "{said:?}");
    let takes = |flow: &str| said.stdout.lines().any(|line| line.starts_with(flow));
    let product = real.product;
    // The flows are raw's; lettre has none to choose.
    let expected = |announced: bool| announced && backend == "raw";
    assert_eq!(
        (takes("pipelined "), takes("chunked ")),
        (expected(product.pipelining), expected(product.chunking))
    );
    let mut refused = command(real, "check", WRONG_PASSWORD);
    let said = run(real, refused.args(["--backend", backend]));
    assert_fails(&said, 77, real.product.bad_password);
    assert!(said.stdout.contains("Extensions  "), "{said:?}");
}

pub(super) fn wrong_password(real: &RealServer, backend: &str) {
    let mut send = command(real, "send", WRONG_PASSWORD);
    send.args(["--backend", backend, "--from", "alice@example.test"]);
    send.args(["--to", real.fact("RCPT"), "--body", "A line."]);
    assert_fails(&run(real, &mut send), 77, real.product.bad_password);
}

pub(super) fn refused_recipient(real: &RealServer, backend: &str) {
    let mut send = command(real, "send", real.fact("PASS"));
    send.args(["--backend", backend, "--from", "alice@example.test"]);
    send.args(["--to", real.fact("BADRCPT"), "--body", "A line."]);
    assert_fails(&run(real, &mut send), 69, real.product.bad_recipient);
}

pub(super) fn compare(real: &RealServer) {
    let (id, folder) = (new_id(), folder());
    let mut compare = command(real, "compare", real.fact("PASS"));
    compare.args(["--from", "alice@example.test", "--to", real.fact("RCPT"), "--eml"]);
    compare.arg(write(&folder, "prepared.eml", message_of(&id)));
    let said = run(real, &mut compare);
    assert_eq!(said.code(), Some(0), "{said:?}");
    for backend in backends() {
        assert!(said.stdout.contains(backend.name), "no column {}\n{}", backend.name, said.stdout);
    }
    for part in ["C: ", "S: ", "STARTTLS", "AUTH", "MAIL FROM:<alice@example.test>", "QUIT"] {
        assert!(said.stdout.contains(part), "no {part}\n{}", said.stdout);
    }
    // The backends that are only measured send it too.
    for arrived in real.await_mails("MAILBOX", &id, BACKENDS.len()) {
        assert_eq!(arrived.content, message_of(&id).into_bytes());
    }
}

/// Returns the command with this server, STARTTLS and AUTH.
fn command(real: &RealServer, verb: &str, password: &str) -> Command {
    let port = real.server(Security::Required).port;
    let mut command = binary::mailer();
    command.arg(verb).arg("--server").arg(format!("smtp://localhost:{port}"));
    command.args(["--user", real.fact("USER"), "--ca", real.fact("CA"), "--timeout", "30"]);
    command.env("SMTP_PASSWORD", password);
    command
}

/// Runs the command, and checks that it shows no secret.
fn run(real: &RealServer, command: &mut Command) -> Finished {
    let said = child::run(command, LIMIT).expect("it ends by itself");
    for password in [real.fact("PASS"), WRONG_PASSWORD] {
        // AUTH LOGIN sends the first, AUTH PLAIN the second (RFC 4616 §2).
        let plain = BASE64.encode(format!("\0{}\0{password}", real.fact("USER")));
        for secret in [password, &BASE64.encode(password), &plain] {
            assert!(!said.stdout.contains(secret) && !said.stderr.contains(secret), "{said:?}");
        }
    }
    said
}

fn assert_is_accepted(said: &Finished) {
    assert_eq!(said.code(), Some(0), "{said:?}");
    assert!(said.stdout.starts_with("accepted: 250 ") && said.stderr.is_empty(), "{said:?}");
}

/// Checks the status, and that stderr is one error with the server's reply, and one hint.
fn assert_fails(said: &Finished, status: i32, reply: &str) {
    assert_eq!(said.code(), Some(status), "{said:?}");
    match said.stderr.lines().collect::<Vec<_>>().as_slice() {
        [error, hint] => assert!(error.contains(reply) && hint.starts_with("hint: "), "{said:?}"),
        _ => panic!("an error and a hint: {said:?}"),
    }
}

/// Returns a mailbox as a user types it.
fn typed(mailbox: &Mailbox) -> String {
    let name = mailbox.name.as_ref().map_or("", |name| name.as_str());
    format!("{name} <{}>", mailbox.address)
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("mailer-send-").tempdir().expect("a folder")
}

fn write(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let file: PathBuf = Path::new(folder.path()).join(name);
    fs::write(&file, content).expect("a file");
    file
}
