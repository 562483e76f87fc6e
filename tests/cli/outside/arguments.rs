//! Hostile text in options, in the environment, in file names and in messages.

use std::process::Command;

use mailer_server::Config;
use mailer_tests::binary;

use super::{HOSTILE, IN_ADDRESS, safe, safe_page};
use crate::fixture::{Fixture, HELLO, SMALL, backends};

/// Returns a file name with every character that a name may contain.
fn file_name() -> String {
    HOSTILE.replace('/', "") + "\n.txt"
}

/// Commands that end quickly and reach no remote server.
const COMMANDS: [(&str, &[(&str, &str)]); 4] = [
    (
        "send",
        &[
            ("--server", "smtp://127.0.0.1:1?tls=none"),
            ("--from", "ann@example.test"),
            ("--to", "bob@example.test"),
            ("--body", "x"),
        ],
    ),
    ("compare", &[("--from", "ann@example.test"), ("--to", "bob@example.test"), ("--body", "x")]),
    ("bench", &[("--messages", "1"), ("--rounds", "1"), ("--warm-up", "0")]),
    // An address for documentation (RFC 5737), which no machine has.
    ("serve", &[("--listen", "192.0.2.1:1")]),
];

const OPTIONS: [&str; 36] = [
    "--server",
    "--user",
    "--from",
    "--to",
    "--cc",
    "--bcc",
    "--reply-to",
    "--subject",
    "--body",
    "--body-file",
    "--html-file",
    "--attach",
    "--eml",
    "--password-file",
    "--password-command",
    "--auth",
    "--ca",
    "--timeout",
    "--hello",
    "--backend",
    "--flow",
    "--link-rtt",
    "--link-bandwidth",
    "--html",
    "--with",
    "--with-timeout",
    "--messages",
    "--rate",
    "--rounds",
    "--size",
    "--listen",
    "--tls",
    "--profile",
    "--maildir",
    "--ca-out",
    "--no-such",
];

#[test]
fn hostile_options_are_escaped() {
    let folder = tempfile::tempdir().expect("a folder");
    let hostile = format!("x{}\n", HOSTILE.replace('/', ""));
    for (verb, usual) in COMMANDS {
        for option in OPTIONS {
            let mut command = binary::mailer();
            command.current_dir(folder.path()).args([verb, option, &hostile]);
            for (name, value) in usual.iter().filter(|(name, _)| *name != option) {
                command.args([name, value]);
            }
            // A page with all its recordings takes half a minute on a busy machine.
            if (verb, option) == ("compare", "--html") {
                command.arg("--no-recordings");
            }
            safe(command.env("SMTP_PASSWORD", "sesame"));
        }
    }
    for arguments in [&[hostile.as_str()][..], &["completions", &hostile], &["man", &hostile]] {
        assert_ne!(safe(binary::mailer().args(arguments)).status, 0);
    }
}

#[test]
fn a_hostile_environment_is_escaped() {
    for url in
        [HOSTILE.to_owned(), format!("smtp://ann@{HOSTILE}:25"), format!("smtp://h?{HOSTILE}")]
    {
        for verb in ["send", "compare", "bench"] {
            let mut command = binary::mailer();
            command.args([verb, "--from", "a@example.test", "--to", "b@example.test"]);
            safe(command.env("SMTP_URL", url.replace('\0', "")).env("SMTP_PASSWORD", HOSTILE));
        }
    }
}

/// Adds the options of a message with hostile text in every field.
fn mail(command: &mut Command) -> &mut Command {
    let address = format!("{IN_ADDRESS}@example.test");
    let name = "N\u{202e}\u{2066}\u{feff}ame";
    command.args(["--from", &format!("{name} <ann@example.test>"), "--to", &address]);
    command.args(["--subject", name, "--body", HOSTILE, "--attach", IN_ADDRESS])
}

#[test]
fn a_hostile_draft_is_escaped() {
    let fixture = Fixture::start(Config::default());
    fixture.file(IN_ADDRESS, HOSTILE);
    for option in ["--trace", "--json", "--plan"] {
        for backend in backends() {
            safe(mail(fixture.send(backend).arg(option)));
        }
    }
    for options in [&["--html", "page.html"][..], &["--json"]] {
        let mut compare = fixture.command("compare");
        safe(mail(compare.args(options).arg("--yes")));
        if options != ["--json"] {
            safe_page(&compare, "page.html");
        }
    }
}

#[test]
fn a_hostile_prepared_message_is_escaped() {
    let fixture = Fixture::start(Config::default());
    let to = format!("{IN_ADDRESS}@example.test");
    let headers = [
        format!(
            "From: a@example.test\r\nTo: b@example.test\r\nSubject: {HOSTILE}\r\n\r\n{HOSTILE}"
        ),
        format!("From: a@example.test\r\nTo: {to}\r\n\r\nx\r\n"),
        format!("From: {HOSTILE}\r\nTo: {to}, {HOSTILE}\r\n\r\nx\r\n"),
        HOSTILE.to_owned(),
    ];
    for content in headers {
        fixture.file(&file_name(), content);
        for option in ["--trace", "--json", "--plan"] {
            for backend in backends() {
                safe(fixture.send(backend).args(["--eml", &file_name(), option]));
            }
        }
    }
}

#[test]
fn the_hostile_name_of_a_missing_file_is_escaped() {
    let fixture = Fixture::start(Config::default());
    for backend in backends() {
        for option in ["--attach", "--body-file", "--html-file", "--eml", "--password-file"] {
            let ran = safe(fixture.send(backend).args([option, &file_name()]).args([
                "--from",
                "a@example.test",
                "--to",
                "b@example.test",
                "--body",
                "x",
            ]));
            assert!(ran.stderr.contains("mailer: ") || ran.stderr.contains("error: "), "{ran:#?}");
        }
    }
}

#[test]
fn a_ca_file_may_contain_other_bytes_between_its_certificates() {
    let fixture = Fixture::start(Config::default());
    let pem = fixture.server.ca_pem().as_bytes();
    fixture.file("latin-1.pem", [b"# K\xf6ln \x9b2J\n", pem, b"# \xff\xfe\n"].concat());
    let account = fixture.account();
    for backend in backends() {
        let mut send = binary::mailer();
        send.current_dir(fixture.folder()).args([
            "send",
            "--backend",
            backend,
            "--ca",
            "latin-1.pem",
        ]);
        send.args(["--server", &fixture.url(), "--user", &account.user, "--hello", HELLO]);
        safe(send.env("SMTP_PASSWORD", &account.password).args(SMALL)).succeeds();
    }
}
