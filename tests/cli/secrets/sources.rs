//! Every source of a password, and the errors of each.

use std::process::Command;

use mailer_tests::binary;

use super::{SENTINEL, USER, hides, shown_by, taking};
use crate::fixture::{Fixture, SMALL};

/// Returns the command that sends a small message, without a server and a password.
fn send(fixture: &Fixture) -> Command {
    let mut command = binary::mailer();
    command.current_dir(fixture.folder()).args(["send", "--ca", "ca.pem", "--trace"]).args(SMALL);
    command
}

/// Returns the URL of the server with a user and a password.
fn url(fixture: &Fixture, password: &str) -> String {
    let encode = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let login = format!("smtp://{}:{}@", encode(USER), encode(password));
    fixture.url().replace("smtp://", &login)
}

#[test]
fn no_source_prints_the_password() {
    for (fixture, status) in [(taking(SENTINEL), 0), (taking("another"), 77)] {
        fixture.file("password", SENTINEL);
        let (bare, whole) = (fixture.url(), url(&fixture, SENTINEL));
        hides(SENTINEL, send(&fixture).args(["--server", &whole]), status);
        hides(SENTINEL, send(&fixture).env("SMTP_URL", &whole), status);
        for from in [["--password-file", "password"], ["--password-command", "cat password"]] {
            let mut command = send(&fixture);
            hides(SENTINEL, command.args(["--server", &bare, "--user", USER]).args(from), status);
        }
        let mut compare = binary::mailer();
        compare.current_dir(fixture.folder()).args(["compare", "--ca", "ca.pem", "--json"]);
        hides(SENTINEL, compare.args(["--server", &whole]), status);
    }
}

#[test]
fn neither_check_nor_a_profile_prints_the_password() {
    for (fixture, status) in [(taking(SENTINEL), 0), (taking("another"), 77)] {
        let whole = url(&fixture, SENTINEL);
        let quoted = serde_json::to_string(SENTINEL).expect("a text can be quoted");
        let account = format!("server = '{}'\nuser = '{USER}'\nca = '../ca.pem'\n", fixture.url());
        std::fs::create_dir(fixture.folder().join("mailer")).expect("a folder");
        let config = format!("[default]\n{account}password = {quoted}\n");
        let config = fixture.file("mailer/config.toml", config);
        for form in [&[][..], &["--json"]] {
            let mut check = binary::mailer();
            check.current_dir(fixture.folder()).args(["check", "--ca", "ca.pem", "--trace"]);
            hides(SENTINEL, check.args(["--server", &whole]).args(form), status);
            // Other users can read the file, and then it is not used.
            for (mode, status) in [("600", status), ("644", 78)] {
                let chmod = Command::new("chmod").arg(mode).arg(&config).status();
                assert!(chmod.expect("chmod is there").success());
                let mut profile = binary::mailer();
                profile.arg("check").env("XDG_CONFIG_HOME", fixture.folder()).args(form);
                hides(SENTINEL, profile.arg("--trace"), status);
            }
        }
        for broken in [format!("password {quoted}"), format!("server = {quoted}"), quoted] {
            fixture.file("mailer/config.toml", format!("[default]\n{broken}\n"));
            let mut profile = binary::mailer();
            hides(SENTINEL, profile.arg("check").env("XDG_CONFIG_HOME", fixture.folder()), 78);
        }
    }
}

/// URLs that are invalid or name no server, with a password in its place or where users put it by mistake.
const URLS: [&str; 13] = [
    "smtp://alice:PASSWORD@localhost:1",
    "smtps://alice:PASSWORD@localhost:1",
    "smtp://alice:PASSWORD@localhost:1?tls=none",
    "smtp://alice:PASSWORD@no-such-host.invalid",
    "smtp://alice:PASSWORD@",
    "smtp://alice:PASSWORD",
    "smtp://alice:PASSWORD@localhost/path",
    "smtp://alice:PASSWORD@localhost?tls=maybe",
    "smtp://alice:PASSWORD@localhost:99999",
    "smtp://alice:PASSWORD@two words",
    "smtp://alice:1/PASSWORD@localhost",
    "imap://alice:PASSWORD@localhost",
    "smtp://alice:%FF%00PASSWORD@localhost:1",
];

/// A password that a URL need not encode.
const PLAIN: &str = "Zq7sesame9sesame";

#[test]
fn an_error_about_a_url_never_shows_its_password() {
    for url in URLS {
        let url = url.replace("PASSWORD", PLAIN);
        for verb in ["send", "compare"] {
            let mut command = binary::mailer();
            command.args([verb, "--timeout", "5", "--json"]).args(SMALL);
            let ran = shown_by(PLAIN, command.args(["--server", &url]));
            assert_ne!(ran.status, 0, "{url}: {ran:#?}");
        }
    }
}

#[test]
fn a_usage_error_about_a_url_never_shows_its_password() {
    let url = format!("smtp://alice:{PLAIN}@localhost");
    let wrong: [&[&str]; 12] = [
        &[&url],
        &["send", &url],
        &["send", "--backend", &url],
        &["send", "--flow", &url],
        &["send", "--timeout", &url],
        &["send", &format!("--sever={url}")],
        &["compare", "--auth", &url],
        &["serve", "--listen", &url],
        &["serve", "--fault", &url],
        &["serve", "--fault", &format!("RCPT '{url}'")],
        &["serve", "--rate-limit", &url],
        &["bench", "--fail-if", &format!("{url} > 1")],
    ];
    for arguments in wrong {
        hides(PLAIN, binary::mailer().args(arguments), 64);
    }
}

#[test]
fn a_source_that_fails_prints_no_password() {
    let fixture = taking(SENTINEL);
    fixture.file("latin-1", [SENTINEL.as_bytes(), b"\xff"].concat());
    fixture.file("nul", format!("{SENTINEL}\0"));
    for (option, value) in [
        ("--password-file", "latin-1"),
        ("--password-file", "nul"),
        ("--password-command", "cat latin-1"),
        ("--password-command", "cat nul"),
        ("--password-command", "cat nul; exit 3"),
    ] {
        let mut command = send(&fixture);
        command.args(["--server", &fixture.url(), "--user", USER, option, value]);
        hides(SENTINEL, &mut command, 78);
    }
}

#[test]
fn a_server_with_an_invalid_certificate_never_gets_the_password() {
    let fixture = taking(SENTINEL);
    let whole = url(&fixture, SENTINEL);
    for backend in crate::fixture::backends() {
        let mut command = binary::mailer();
        command.args(["send", "--backend", backend, "--trace", "--server", &whole]).args(SMALL);
        hides(SENTINEL, &mut command, 76);
    }
    let kept = format!("{:?}", fixture.server.transcript());
    assert!(!kept.contains("AUTH"), "{kept}");
}
