//! `--cert` and `--key`, with a server that requires a client certificate. The key is never printed.

use std::process::Command;

use mailer_server::{Authority, Config};
use mailer_tests::binary;

use crate::{
    command::{Ran, run},
    fixture::{Fixture, SMALL, backends},
};

/// Returns a server that requires a certificate of this CA.
fn requiring(authority: &Authority) -> Fixture {
    Fixture::start(Config::default().with_client_ca(authority.certificate_pem()))
}

fn send(fixture: &Fixture, backend: &str, options: &[&str]) -> Command {
    let mut command = binary::mailer();
    command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem", "--trace"]).args(SMALL);
    command.args(["--backend", backend, "--server", &fixture.url()]).args(options);
    command.args(["--user", &fixture.account().user]);
    command.env("SMTP_PASSWORD", &fixture.account().password);
    command
}

/// Runs the command, and searches its output for each line of the key.
#[track_caller]
fn hides(key: &str, command: &mut Command, status: i32) -> Ran {
    let ran = run(command).exits(status);
    let lines = key.lines().filter(|line| !line.starts_with("-----"));
    for line in lines {
        assert!(!ran.stdout.contains(line) && !ran.stderr.contains(line), "{ran:#?}");
    }
    ran
}

#[test]
fn a_server_that_requires_a_certificate_gets_it() {
    let (clients, strangers) = (Authority::generate().unwrap(), Authority::generate().unwrap());
    let (certificate, key) = clients.issue_client("Ann").unwrap();
    let (stranger, strangers_key) = strangers.issue_client("Bob").unwrap();
    let fixture = requiring(&clients);
    fixture.file("cert.pem", &certificate);
    fixture.file("key.pem", &key);
    fixture.file("both.pem", format!("{certificate}{key}"));
    fixture.file("stranger.pem", format!("{stranger}{strangers_key}"));
    fixture.file("rsa.pem", key.replace(" PRIVATE", " RSA PRIVATE"));
    fixture.file("encrypted.pem", key.replace(" PRIVATE", " ENCRYPTED PRIVATE"));
    fixture.file("broken.pem", key.replace("\nM", "\nx"));
    for backend in backends() {
        for options in [&["--cert", "cert.pem", "--key", "key.pem"][..], &["--cert", "both.pem"]] {
            hides(&key, &mut send(&fixture, backend, options), 0);
        }
        for (options, status, words) in [
            (&[][..], 76, "requires a client certificate"),
            (&["--cert", "stranger.pem"], 76, "refused the client certificate"),
            (&["--cert", "stranger.pem", "--key", "key.pem"], 78, "cannot be used"),
            (&["--cert", "cert.pem", "--key", "broken.pem"], 78, "cannot be used"),
            (&["--cert", "cert.pem"], 78, "no private key"),
            (&["--cert", "key.pem"], 78, "no certificate"),
            (&["--cert", "missing.pem"], 78, "missing.pem"),
            (&["--cert", "cert.pem", "--key", "missing.pem"], 78, "missing.pem"),
            (&["--cert", "cert.pem", "--key", "rsa.pem"], 78, "PKCS#8"),
            (&["--cert", "cert.pem", "--key", "encrypted.pem"], 78, "encrypted"),
        ] {
            let ran = hides(&key, &mut send(&fixture, backend, options), status);
            assert!(ran.stderr.contains(words), "{backend} {options:?}: {ran:#?}");
            assert!(ran.stderr.contains("--cert"), "{backend} {options:?}: {ran:#?}");
        }
    }
}

#[test]
fn broken_dialogues_use_it_too() {
    let clients = Authority::generate().unwrap();
    let (certificate, key) = clients.issue_client("Ann").unwrap();
    let fixture = requiring(&clients);
    fixture.file("both.pem", format!("{certificate}{key}"));
    let mut command = fixture.command("explain");
    command.args(SMALL).args(["--break", "data-first", "--yes"]);
    hides(&key, command.args(["--cert", "both.pem"]), 0);
}
