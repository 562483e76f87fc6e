//! Every command with every mechanism, whether the server accepts the password or not.

use std::process::{Command, Stdio};

use mailer::Mechanism;
use mailer_tests::binary;

use super::{SENTINEL, TOKEN, USER, has, hides, mechanisms, taking, taking_both};
use crate::{
    command::{Ran, Running},
    fixture::{Fixture, SMALL, backends},
};

/// Passwords that quoting, encoding and splitting treat differently.
fn passwords() -> [String; 7] {
    [
        SENTINEL.to_owned(),
        " \"Zq7\\\" 'x' ".to_owned(),
        "пароль-Zq7-密码-🦀".to_owned(),
        "%41%5A%71%37%zz".to_owned(),
        "Zq7sesame9".to_owned(),
        // Too short to be masked in a reply of the server; our own lines must still hide it.
        "Ωq".to_owned(),
        // Too long for an initial response; AUTH PLAIN sends it after a challenge.
        "Zq7/sësame".repeat(40),
    ]
}

/// Returns the command with the password in the environment.
fn command(server: &Fixture, verb: &str, password: &str) -> Command {
    let mut command = binary::mailer();
    command.current_dir(server.folder()).args([verb, "--server", &server.url(), "--ca", "ca.pem"]);
    command.args(["--user", USER]).args(SMALL).env("SMTP_PASSWORD", password);
    command
}

#[test]
fn send_never_prints_a_password() {
    let another = taking("another");
    for password in passwords() {
        let fixture = taking(&password);
        for backend in backends() {
            for (server, status) in [(&fixture, 0), (&another, 77)] {
                let mut command = command(server, "send", &password);
                command.args(["--backend", backend, "--trace", "--json"]);
                hides(&password, &mut command, status);
            }
        }
    }
}

#[test]
fn send_never_prints_the_secret_with_any_mechanism() {
    let (fixture, another) = (taking_both(SENTINEL, TOKEN), taking_both("another", "another"));
    for backend in backends() {
        for (auth, kind) in mechanisms() {
            for (server, status) in [(&fixture, 0), (&another, 77)] {
                let mut command = command(server, "send", "");
                command.args(["--backend", backend, "--auth", &auth, "--trace"]);
                command.env(kind.variable, kind.secret);
                let status = if has(backend, &auth) { status } else { 78 };
                let ran = hides(kind.secret, &mut command, status);
                // With these values and the rest of the dialogue, the password can be searched for.
                let shown = format!("{}{}", ran.stdout, ran.stderr);
                assert!(!shown.contains("334 dj"), "the server's signature of SCRAM: {shown}");
            }
        }
    }
    shows_nothing_itself(&fixture);
    shows_nothing_itself(&another);
}

/// Checks the transcript of the server, which tests and reports show.
#[track_caller]
fn shows_nothing_itself(fixture: &Fixture) {
    let kept = format!("{:?}", fixture.server.transcript());
    assert!(kept.contains("AUTH"), "the transcript has an AUTH");
    for secret in [SENTINEL, TOKEN] {
        assert_eq!(super::Forms::new(USER, secret).found_in(&kept), None);
    }
    assert!(!kept.contains("334 dj"), "the server's signature of SCRAM: {kept}");
}

#[test]
fn compare_never_prints_the_secret_with_any_mechanism() {
    let (fixture, another) = (taking_both(SENTINEL, TOKEN), taking_both("another", "another"));
    for (auth, kind) in mechanisms().filter(|(auth, _)| has("lettre", auth)) {
        for (server, status) in [(&fixture, 0), (&another, 77)] {
            for form in [&["--html", "page.html"][..], &["--json"]] {
                let mut command = command(server, "compare", "");
                command.args(["--auth", &auth]).args(form).env(kind.variable, kind.secret);
                hides(kind.secret, &mut command, status);
            }
            let page = std::fs::read_to_string(server.folder().join("page.html")).expect("a page");
            assert_eq!(super::Forms::new(USER, kind.secret).found_in(&page), None);
        }
    }
}

/// The sources of a token are as silent as those of a password.
#[test]
fn no_source_prints_the_token() {
    for (fixture, status) in [(taking_both("x", TOKEN), 0), (taking_both("x", "another"), 77)] {
        fixture.file("token", TOKEN);
        fixture.file("quoted", format!("{{\"access_token\": \"{TOKEN}\"}}"));
        for backend in backends() {
            for (option, value, status) in [
                ("--token-file", "token", status),
                ("--token-command", "cat token", status),
                ("--token-command", "cat token; exit 3", 78),
                ("--token-file", "quoted", 78),
                ("--token-command", "cat quoted", 78),
            ] {
                let mut command = command(&fixture, "send", "");
                command.args(["--backend", backend, option, value, "--trace", "--json"]);
                hides(TOKEN, &mut command, status);
            }
        }
    }
}

#[test]
fn serve_never_prints_the_password_of_its_user() {
    let mut serve = binary::mailer();
    serve.args(["serve", "--user", USER, "--tls", "none"]).env("SMTP_PASSWORD", SENTINEL);
    serve.stdout(Stdio::piped()).env("RUST_LOG", "trace");
    let mut serving = Running::start(&mut serve, b"");
    let lines = serving.lines();
    let first = lines.next();
    let url = first.strip_prefix("serving ").expect("a URL").to_owned();
    let mut send = binary::mailer();
    send.args(["send", "--server", &url, "--user", USER, "--trace"]).args(SMALL);
    hides(SENTINEL, send.env("SMTP_PASSWORD", SENTINEL), 0);
    hides("Zq7another", send.env("SMTP_PASSWORD", "Zq7another"), 77);
    let shown = Ran { status: 0, stdout: first + &lines.next(), stderr: String::new() };
    super::Forms::new(USER, SENTINEL).are_not_in(&shown);
}

#[test]
fn help_names_every_mechanism() {
    let help = hides(SENTINEL, binary::mailer().args(["send", "--help"]), 0);
    for (mechanism, _) in mechanisms() {
        assert!(help.stdout.contains(&mechanism), "{mechanism}: {}", help.stdout);
    }
    assert_eq!(mechanisms().count(), Mechanism::ALL.len());
}
