//! The sources of a password. `secrets` tests where it must not appear.

use std::process::Command;

use mailer_server::{Account, Config};
use mailer_tests::binary;

use crate::{
    command::run,
    fixture::{Fixture, SMALL},
};

const USER: &str = "alice@example.test";
/// A password that appears nowhere else, with characters that a URL must encode.
const PASSWORD: &str = "Zq7%/x+ sësame=9";

fn fixture() -> Fixture {
    Fixture::start(Config::default().with_account(Account::new(USER, PASSWORD)))
}

/// Returns the command that sends a small message as the user, without a password.
fn send(fixture: &Fixture) -> Command {
    let mut command = binary::mailer();
    command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem", "--user", USER]);
    command.args(["--server", &fixture.url()]).args(SMALL);
    command
}

#[test]
fn smtp_password_is_read() {
    let fixture = fixture();
    run(send(&fixture).env("SMTP_PASSWORD", PASSWORD)).succeeds();
    let mail = fixture.take_mail();
    assert_eq!(mail.authenticated_as.as_deref(), Some(USER));
}

#[test]
fn password_file_takes_precedence_and_its_first_line_is_read() {
    let fixture = fixture();
    fixture.file("password", format!("{PASSWORD}\r\nand more\n"));
    let mut command = send(&fixture);
    run(command.args(["--password-file", "password"]).env("SMTP_PASSWORD", "not this")).succeeds();
}

#[test]
fn password_command_is_run_and_its_first_line_is_read() {
    let fixture = fixture();
    fixture.file("password", format!("{PASSWORD}\nand more\n"));
    run(send(&fixture).args(["--password-command", "cat password"])).succeeds();
}

#[test]
fn the_url_of_smtp_url_or_server_may_contain_the_password() {
    let fixture = fixture();
    let url = url_with(&fixture, PASSWORD);
    run(send_anywhere(&fixture).env("SMTP_URL", &url)).succeeds();
    run(send_anywhere(&fixture).args(["--server", &url])).succeeds();
    let mails = fixture.server.take_mails();
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| mail.authenticated_as.as_deref() == Some(USER)));
}

/// Returns the URL of the server with the user and this password, percent-encoded.
fn url_with(fixture: &Fixture, password: &str) -> String {
    let encoded: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let login = format!("smtp://{}:{encoded}@", USER.replace('@', "%40"));
    fixture.url().replace("smtp://", &login)
}

/// Returns the command that sends a small message, without a server and a password.
fn send_anywhere(fixture: &Fixture) -> Command {
    let mut command = binary::mailer();
    command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem"]).args(SMALL);
    command
}

/// Variables, options, and whether the client may log in.
type AccountRow<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], bool);

/// A secret of another user or another server is never sent: the client has none, and does not connect.
#[test]
fn a_secret_is_used_only_for_its_own_user_and_server() {
    let (fixture, other) = (fixture(), fixture());
    let (server, elsewhere) = (fixture.url(), other.url());
    let (own, others) = (url_with(&fixture, PASSWORD), url_with(&other, PASSWORD));
    let named = |url: &str| url.replace("smtp://", "smtp://alice%40example.test@");
    let (own_user, other_server) = (named(&server), named(&elsewhere));
    let (password, token) = (("SMTP_PASSWORD", PASSWORD), ("SMTP_TOKEN", PASSWORD));
    let (alice, bob) = (["--user", USER], ["--user", "bob@example.test"]);
    let at_server = ["--server", &server, "--user", USER];
    let rows: &[AccountRow<'_>] = &[
        // The password of a URL.
        (&[], &[&["--server", &own][..], &bob].concat(), false),
        (&[("SMTP_URL", &own)], &bob, false),
        (&[("SMTP_URL", &others)], &at_server, false),
        (&[("SMTP_URL", &own)], &alice, true),
        // The variables belong to the account of SMTP_URL.
        (&[("SMTP_URL", &other_server), password], &at_server, false),
        (&[("SMTP_URL", &elsewhere), password], &at_server, false),
        (&[("SMTP_URL", &own_user), password], &bob, false),
        (&[("SMTP_URL", &elsewhere), token], &at_server, false),
        (&[("SMTP_URL", &own_user), token], &bob, false),
        (&[("SMTP_URL", &own_user), password], &at_server, true),
        (&[("SMTP_URL", &server), password], &alice, true),
        (&[password], &at_server, true),
        (&[("SMTP_URL", ""), password], &at_server, true),
    ];
    for (variables, options, may_log_in) in rows {
        let mut command = send_anywhere(&fixture);
        command.args(*options).envs(variables.iter().copied());
        let ran = run(&mut command);
        if *may_log_in {
            ran.succeeds();
            fixture.take_mail();
            continue;
        }
        let ran = ran.exits(78);
        assert!(ran.error().contains("no password for"), "{ran:#?}");
        let has_variable = variables.iter().any(|(name, _)| *name != "SMTP_URL");
        assert_eq!(ran.error().contains("it belongs to"), has_variable, "{ran:#?}");
    }
    assert!(other.server.transcript().is_empty(), "a client connected");
}

#[test]
fn an_empty_source_counts_as_not_set() {
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
        run(send(&fixture).args(options).env("SMTP_PASSWORD", PASSWORD)).succeeds();
        let nothing = run(send(&fixture).args(options).env("SMTP_PASSWORD", "\r\n")).exits(78);
        assert!(nothing.error().contains("no password for"), "{options:?}: {nothing:#?}");
    }
    let mut command = send_anywhere(&fixture);
    command.env("SMTP_URL", url_with(&fixture, PASSWORD)).env("SMTP_PASSWORD", "");
    run(command.args(["--user", "", "--hello", "", "--auth", ""])).succeeds();
    let mails = fixture.server.take_mails();
    assert_eq!(mails.len(), 6);
    assert!(mails.iter().all(|mail| mail.authenticated_as.as_deref() == Some(USER)));
}

/// Otherwise the message would leave without the login that the options ask for.
#[test]
fn an_option_for_a_login_needs_a_user() {
    let fixture = Fixture::start(Config::plain());
    for options in [
        ["--password-file", "no-file"],
        ["--password-command", "exit 1"],
        ["--token-file", "no-file"],
        ["--token-command", "exit 1"],
        ["--auth", "plain"],
    ] {
        let ran = run(fixture.send_small("raw").args(options)).exits(78);
        assert!(
            ran.error().contains(&format!("{} is set, but no user is named", options[0])),
            "{ran:#?}"
        );
    }
    assert!(fixture.server.transcript().is_empty(), "a client connected");
}

#[test]
fn a_line_end_and_a_byte_order_mark_are_not_part_of_the_password() {
    let fixture = fixture();
    let with_line_end = format!("\u{feff}{PASSWORD}\r\n");
    fixture.file("password", &with_line_end);
    run(send(&fixture).args(["--password-file", "password"])).succeeds();
    run(send(&fixture).args(["--password-command", "cat password"])).succeeds();
    run(send(&fixture).env("SMTP_PASSWORD", &with_line_end)).succeeds();
    run(send_anywhere(&fixture).env("SMTP_URL", url_with(&fixture, &with_line_end))).succeeds();
    let whole = format!("{}\r\n", url_with(&fixture, PASSWORD));
    run(send_anywhere(&fixture).env("SMTP_URL", whole)).succeeds();
}

#[test]
fn without_a_source_and_a_terminal_the_error_names_the_sources() {
    let fixture = fixture();
    let ran = run(&mut send(&fixture)).exits(78);
    for source in ["SMTP_PASSWORD", "--password-file", "--password-command"] {
        assert!(ran.error().contains(source), "{ran:#?}");
    }
    assert!(fixture.server.transcript().is_empty(), "a client connected");
}

#[test]
fn a_source_that_fails_is_78() {
    let fixture = fixture();
    let from_file = run(send(&fixture).args(["--password-file", "no-file"])).exits(78);
    assert!(from_file.error().contains("no-file"));
    let from_command = run(send(&fixture).args(["--password-command", "exit 3"])).exits(78);
    assert!(from_command.error().contains("--password-command"));
}

#[test]
fn only_the_url_is_an_option_for_the_password_and_help_warns_about_it() {
    let help = run(binary::mailer().args(["send", "--help"])).succeeds().stdout;
    assert!(help.contains("--password-file") && !help.contains("--password "), "{help}");
    let (_, server) = help.split_once("--server <URL>").expect("an option --server");
    let (server, _) = server.split_once("--user <USER>").expect("an option --user");
    let server = server.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(server.contains("Other users of this machine can read the password there"), "{server}");
}
