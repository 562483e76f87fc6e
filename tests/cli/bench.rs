//! `bench`: small runs. The tests check what is measured, not how fast it is.

use std::{
    collections::HashSet,
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
};

use mail_parser::{Address, MessageParser};
use mailer_backends::BACKENDS;
use mailer_server::{Config, Fault, Point};
use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::{Running, run},
    fixture::Fixture,
    schema::Schema,
};

/// Returns a run of a few messages without a warm-up; the test adds options.
fn bench(options: &[&str]) -> Command {
    let mut command = binary::mailer();
    command.args(["bench", "--warm-up", "0", "--hello", "client.example.test"]).args(options);
    command
}

/// Returns the same run against a named server.
fn at(fixture: &Fixture, options: &[&str]) -> Command {
    let mut command = fixture.command("bench");
    command.args(["--from", "ann@example.test", "--to", "bob@example.test"]).args(options);
    command
}

#[track_caller]
fn measured(command: &mut Command) -> Value {
    let document = run(command.arg("--json")).succeeds().json();
    Schema::load("bench").check(&document);
    document
}

fn results(document: &Value) -> &[Value] {
    document["results"].as_array().expect("results are a list")
}

#[test]
fn every_backend_is_measured_and_the_inbox_is_checked() {
    let document = measured(&mut bench(&["--messages", "5", "--rounds", "2"]));
    let results = results(&document);
    let names: Vec<&str> = results.iter().filter_map(|r| r["backend"].as_str()).collect();
    assert_eq!(names, BACKENDS.iter().map(|backend| backend.name).collect::<Vec<_>>());
    for result in results {
        assert_eq!(result["outcomes"]["accepted"], 5, "{result:#}");
        assert_eq!(result["latency"]["count"], 5);
        assert_eq!(result["invalid"], Value::Null);
        assert_eq!(result["rounds"].as_array().map(Vec::len), Some(2));
        assert!(result["per_second"]["median"].as_f64().is_some_and(|rate| rate > 0.0));
        assert!(result["time_ns"]["lower"].as_f64() <= result["time_ns"]["upper"].as_f64());
    }
    assert_eq!(results[0]["ratio"]["median"], 1.0);
}

#[test]
fn each_flow_is_a_contender_with_its_own_round_trips() {
    let document = measured(&mut bench(&[
        "--messages=4",
        "--rounds=1",
        "--backend=raw",
        "--recipients=3",
        "--flow=lockstep",
        "--flow=pipelined",
        "--flow=chunked",
    ]));
    let trips =
        |result: &Value| result["path"]["round_trips"].as_f64().expect("round trips are counted");
    let by_flow: Vec<(&str, f64)> = results(&document)
        .iter()
        .map(|r| (r["flow"].as_str().expect("a flow"), trips(r)))
        .collect();
    assert_eq!(by_flow, [("lockstep", 6.0), ("pipelined", 2.0), ("chunked", 1.0)]);
}

#[test]
fn a_floor_needs_the_round_trips_of_its_flow() {
    let document =
        measured(&mut bench(&["--messages=4", "--rounds=1", "--backend=raw", "--floors"]));
    let rows: Vec<(&str, &Value)> = results(&document)
        .iter()
        .map(|r| (r["name"].as_str().expect("a name"), &r["path"]["round_trips"]))
        .collect();
    let (two, four) = (Value::from(2.0), Value::from(4.0));
    assert_eq!(
        rows,
        [("raw (auto)", &two), ("bare (lockstep)", &four), ("bare (pipelined)", &two)]
    );
}

#[test]
fn handshakes_over_a_link_are_predicted() {
    let document = measured(&mut bench(&[
        "--workload=handshake",
        "--messages=2",
        "--rounds=2",
        "--backend=raw",
        "--link-rtt=40",
    ]));
    let result = &results(&document)[0];
    // TCP, greeting, EHLO, STARTTLS, TLS, EHLO again, AUTH.
    assert_eq!(result["path"]["round_trips"], 7.0, "{result:#}");
    assert_eq!(result["prediction"]["path_ns"], 280_000_000, "{result:#}");
    // The simulated path delays every client alike.
    assert!(result["prediction"]["measured_ns"].as_u64() >= Some(280_000_000), "{result:#}");
}

#[test]
fn one_message_per_connection_counts_opening_and_closing() {
    let document = measured(&mut bench(&[
        "--workload=one-per-connection",
        "--messages=4",
        "--rounds=2",
        "--connections=2",
        "--tls=none",
        "--floors",
    ]));
    for result in results(&document) {
        assert_eq!(result["invalid"], Value::Null, "{result:#}");
        assert_eq!(result["outcomes"]["accepted"], 4, "{result:#}");
    }
    // TCP, greeting, EHLO, AUTH, the envelope, and the content with QUIT in the same flight or after it.
    assert_eq!(results(&document)[0]["path"]["round_trips"], 6.0, "{document:#}");
    let apart = results(&document).iter().find(|result| result["name"] == "bare (pipelined)");
    assert_eq!(apart.map(|bare| bare["path"]["round_trips"].clone()), Some(7.0.into()));
}

#[test]
fn a_cold_start_is_one_process_and_one_connection_per_message() {
    let document =
        measured(&mut bench(&["--workload=cold-start", "--messages=3", "--rounds=2", "--floors"]));
    for result in results(&document) {
        assert_eq!(result["invalid"], Value::Null, "{result:#}");
        assert_eq!(result["latency"]["count"], 3, "{result:#}");
        // Setting up TLS alone costs a process more CPU time than this.
        let user = result["client_cpu"]["user_ns"].as_u64();
        assert!(user.is_none() || user > Some(1_000_000), "{result:#}");
    }
    // As for a handshake, and two for the message; the reply to QUIT is not part of the measurement.
    assert_eq!(results(&document)[0]["path"]["round_trips"], 9.0, "{document:#}");
    run(&mut bench(&["--workload=cold-start", "--rate=1"])).exits(64);
}

#[test]
fn cold_starts_over_a_link_are_predicted() {
    let document = measured(&mut bench(&[
        "--workload=cold-start",
        "--messages=2",
        "--rounds=2",
        "--backend=raw",
        "--link-rtt=20",
        "--tls=none",
    ]));
    let prediction = &results(&document)[0]["prediction"];
    assert_eq!(prediction["path_ns"], 120_000_000, "{document:#}");
    assert!(prediction["measured_ns"].as_u64() >= Some(120_000_000), "{document:#}");
}

#[test]
fn connections_share_the_messages_of_a_fixed_rate() {
    let document = measured(&mut bench(&[
        "--messages=20",
        "--rounds=2",
        "--backend=raw",
        "--connections=4",
        "--rate=200",
        "--size=2K",
    ]));
    let result = &results(&document)[0];
    assert_eq!(result["outcomes"]["accepted"], 20, "{result:#}");
    // The ten messages of a connection start within 9/200 s.
    assert!(result["rounds"][0]["elapsed_ns"].as_u64() >= Some(45_000_000), "{result:#}");
}

#[test]
fn the_report_fits_100_columns_and_the_page_loads_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("bench.html");
    let mut command = bench(&["--messages=3", "--rounds=1", "--tls=none", "--html"]);
    let ran = run(command.arg(&page)).succeeds();
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 100, "wider than 100 columns: {line}");
        assert_eq!(line, line.trim_end());
    }
    for words in ["Messages of 1 KiB to 1 recipient", "raw (auto)", "lettre-connection", "p99.9"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let page = std::fs::read_to_string(page).expect("the page is written");
    assert!(page.contains("raw (auto)") && page.contains("</svg>"));
    for loads in ["src=", "<link", "url(", "@import"] {
        assert!(!page.contains(loads), "{loads}");
    }
}

/// Checks that every message that arrived has a Message-ID of its own, a date, and the addresses of the options.
#[track_caller]
fn have_identities_and_addresses(options: &[&str], count: usize) {
    let fixture = Fixture::start(Config::default());
    let mut command = at(&fixture, &["--backend=raw", "--rounds=2"]);
    run(command.args(["--to", "cid@example.test"]).args(options)).succeeds();
    let mails = fixture.server.take_mails();
    let mut identities = HashSet::new();
    for mail in &mails {
        let message = MessageParser::default().parse(&*mail.content).expect("it is a message");
        let addresses = |named: Option<&Address<'_>>| -> Vec<String> {
            let all = named.into_iter().flat_map(Address::iter);
            all.filter_map(|one| one.address().map(str::to_owned)).collect()
        };
        identities.insert(message.message_id().expect("a Message-ID").to_owned());
        assert!(message.date().is_some_and(|date| date.year >= 2024));
        assert_eq!(addresses(message.from()), ["ann@example.test"]);
        assert_eq!(addresses(message.to()), ["bob@example.test", "cid@example.test"]);
    }
    assert_eq!((mails.len(), identities.len()), (count, count));
}

#[test]
fn every_message_has_a_message_id_of_its_own() {
    have_identities_and_addresses(
        &["--messages=40", "--connections=3", "--flow=streamed", "--flow=lockstep"],
        80,
    );
    have_identities_and_addresses(&["--messages=6", "--workload=one-per-connection"], 6);
    have_identities_and_addresses(&["--messages=4", "--workload=cold-start"], 4);
}

#[test]
fn a_server_on_loopback_is_used_without_a_question() {
    let fixture = Fixture::start(Config::default());
    let document = measured(&mut at(&fixture, &["--backend=raw", "--messages=30"]));
    assert_eq!(document["embedded"], false);
    assert_eq!(fixture.server.stored().mails, 30);
    run(&mut fixture.command("bench")).exits(64);
}

#[test]
fn a_4yz_reply_pauses_the_contender_and_is_reported() {
    let busy = Fault::at(Point::Mail).nth(1).reply("451 4.3.2 Not now");
    let fixture = Fixture::start(Config::plain().with_fault(busy));
    let options = ["--backend=raw", "--messages=4", "--rounds=1", "--json"];
    let document = run(&mut at(&fixture, &options)).exits(75).json();
    Schema::load("bench").check(&document);
    let result = &results(&document)[0];
    assert_eq!(
        (&result["outcomes"]["accepted"], &result["outcomes"]["rejected"]),
        (&3.into(), &1.into())
    );
    assert!(result["backed_off_ns"].as_u64() >= Some(100_000_000), "{result:#}");
    let problem = &result["problems"][0];
    assert_eq!((&problem["kind"], &problem["code"]), (&"temporary".into(), &451.into()));
}

#[test]
fn a_contender_gives_up_after_repeated_refusals() {
    let fixture = Fixture::start(Config::plain().with_refused_recipient("bob@example.test"));
    let options = ["--backend=raw", "--duration=1000", "--rounds=1", "--yes", "--json"];
    let document = run(&mut at(&fixture, &options)).exits(69).json();
    assert_eq!(results(&document)[0]["gave_up"], true, "{document:#}");
    assert_eq!(results(&document)[0]["per_second"], Value::Null);
    let fixture = Fixture::start(Config::default());
    let mut command = at(&fixture, &["--backend=lettre", "--duration=1000", "--yes"]);
    run(command.env("SMTP_PASSWORD", "wrong")).exits(77);
}

#[test]
fn a_permanent_refusal_is_not_tried_again() {
    let small = Config::plain().with_size_limit(1500);
    let fixture = Fixture::start(small);
    // lettre does not read SIZE; the server refuses the complete message.
    for (backend, status) in [("raw", 65), ("lettre", 69)] {
        let options = ["--backend", backend, "--messages=9", "--rounds=3", "--size=2K", "--json"];
        let document = run(&mut at(&fixture, &options)).exits(status).json();
        let result = &results(&document)[0];
        assert_eq!(result["gave_up"], true, "{result:#}");
        let outcomes = &result["outcomes"];
        let tried = ["not_sent", "rejected"].map(|how| outcomes[how].as_u64().unwrap_or(9));
        assert_eq!(tried.iter().sum::<u64>(), 1, "{result:#}");
    }
    assert_eq!(fixture.server.stored().mails, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn the_password_is_in_no_argument_and_no_environment_of_a_child_process() {
    let fixture = Fixture::start(Config::default());
    let mut command = at(&fixture, &["--backend=raw", "--rate=1", "--duration=1000", "--yes"]);
    let running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()), b"");
    assert!(fixture.server.wait_for_mails(1, std::time::Duration::from_secs(60)));
    let password = fixture.account().password.as_bytes();
    let mut seen = 0;
    for child in children_of(running.id()) {
        for what in ["cmdline", "environ"] {
            let mut bytes = Vec::new();
            let file = std::fs::File::open(child.join(what));
            file.and_then(|mut file| file.read_to_end(&mut bytes)).expect("the process is our own");
            assert!(!bytes.windows(password.len()).any(|window| window == password), "{what}");
        }
        seen += 1;
    }
    assert_eq!(seen, 1, "a contender has one process");
}

#[cfg(target_os = "linux")]
/// Returns the /proc folders of the child processes of this process.
pub(crate) fn children_of(parent: u32) -> Vec<std::path::PathBuf> {
    let tasks = Path::new("/proc").join(parent.to_string()).join("task");
    let tasks = std::fs::read_dir(tasks).expect("the process is there").flatten();
    let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children"));
    let lists: String = tasks.filter_map(|task| of(task).ok()).collect();
    lists.split_whitespace().map(|id| Path::new("/proc").join(id)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_run_with_a_report() {
    let fixture = Fixture::start(Config::plain());
    let mut command = at(&fixture, &["--backend=raw", "--duration=1000", "--yes", "--json"]);
    let running = Running::start(command.stdout(Stdio::piped()), b"");
    assert!(fixture.server.wait_for_mails(20, std::time::Duration::from_secs(60)));
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(kill.expect("kill is there").success());
    let (status, printed) = running.end();
    assert_eq!(status, 130);
    let document: Value = serde_json::from_str(&printed).expect("it still prints its result");
    Schema::load("bench").check(&document);
    assert_eq!(document["interrupted"], true);
    assert!(results(&document)[0]["outcomes"]["accepted"].as_u64() >= Some(20), "{document:#}");
}
