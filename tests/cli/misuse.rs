//! Invalid options: the error comes before any connection.

use std::process::Command;

use mailer_server::Config;
use mailer_tests::binary;

use crate::{
    command::run,
    fixture::{Fixture, SMALL},
};

/// Options that make no message, with the status and a text that the error must contain.
const NO_MAIL: &[(i32, &[&str], &str)] = &[
    (65, &["--from", "alice", "--to", "bob@example.test", "--body", "x"], "alice"),
    (65, &["--from", "a@example.test", "--to", "b@example.test\r\nQUIT", "--body", "x"], "address"),
    (65, &["--to", "bob@example.test", "--body", "x"], "--from"),
    (65, &["--from", "alice@example.test", "--body", "x"], "recipient"),
    (66, &["--from", "a@example.test", "--to", "b@example.test", "--body-file", "no"], "read no"),
    (66, &["--from", "a@example.test", "--to", "b@example.test", "--html-file", "no"], "read no"),
    (66, &["--eml", "no.eml"], "cannot read no.eml"),
    (66, &["--eml", "."], "cannot read ."),
    (64, &["--from", "a@example.test", "--to", "b@example.test", "--subject", "x"], "--body"),
];

/// Options that are invalid in addition to those of a small message.
const UNUSABLE: &[(i32, &[&str], &str)] = &[
    (65, &["--cc", "Bob <bob@>"], "bob@"),
    (65, &["--reply-to", "a@example.test\nBcc: b@example.test"], "address"),
    (65, &["--header", "Subject: x"], "--subject"),
    (65, &["--header", "bcc: eve@example.test"], "--bcc"),
    (65, &["--header", "Content-Type: text/html"], "--eml"),
    (65, &["--header", "X-A: b\r\nBcc: eve@example.test"], "control character"),
    (65, &["--header", "X-A\r\nBcc: eve@example.test"], "name"),
    (65, &["--header", "X A: b"], "name"),
    (65, &["--header", "X-A"], "colon"),
    (66, &["--attach", "no"], "read no"),
    (78, &["--ca", "no.pem"], "no.pem"),
    (78, &["--hello", "two words"], "two words"),
];

#[test]
fn invalid_options_are_reported_before_any_connection() {
    let fixture = Fixture::start(Config::plain());
    let complete = NO_MAIL.iter().map(|row| (&[][..], row));
    let added = UNUSABLE.iter().map(|row| (&SMALL[..], row));
    for (mail, (status, options, text)) in complete.chain(added) {
        let mut command = send_to(&fixture.url());
        let ran = run(command.current_dir(fixture.folder()).args(mail).args(*options));
        let ran = ran.exits(*status);
        assert!(ran.error().contains(text), "{options:?}: {ran:#?}");
        assert_eq!(ran.stdout, "", "{options:?}");
    }
    assert!(fixture.server.transcript().is_empty(), "a client connected");
}

#[test]
fn a_ca_file_without_a_certificate_is_78() {
    let fixture = Fixture::start(Config::plain());
    let file = fixture.file("not-a-ca.pem", "hello\n");
    let mut command = binary::mailer();
    command.args(["send", "--server", &fixture.url()]).args(SMALL).arg("--ca").arg(file);
    assert!(run(&mut command).exits(78).error().contains("not-a-ca.pem"));
}

#[test]
fn an_invalid_url_is_78() {
    for url in [
        "mail.example.test",
        "http://mail.example.test",
        "smtp://",
        "smtp://h:99999",
        "smtp://h?tls=maybe",
        "smtp://h\r\nEHLO",
        "smtp://h/path",
        "submissions://h?tls=none",
    ] {
        let ran = run(send_to(url).args(SMALL)).exits(78);
        assert_ne!(ran.error(), "", "{url}");
    }
}

#[test]
fn the_error_about_a_url_names_the_part_to_encode_and_hides_the_password() {
    for (url, text) in [
        ("smtp://ann/x:Zq7@h", "ann%2Fx"),
        ("smtp://ann@example.test#1:Zq7@h", "ann%40example.test%231"),
        ("smtp://ann:Zq7#sesame@h", "%23"),
        ("smtp://ann:25/sesame@127.0.0.1:1", "%2F"),
        ("smtp://ann:Zq7?sesame@h", "%3F"),
        ("smtp://my host", "my%20host"),
        ("smtp://::1", "[::1]"),
    ] {
        let ran = run(send_to(url).args(SMALL)).exits(78);
        assert!(ran.error().contains(text), "{url}: {ran:#?}");
        assert!(!ran.stderr.contains("Zq7") && !ran.stderr.contains("sesame"), "{ran:#?}");
    }
}

#[test]
fn an_empty_sender_or_recipient_counts_as_not_set() {
    let fixture = Fixture::start(Config::plain());
    let send = |options: &[&str]| {
        run(send_to(&fixture.url()).args(["--body", "x"]).args(options)).exits(65)
    };
    assert!(send(&["--from", "", "--to", "b@example.test"]).error().contains("--from"));
    assert!(send(&["--from", "a@example.test", "--to", ""]).error().contains("recipient"));
}

/// Options that clap refuses, with texts that its message must contain.
const USAGE_ERRORS: &[(&[&str], &[&str])] = &[
    (&["--sbuject", "x"], &["--sbuject"]),
    (&["--timeout", "0"], &["--timeout", "above 0"]),
    (&["--eml", "x", "--subject", "y"], &["--eml", "--subject"]),
    (&["--backend", "pigeon"], &["--backend", "raw", "lettre"]),
    (&["--flow", "sideways"], &["--flow", "lockstep", "pipelined"]),
    (&["--auth", "none"], &["--auth", "plain", "login"]),
];

#[test]
fn a_usage_error_is_64() {
    let no_server = run(binary::mailer().arg("send").args(SMALL)).exits(64);
    assert!(no_server.error().contains("--server"));
    for (options, text) in USAGE_ERRORS {
        let ran = run(send_to("smtp://localhost").args(*options)).exits(64);
        assert!(text.iter().all(|words| ran.stderr.contains(words)), "{options:?}: {ran:#?}");
    }
    assert!(run(binary::mailer().arg("sned")).exits(64).stderr.contains("sned"));
    run(&mut binary::mailer()).exits(64);
}

fn send_to(url: &str) -> Command {
    let mut command = binary::mailer();
    command.args(["send", "--server", url]);
    command
}
