//! The exit status and the line on stderr: the same for every backend and the same cause.

use mailer_server::{Config, Fault, Point};
use mailer_tests::{binary, refusing_port::RefusingPort};

use crate::{
    causes::{CONNECTIONS, Cause, LOGINS, MAILS, REPLIES, SECURITY},
    command::run,
    fixture::{Fixture, SMALL, backends},
};

#[test]
fn refused_commands() {
    check(REPLIES);
}

#[test]
fn refused_logins() {
    check(LOGINS);
}

#[test]
fn failures_of_tls() {
    check(SECURITY);
}

#[test]
fn messages_that_the_server_cannot_accept() {
    check(MAILS);
}

#[test]
fn connections_that_end() {
    check(CONNECTIONS);
}

/// Reports every deviation, not only the first.
#[track_caller]
fn check(causes: &[Cause]) {
    let both = causes.iter().flat_map(|cause| backends().map(move |backend| (cause, backend)));
    let wrong: Vec<String> =
        both.filter_map(|(cause, backend)| deviation(cause, backend).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn deviation(cause: &Cause, backend: &str) -> Result<(), String> {
    let fixture = Fixture::start((cause.server)());
    let url = cause.url.replace("{port}", &fixture.server.addr().port().to_string());
    let mut command = binary::mailer();
    command.current_dir(fixture.folder());
    command.env("SMTP_PASSWORD", &fixture.account().password);
    command.args(["send", "--json", "--ca", "ca.pem", "--backend", backend, "--server", &url]);
    let ran = run(command.args(SMALL).args(cause.options));
    let found = |what: &str| Err(format!("{}, {backend}: {what}:\n{}", cause.name, ran.stderr));
    if ran.status != cause.status {
        return found(&format!("the status is {} and not {}", ran.status, cause.status));
    }
    let Some(complaint) = ran.find_error() else { return found("not one line on stderr") };
    if let Some(missing) = cause.contains.iter().find(|words| !complaint.contains(**words)) {
        return found(&format!("stderr does not say {missing:?}"));
    }
    match &ran.json()["results"][0]["error"]["kind"] {
        kind if kind == cause.kind => Ok(()),
        kind => found(&format!("the kind is {kind} and not {}", cause.kind)),
    }
}

#[test]
fn a_message_that_every_recipient_gets_is_0() {
    let fixture = Fixture::start(Config::default());
    for backend in backends() {
        let ran = run(&mut fixture.send_small(backend)).succeeds();
        let stored = ran.stdout.strip_prefix("accepted: 250 2.0.0 Stored as ");
        assert!(stored.is_some_and(|rest| rest.lines().count() == 1), "{ran:#?}");
        assert_eq!(fixture.take_mail().recipients, ["bob@example.test"]);
    }
}

#[test]
fn a_partial_outcome_names_the_refused_recipients() {
    let fixture = Fixture::start(Config::plain().with_refused_recipient("cid@example.test"));
    let ran = run(fixture.send_small("raw").args(["--cc", "cid@example.test"])).exits(69);
    assert!(ran.stdout.starts_with("accepted for some recipients only: 250 "), "{ran:#?}");
    assert!(ran.stdout.contains("\nrefused: cid@example.test: 550 5.1.1 "), "{ran:#?}");
    assert!(!ran.stdout.contains("bob@example.test"), "{ran:#?}");
    assert!(ran.error().contains("550 5.1.1 "));
    assert_eq!(fixture.take_mail().recipients, ["bob@example.test"]);
}

#[test]
fn a_refused_recipient_takes_precedence_over_a_connection_lost_later() {
    for backend in backends() {
        let lost = Fault::at(Point::Data).close();
        let server = Config::plain().with_refused_recipient("cid@example.test").with_fault(lost);
        let fixture = Fixture::start(server);
        let mut command = fixture.send_small(backend);
        let ran = run(command.args(["--cc", "cid@example.test, dan@example.test"])).exits(69);
        assert!(ran.stderr.contains("550 5.1.1"), "{backend}: {ran:#?}");
        assert!(ran.stdout.contains("refused: cid@example.test: 550 5.1.1"), "{backend}: {ran:#?}");
        if backend == "raw" {
            assert!(ran.stderr.contains("recipient cid@example.test"), "{ran:#?}");
            assert!(ran.stderr.contains("closed the connection"), "{ran:#?}");
        }
    }
}

/// lettre does not read SIZE (see `size` in its table of differences), so the server refuses the complete
/// message.
#[test]
fn a_message_that_is_too_large_is_65_with_raw_and_69_with_lettre() {
    let fixture = Fixture::start(Config::plain().with_size_limit(100));
    let raw = run(&mut fixture.send_small("raw")).exits(65);
    assert!(raw.error().contains("the server accepts at most 100"), "{raw:#?}");
    let lettre = run(&mut fixture.send_small("lettre")).exits(69);
    assert!(lettre.error().contains("552 5.3.4"), "{lettre:#?}");
}

#[test]
fn a_certificate_of_an_unknown_ca_is_trusted_only_with_an_option() {
    let fixture = Fixture::start(Config::default());
    for backend in backends() {
        let mut command = binary::mailer();
        command.args(["send", "--backend", backend, "--server", &fixture.url()]).args(SMALL);
        assert!(run(&mut command).exits(76).error().contains("--ca"));
        let trusted = run(command.arg("--dangerously-accept-invalid-certificates")).exits(69);
        assert!(trusted.error().contains("530 5.7.0"), "{trusted:#?}");
    }
}

#[test]
fn a_refused_connection_is_75() {
    let refusing = RefusingPort::new().expect("a free port");
    let url = format!("smtp://{}", refusing.addr().expect("an address"));
    for backend in backends() {
        let mut command = binary::mailer();
        command.args(["send", "--json", "--backend", backend, "--server", &url]).args(SMALL);
        let ran = run(&mut command).exits(75);
        assert!(ran.error().starts_with("cannot connect to 127.0.0.1 port "), "{ran:#?}");
        assert_eq!(ran.json()["results"][0]["error"]["kind"], "unreachable");
    }
}
