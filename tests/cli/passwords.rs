//! Where a password comes from; `secrets` has where it does not go.

use std::process::Command;

use mailer_server::{Account, Config};
use mailer_tests::binary;

use crate::{
    command::run,
    fixture::{Fixture, SMALL},
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
    // The whole URL can come from the environment, where other users cannot see it.
    run(send_anywhere(&fixture).env("SMTP_URL", url_with(&fixture, SENTINEL))).succeeds();
}

/// The URL of the server with the user and this password, encoded.
fn url_with(fixture: &Fixture, password: &str) -> String {
    let encoded: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let login = format!("smtp://{}:{encoded}@", USER.replace('@', "%40"));
    fixture.url().replace("smtp://", &login)
}

/// `send` with all but a server and a password.
fn send_anywhere(fixture: &Fixture) -> Command {
    let mut command = binary::mailer();
    command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem"]).args(SMALL);
    command
}

#[test]
fn an_empty_source_is_as_good_as_none() {
    let fixture = fixture();
    fixture.file("empty", "");
    fixture.file("blank", "\u{feff}\r\n");
    for options in [
        &["--password-file", "empty"][..],
        &["--password-file", "blank"],
        &["--password-file", ""],
        &["--password-command", "true"],
        &["--password-command", ""],
    ] {
        run(send(&fixture).args(options).env("SMTP_PASSWORD", SENTINEL)).succeeds();
        let nothing = run(send(&fixture).args(options).env("SMTP_PASSWORD", "\r\n")).exits(78);
        assert!(nothing.complaint().contains("no password for"), "{options:?}: {nothing:#?}");
    }
    let mut command = send_anywhere(&fixture);
    command.env("SMTP_URL", url_with(&fixture, SENTINEL)).env("SMTP_PASSWORD", "");
    run(command.args(["--user", "", "--hello", "", "--auth", ""])).succeeds();
    let mails = fixture.server.take_mails();
    assert_eq!(mails.len(), 6);
    assert!(mails.iter().all(|mail| mail.authenticated_as.as_deref() == Some(USER)));
}

#[test]
fn what_only_ends_a_line_is_not_part_of_it() {
    let fixture = fixture();
    let written = format!("\u{feff}{SENTINEL}\r\n");
    fixture.file("password", &written);
    run(send(&fixture).args(["--password-file", "password"])).succeeds();
    run(send(&fixture).args(["--password-command", "cat password"])).succeeds();
    run(send(&fixture).env("SMTP_PASSWORD", &written)).succeeds();
    run(send_anywhere(&fixture).env("SMTP_URL", url_with(&fixture, &written))).succeeds();
    let whole = format!("{}\r\n", url_with(&fixture, SENTINEL));
    run(send_anywhere(&fixture).env("SMTP_URL", whole)).succeeds();
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
