//! `bench` as a judge: `--baseline`, `--fail-if`, `--csv`, and what every output says of the run.

use std::{fs, process::Command};

use mailer_server::Config;
use serde_json::Value;

use crate::{command::run, fixture::Fixture, schema::Schema};

/// Returns `bench` of raw with six messages at a server.
fn bench(fixture: &Fixture, options: &[&str]) -> Command {
    let mut command = fixture.command("bench");
    command.args(["--backend", "raw", "--messages", "6", "--rounds", "3"]);
    command.args(["--from", "ann@example.test", "--to", "bob@example.test"]).args(options);
    command
}

fn json(fixture: &Fixture, options: &[&str]) -> Value {
    let document = run(bench(fixture, options).arg("--json")).exits(0).json();
    Schema::load("bench").check(&document);
    document
}

#[test]
fn the_change_since_a_baseline_is_in_every_output() {
    let fixture = Fixture::start(Config::plain());
    let before = json(&fixture, &[]);
    fixture.file("before.json", before.to_string());
    let options = ["--baseline", "before.json", "--html", "page.html"];
    let after = json(&fixture, &options);
    let change = &after["baseline"]["changes"][0];
    let rate = |document: &Value| document["results"][0]["per_second"]["median"].as_f64();
    let factor = rate(&after).zip(rate(&before)).map(|(after, before)| after / before);
    let found = change["rate"]["median"].as_f64();
    assert!(factor.zip(found).is_some_and(|(a, b)| (a - b).abs() < 1e-9 * a), "{change}");
    assert_eq!(after["baseline"]["date"], before["notes"]["date"]);
    let page = fs::read_to_string(fixture.folder().join("page.html")).expect("a page");
    let text = run(&mut bench(&fixture, &options)).exits(0).stdout;
    for output in [&page, &text] {
        assert!(output.contains("Change since the baseline of "), "{output}");
    }
}

#[test]
fn date_command_and_machine_are_in_every_output() {
    let fixture = Fixture::start(Config::plain());
    let notes = &json(&fixture, &[])["notes"];
    let text = run(&mut bench(&fixture, &["--html", "page.html"])).exits(0).stdout;
    let csv = run(&mut bench(&fixture, &["--csv"])).exits(0).stdout;
    let page = fs::read_to_string(fixture.folder().join("page.html")).expect("a page");
    for label in ["date", "command", "host", "versions"] {
        assert!(notes[label].as_str().is_some_and(|it| !it.is_empty()), "{notes}");
        assert!(text.contains(&format!("\n{label} ")), "{text}");
        assert!(page.contains(label), "{page}");
    }
    assert!(
        csv.lines().next().is_some_and(|head| head.ends_with(",date,command,host,versions")),
        "{csv}"
    );
    assert!(csv.contains("mailer bench --server "), "{csv}");
}

#[test]
fn a_condition_that_holds_is_1_and_names_the_contender() {
    let fixture = Fixture::start(Config::plain());
    let ran =
        run(&mut bench(&fixture, &["--fail-if", "errors > 0", "--fail-if", "time > 1ns"])).exits(1);
    let [violation] = &*ran.stderr.lines().collect::<Vec<_>>() else { panic!("{ran:#?}") };
    assert!(violation.starts_with("mailer: failed: time > 1ns: raw (auto): it is "), "{violation}");
    assert!(ran.stdout.contains("Failed: time > 1ns: raw (auto)"), "{ran:#?}");
    let options = ["--fail-if", "raw: errors > 0", "--fail-if", "rate <= 0"];
    assert_eq!(json(&fixture, &options)["violations"], serde_json::json!([]));
}

#[test]
fn conditions_and_baselines_that_make_no_sense_are_refused_before_anything_is_sent() {
    let fixture = Fixture::start(Config::plain());
    let refused = |options: &[&str], status, text: &str| {
        let ran = run(&mut bench(&fixture, options)).exits(status);
        assert!(ran.stderr.contains(text), "{options:?}: {ran:#?}");
    };
    refused(&["--fail-if", "p98 > 1ms"], 64, "\"p98\": not a figure");
    refused(&["--fail-if", "rate < 0.9x baseline"], 64, "needs --baseline");
    refused(&["--fail-if", "curl: rate < 1"], 64, "not measured");
    refused(&["--csv", "--json"], 64, "--csv");
    refused(&["--baseline", "nothing.json"], 66, "nothing.json");
    fixture.file("other.json", "{}");
    refused(&["--baseline", "other.json"], 78, "not a document of bench --json");
    let document = json(&fixture, &[]);
    fixture.server.take_mails();
    fixture.file("before.json", document.to_string());
    refused(&["--baseline", "before.json", "--size", "4K"], 78, "its message_size is 1024");
    assert!(fixture.server.mails().is_empty(), "nothing was sent");
}

#[test]
fn a_named_server_is_observed_through_a_relay_unless_direct() {
    let fixture = Fixture::start(Config::plain());
    let path = |options: &[&str]| json(&fixture, options)["results"][0]["path"].clone();
    let relayed = path(&[]);
    // Opening a connection takes a few round trips, and each message two more.
    let round_trips = relayed["round_trips"].as_f64();
    assert!(round_trips.is_some_and(|it| (2.0..5.0).contains(&it)), "{relayed}");
    assert!(relayed["bytes"].as_f64().is_some_and(|bytes| bytes > 1024.0), "{relayed}");
    assert!(relayed["stall_ns"].is_u64(), "{relayed}");
    assert_eq!(path(&["--direct"]), Value::Null);
}
