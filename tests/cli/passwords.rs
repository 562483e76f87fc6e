//! Where a password comes from, and that it goes nowhere but to the server.

use std::process::Command;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mailer_server::{Account, Config, Fault, Point};
use mailer_tests::binary;

use crate::{
    command::run,
    fixture::{Fixture, SMALL, backends},
};

const USER: &str = "alice@example.test";
/// Nothing else looks like it, and a URL has to encode it.
const SENTINEL: &str = "Zq7%/x+ sësame=9";

fn fixture() -> Fixture {
    Fixture::start(Config::default().with_account(Account::new(USER, SENTINEL)))
}

/// A small mail, logged in as the user, with the password still to be given.
fn send(fixture: &Fixture) -> Command {
    let mut command = binary::mailer();
    command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem", "--user", USER]);
    command.args(["--server", &fixture.url()]).args(SMALL);
    command
}

#[test]
fn comes_from_the_environment() {
    let fixture = fixture();
    run(send(&fixture).env("SMTP_PASSWORD", SENTINEL)).succeeds();
    let mail = fixture.take_mail();
    assert_eq!(mail.authenticated_as.as_deref(), Some(USER));
}

#[test]
fn comes_from_the_first_line_of_a_file() {
    let fixture = fixture();
    fixture.file("password", format!("{SENTINEL}\r\nand more\n"));
    let mut command = send(&fixture);
    run(command.args(["--password-file", "password"]).env("SMTP_PASSWORD", "not this")).succeeds();
}

#[test]
fn comes_from_the_first_line_that_a_command_prints() {
    let fixture = fixture();
    fixture.file("password", format!("{SENTINEL}\nand more\n"));
    run(send(&fixture).args(["--password-command", "cat password"])).succeeds();
}

#[test]
fn comes_from_the_url() {
    let fixture = fixture();
    let encoded: String = SENTINEL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let login = format!("smtp://{}:{encoded}@", USER.replace('@', "%40"));
    let url = fixture.url().replace("smtp://", &login);
    let mut command = binary::mailer();
    command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem"]).args(SMALL);
    // The whole URL can come from the environment, where other users cannot see it.
    run(command.env("SMTP_URL", url)).succeeds();
}

#[test]
fn without_one_and_without_a_terminal_it_says_where_it_could_come_from() {
    let fixture = fixture();
    let ran = run(&mut send(&fixture)).exits(78);
    for source in ["SMTP_PASSWORD", "--password-file", "--password-command"] {
        assert!(ran.complaint().contains(source), "{ran:#?}");
    }
    assert!(fixture.server.transcript().is_empty(), "nobody was to connect");
}

#[test]
fn a_source_that_gives_none_is_78() {
    let fixture = fixture();
    let from_file = run(send(&fixture).args(["--password-file", "no-file"])).exits(78);
    assert!(from_file.complaint().contains("no-file"));
    let from_command = run(send(&fixture).args(["--password-command", "exit 3"])).exits(78);
    assert!(from_command.complaint().contains("--password-command"));
}

#[test]
fn no_option_takes_it_as_an_argument() {
    let help = run(binary::mailer().args(["send", "--help"])).succeeds().stdout;
    assert!(help.contains("--password-file") && !help.contains("--password "), "{help}");
}

#[test]
fn is_never_shown() {
    let fixture = fixture();
    let another = Fixture::start(Config::default().with_account(Account::new(USER, "another")));
    for backend in backends() {
        for auth in ["plain", "login"] {
            for (server, status) in [(&fixture, 0), (&another, 77)] {
                let mut command = send(server);
                command.args(["--backend", backend, "--auth", auth, "--trace", "--json"]);
                shows_nothing_secret(&mut command, status);
            }
        }
    }
}

#[test]
fn is_never_shown_in_a_comparison() {
    let fixture = fixture();
    let another = Fixture::start(Config::default().with_account(Account::new(USER, "another")));
    for auth in ["plain", "login"] {
        for (server, status) in [(&fixture, 0), (&another, 77)] {
            for form in [&[][..], &["--json"]] {
                let mut command = binary::mailer();
                command.current_dir(server.folder()).args(["compare", "--ca", "ca.pem"]);
                command.args(["--user", USER, "--auth", auth, "--server", &server.url()]);
                shows_nothing_secret(command.args(form), status);
            }
        }
    }
}

#[test]
fn is_not_shown_when_the_server_says_it() {
    let echo = BASE64_STANDARD.encode(format!("\0{USER}\0{SENTINEL}"));
    let reply = format!("535 5.7.8 What is {echo}");
    let config = Config::default().with_fault(Fault::at(Point::Auth).reply(reply));
    let fixture = Fixture::start(config.with_account(Account::new(USER, SENTINEL)));
    for backend in backends() {
        let mut command = send(&fixture);
        command.args(["--backend", backend, "--auth", "plain", "--trace", "--json"]);
        shows_nothing_secret(&mut command, 77);
    }
}

#[track_caller]
fn shows_nothing_secret(command: &mut Command, status: i32) {
    let ran = run(command.env("SMTP_PASSWORD", SENTINEL)).exits(status);
    for form in forms() {
        let shown = [&ran.stdout, &ran.stderr].iter().any(|text| text.contains(&form));
        assert!(!shown, "{form} is shown: {ran:#?}");
    }
}

/// The password, and what of it stands in any base64 that holds it: with the one or two characters
/// cut off at each end that depend on what stands beside it.
fn forms() -> Vec<String> {
    let mut forms = vec![SENTINEL.to_owned(), BASE64_STANDARD.encode(SENTINEL)];
    forms.extend((0..3).map(|before| {
        let encoded = BASE64_STANDARD.encode(" ".repeat(before) + SENTINEL);
        encoded[4..encoded.len() - 4].to_owned()
    }));
    forms
}
