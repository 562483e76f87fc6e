//! `check`: what a server offers, without a message.

use mailer_server::{Config, Profile};

use crate::{
    command::run,
    fixture::{Fixture, backends},
    schema::Schema,
};

#[test]
fn the_report_has_what_the_server_offers_and_the_cost_of_a_message() {
    let fixture = Fixture::start(Config::default());
    for backend in backends() {
        let mut command = fixture.command("check");
        let report = run(command.args(["--backend", backend, "--auth", "plain"])).succeeds().stdout;
        for text in [
            "Server      localhost port ",
            "Greeting    220 mail.example.test",
            ", after STARTTLS",
            "Login       accepted, with AUTH PLAIN",
            "PIPELINING",
            "for a message",
        ] {
            let text = if backend == "raw" { text } else { text.trim_start_matches(", ") };
            assert!(report.contains(text), "{backend}: no {text:?} in\n{report}");
        }
        // docs/round-trips.md has the same numbers, counted over a link.
        for (flow, numbers) in [
            ("lockstep", ["11", "12", "4"]),
            ("pipelined", ["9", "9", "2"]),
            ("overlapped", ["9", "9", "1"]),
            ("chunked", ["8", "8", "1"]),
            ("streamed", ["8", "8", "0"]),
        ] {
            let row = report.lines().find(|line| line.starts_with(flow)).expect("a row");
            let found: Vec<&str> = row.split_whitespace().skip(1).collect();
            assert_eq!(found, numbers, "{backend} {flow}");
        }
        assert!(report.lines().all(|line| line.chars().count() <= 80), "{report}");
    }
    let verbs = ["MAIL", "DATA", "BDAT"];
    let lines = fixture.server.transcript();
    assert!(!lines.iter().any(|line| verbs.iter().any(|verb| line.text.starts_with(verb))));
}

#[test]
fn the_document_conforms_to_its_schema_whether_the_server_is_ready_or_not() {
    let schema = Schema::load("check");
    let fixture = Fixture::start(Config::default());
    for backend in backends() {
        let check = || {
            let mut command = fixture.command("check");
            command.args(["--json", "--backend", backend, "--auth", "plain"]);
            command
        };
        let document = run(&mut check()).succeeds().json();
        schema.check(&document);
        assert_eq!((&document["ready"], &document["login"]), (&true.into(), &"PLAIN".into()));
        assert_eq!(document["flows"].as_array().map(Vec::len), Some(5), "{document:#}");
        let refused = run(check().env("SMTP_PASSWORD", "wrong")).exits(77);
        assert!(refused.error().contains("535"), "{refused:#?}");
        let document = refused.json();
        schema.check(&document);
        assert_eq!((&document["ready"], &document["login"]), (&false.into(), &().into()));
        let extensions = document["extensions"].as_array().expect("a list");
        assert!(extensions.iter().any(|line| line == "PIPELINING"), "{document:#}");
        assert_eq!(document["error"]["kind"], "authentication");
    }
}

#[test]
fn flows_that_the_server_does_not_take_are_left_out() {
    let mut config = Config::plain();
    config.profile = Profile::named("minimal").expect("a profile");
    let fixture = Fixture::start(config);
    let report = run(&mut fixture.command("check")).succeeds().stdout;
    assert!(report.contains("TLS         none\nLogin       not tried"), "{report}");
    assert!(report.contains("lockstep ") && !report.contains("pipelined"), "{report}");
}

#[test]
fn a_server_is_required() {
    assert!(
        run(mailer_tests::binary::mailer().arg("check")).exits(64).error().contains("--server")
    );
}
