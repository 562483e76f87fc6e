//! `bench --ramp`: steps of rising load, in every output.

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use mailer_server::{Config, Fault, Point};
use mailer_tests::binary;
use serde_json::{Value, json};

use crate::{
    command::{Running, run},
    fixture::Fixture,
    schema::Schema,
};

/// Returns a short ramp of raw; the test adds options.
fn ramp(options: &[&str]) -> Command {
    let mut command = binary::mailer();
    command.args(["bench", "--warm-up=0", "--rounds=1", "--backend=raw", "--tls=none"]);
    command.args(options);
    command
}

fn measured(options: &[&str]) -> Value {
    let document = run(ramp(options).arg("--json")).succeeds().json();
    Schema::load("ramp").check(&document);
    document
}

#[test]
fn each_step_is_a_run_at_its_rate() {
    let document = measured(&["--ramp=20:60:20", "--messages=3"]);
    let steps = document["steps"].as_array().expect("steps");
    let found: Vec<_> = steps
        .iter()
        .map(|step| (&step["plan"]["rate"], &step["results"][0]["outcomes"]["accepted"]))
        .collect();
    let three = json!(3);
    let rates = [json!(20.0), json!(40.0), json!(60.0)];
    assert_eq!(found, rates.iter().map(|rate| (rate, &three)).collect::<Vec<_>>());
    assert_eq!(document["capacities"][0]["name"], "raw (auto)");
    assert_eq!(document["ramp"], json!({ "over": "rate", "values": [20.0, 40.0, 60.0] }));
}

#[test]
fn connections_can_rise_too() {
    let document = measured(&["--ramp=connections=1,3", "--messages=6"]);
    let steps = document["steps"].as_array().expect("steps");
    let connections: Vec<_> = steps.iter().map(|step| &step["plan"]["connections"]).collect();
    assert_eq!(connections, [1, 3]);
}

#[test]
fn a_server_that_is_too_slow_is_named_with_the_step_in_every_output() {
    // Each reply takes 20 ms, so one connection cannot send a hundred messages per second.
    let options = [
        "--ramp=2,100",
        "--messages=4",
        "--link-rtt=20",
        "--fail-if=capacity < 100",
        "--html=page.html",
    ];
    let fixture = Fixture::start(Config::plain());
    let ran = run(ramp(&options).current_dir(fixture.folder())).exits(1);
    let rows: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("/s  ")).collect();
    let [first, second] = &*rows else { panic!("{ran:#?}") };
    assert!(first.starts_with("2/s ") && first.ends_with(" yes"), "{ran:#?}");
    assert!(second.starts_with("100/s ") && second.ends_with(" no"), "{ran:#?}");
    let words = "raw (auto) keeps up with 2 messages per second, and no longer with 100 messages";
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = fs::read_to_string(fixture.folder().join("page.html")).expect("a page");
    for output in [&ran.stdout, &page] {
        assert!(joined(output).contains(words), "{output}");
    }
    assert!(ran.stdout.contains("its connection was busy all the time"), "{ran:#?}");
    assert_eq!(ran.stderr, "mailer: failed: capacity < 100: raw (auto): it is 2\n");
    let csv = run(ramp(&options[..3]).arg("--csv")).succeeds().stdout;
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').take(4).collect()).collect();
    assert_eq!(lines[0], ["contender", "step", "reached", "keeps_up"]);
    assert_eq!((lines[1][1], lines[1][3], lines[2][1], lines[2][3]), ("2", "yes", "100", "no"));
}

#[test]
fn a_ramp_is_compared_step_by_step_with_an_earlier_one() {
    let fixture = Fixture::start(Config::plain());
    let options = ["--ramp=50,100", "--messages=3"];
    let before = measured(&options);
    fixture.file("before.json", before.to_string());
    let path = fixture.folder().join("before.json");
    let baseline = format!("--baseline={}", path.display());
    let after = measured(&[options[0], options[1], &baseline, "--fail-if=capacity < 0x baseline"]);
    for step in after["steps"].as_array().expect("steps") {
        let change = &step["baseline"]["changes"][0]["rate"]["median"];
        assert!(change.as_f64().is_some_and(|factor| factor > 0.0), "{step}");
    }
    for (other, problem) in [
        (["--ramp=50,200", "--messages=3"], "its steps are others"),
        (["--rate=50", "--messages=3"], "it is a ramp"),
    ] {
        let ran = run(ramp(&other).arg(&baseline)).exits(78);
        assert!(ran.stderr.contains(problem), "{ran:#?}");
    }
}

#[test]
fn errors_are_counted_at_their_step() {
    let fault = Fault::at(Point::Mail).reply("550 5.7.1 No");
    let fixture = Fixture::start(Config::plain().with_fault(fault));
    let mut command = fixture.command("bench");
    command.args(["--from=ann@example.test", "--to=bob@example.test", "--backend=raw"]);
    command.args(["--ramp=50,100", "--messages=3", "--rounds=1", "--fail-if=errors > 0"]);
    let ran = run(&mut command).exits(1);
    for label in ["50/s", "100/s"] {
        let words = format!("at {label}: errors > 0: raw (auto): it is 3");
        assert!(ran.stderr.contains(&words), "{ran:#?}");
        assert!(
            ran.stdout.contains(&format!("At {label}: raw (auto): 0 of 3 messages")),
            "{ran:#?}"
        );
    }
    assert!(
        ran.stdout.contains("raw (auto) does not keep up with 50 messages per second"),
        "{ran:#?}"
    );
}

#[test]
fn ramps_that_make_no_sense_are_refused() {
    for (options, problem) in [
        (&["--ramp=fast"][..], "a step is not a number from 0.001"),
        (&["--ramp=200,100"], "above the one before"),
        (&["--ramp=1:1000:1"], "more than 100 steps"),
        (&["--ramp=100,200", "--rate=5"], "--rate"),
        (&["--ramp=connections=1,2", "--connections=4"], "leave out --connections"),
        (&["--ramp=1,2", "--workload=cold-start"], "--ramp"),
        (&["--fail-if=capacity < 100"], "needs --ramp"),
    ] {
        let ran = run(&mut ramp(options)).exits(64);
        assert!(ran.stderr.contains(problem), "{options:?}: {ran:#?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_ramp_reports_the_steps_until_then() {
    let fixture = Fixture::start(Config::plain());
    let mut command = fixture.command("bench");
    command.args(["--from=ann@example.test", "--to=bob@example.test", "--backend=raw", "--json"]);
    command.args(["--ramp=100,200", "--duration=1000", "--yes"]);
    let running = Running::start(command.stdout(Stdio::piped()), b"");
    assert!(fixture.server.wait_for_mails(5, Duration::from_secs(60)));
    running.signal("-INT");
    let (status, printed) = running.end();
    let document: Value = serde_json::from_str(&printed).expect("it prints its result");
    Schema::load("ramp").check(&document);
    assert_eq!((status, &document["interrupted"]), (130, &true.into()));
    assert_eq!(document["steps"].as_array().map(Vec::len), Some(1), "{document:#}");
    // Whether the server keeps up with it is not known.
    assert_eq!(document["capacities"][0]["first_missed"], Value::Null, "{document:#}");
    assert_eq!(document["capacities"][0]["steps"], Value::Array(Vec::new()), "{document:#}");
}
