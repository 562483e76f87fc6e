//! `check`: what a server offers, without a message.

use mailer::Mechanism;
use mailer_server::{Config, Fault, Point, Profile};

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
        assert!(report.lines().all(|line| line.chars().count() <= 80), "{report}");
        if backend != "raw" {
            assert!(report.contains("Flows       lettre has none"), "{report}");
            assert!(!report.contains("pipelined"), "the flows are raw's: {report}");
            continue;
        }
        // docs/round-trips.md has the same numbers, counted over a link.
        for (flow, numbers) in [
            ("lockstep", ["11", "12", "4"]),
            ("pipelined", ["9", "9", "2"]),
            ("overlapped", ["9", "9", "1"]),
            ("chunked", ["8", "8", "1"]),
            ("streamed", ["8", "8", "0"]),
        ] {
            assert_eq!(numbers_of(&report, flow), numbers, "{flow}");
        }
    }
    let verbs = ["MAIL", "DATA", "BDAT"];
    let lines = fixture.server.transcript();
    assert!(!lines.iter().any(|line| verbs.iter().any(|verb| line.text.starts_with(verb))));
}

/// Returns the numbers in the row of this flow.
fn numbers_of<'a>(report: &'a str, flow: &str) -> Vec<&'a str> {
    let row = report.lines().find(|line| line.starts_with(flow)).expect("a row");
    row.split_whitespace().skip(1).collect()
}

/// The round trips are those of the mechanism that the login used, whichever the server offers first.
#[test]
fn the_cost_is_that_of_the_mechanism_that_was_used() {
    let all = Profile::gmail().with_mechanisms(Mechanism::ALL.iter().map(|it| it.name()));
    let config = || Config::default().with_profile(all.clone());
    let unknown = |name: &str| {
        let fault = Fault::at(Point::Auth).when(format!("AUTH {name}"));
        config().with_fault(fault.reply("504 5.5.4 not implemented"))
    };
    // SCRAM-SHA-256 has two challenges more than PLAIN, and LOGIN has two as well.
    for (config, options, mechanism, accepted) in [
        (config(), &[][..], "SCRAM-SHA-256", "13"),
        (config(), &["--auth", "scram-sha-256"], "SCRAM-SHA-256", "13"),
        (config(), &["--auth", "plain"], "PLAIN", "11"),
        (config(), &["--auth", "login"], "LOGIN", "13"),
        (unknown("SCRAM-SHA-256"), &[], "PLAIN", "11"),
    ] {
        let fixture = Fixture::start(config);
        let report = run(fixture.command("check").args(options)).succeeds().stdout;
        assert!(report.contains(&format!("accepted, with AUTH {mechanism}\n")), "{report}");
        assert_eq!(numbers_of(&report, "lockstep")[0], accepted, "{mechanism}: {report}");
    }
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
        let flows = if backend == "raw" { 5 } else { 0 };
        assert_eq!(document["flows"].as_array().map(Vec::len), Some(flows), "{document:#}");
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
