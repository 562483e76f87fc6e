//! `--eml`: a finished message arrives byte for byte, with an envelope from its header or the options.

use mailer_server::{Config, StoredMail};

use crate::{
    command::{run, run_with},
    fixture::{Fixture, backends},
};

/// Returns a message with addresses of every kind, a folded Bcc, 8-bit text, lines that start with dots and a
/// long line.
fn message() -> Vec<u8> {
    let long = "x".repeat(900);
    format!(
        "Received: by relay.example.test; Thu, 1 Jan 2026 00:00:00 +0000\r\n\
         From: Ann <ann@example.test>\r\n\
         To: Team: bob@example.test, cid@example.test;\r\n\
         Cc: Bob <bob@example.test>\r\n\
         BCC: dan@example.test,\r\n\
         \teve@example.test\r\n\
         Subject: as  it\r\n  is\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n\
         .\r\n..\r\n.Grüße\r\nBcc: this line is text\r\n{long}\r\n\r\n"
    )
    .into_bytes()
}

fn without_bcc() -> Vec<u8> {
    let text = String::from_utf8(message()).expect("it is UTF-8");
    text.replace("BCC: dan@example.test,\r\n\teve@example.test\r\n", "").into_bytes()
}

#[track_caller]
fn sent(fixture: &Fixture, backend: &str, options: &[&str]) -> StoredMail {
    run(fixture.send(backend).args(options)).succeeds();
    fixture.take_mail()
}

#[test]
fn a_message_goes_to_the_recipients_in_its_header_and_arrives_without_bcc() {
    let fixture = Fixture::start(Config::default());
    fixture.file("message.eml", message());
    for backend in backends() {
        let mail = sent(&fixture, backend, &["--eml", "message.eml"]);
        assert_eq!(mail.sender.as_deref(), Some("ann@example.test"));
        let all = ["bob", "cid", "dan", "eve"].map(|name| format!("{name}@example.test"));
        assert_eq!(mail.recipients, all, "{backend}");
        assert_eq!(*mail.content, without_bcc(), "{backend}");
    }
}

#[test]
fn the_options_replace_the_envelope_and_not_the_header() {
    let fixture = Fixture::start(Config::plain());
    fixture.file("message.eml", message());
    let options =
        ["--eml", "message.eml", "--from", "<>", "--cc", "gus@example.test", "--bcc", "h@x.test"];
    for backend in backends() {
        let mail = sent(&fixture, backend, &options);
        assert_eq!(mail.sender, None, "{backend}");
        assert_eq!(mail.recipients, ["gus@example.test", "h@x.test"], "{backend}");
        assert_eq!(*mail.content, without_bcc(), "{backend}: the headers stay as they are");
    }
}

#[test]
fn a_message_may_come_from_stdin() {
    let fixture = Fixture::start(Config::plain());
    for backend in backends() {
        run_with(fixture.send(backend).args(["--eml", "-"]), &message()).succeeds();
        assert_eq!(*fixture.take_mail().content, without_bcc(), "{backend}");
    }
}

#[test]
fn bare_lf_becomes_crlf() {
    let fixture = Fixture::start(Config::plain());
    let content = "From: ann@example.test\nTo: bob@example.test\n\none\n.\nno line end";
    for backend in backends() {
        run_with(fixture.send(backend).args(["--eml", "-"]), content.as_bytes()).succeeds();
        let wanted = content.replace('\n', "\r\n") + "\r\n";
        assert_eq!(*fixture.take_mail().content, *wanted.as_bytes(), "{backend}");
    }
}

#[test]
fn a_message_without_a_sender_or_a_recipient_is_65() {
    let fixture = Fixture::start(Config::plain());
    let refused = |message: &str, option: &str| {
        let ran = run_with(fixture.send("raw").args(["--eml", "-"]), message.as_bytes()).exits(65);
        assert!(ran.error().contains(option), "{ran:#?}");
    };
    refused("To: bob@example.test\r\n\r\nx\r\n", "--from");
    refused("From: ann@example.test\r\n\r\nx\r\n", "--to");
    refused("Subject: x\r\n\r\nx\r\n", "--from");
}
