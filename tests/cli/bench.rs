//! `bench`: small runs, since what is tested is that it measures the right thing, and not how fast.

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
    form::Form,
};

/// A run of a few mails without any warm-up; more options are left to say.
fn bench(options: &[&str]) -> Command {
    let mut command = binary::mailer();
    command.args(["bench", "--warm-up", "0", "--hello", "client.example.test"]).args(options);
    command
}

/// The same against a server that somebody has named.
fn at(fixture: &Fixture, options: &[&str]) -> Command {
    let mut command = fixture.command("bench");
    command.args(["--from", "ann@example.test", "--to", "bob@example.test"]).args(options);
    command
}

#[track_caller]
fn measured(command: &mut Command) -> Value {
    let document = run(command.arg("--json")).succeeds().json();
    Form::of("bench").check(&document);
    document
}

fn results(document: &Value) -> &[Value] {
    document["results"].as_array().expect("results are a list")
}

#[test]
fn every_backend_is_measured_and_what_it_sent_is_checked() {
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
fn each_flow_is_a_contender_and_needs_its_round_trips() {
    let document = measured(&mut bench(&[
        "--messages=4",
        "--rounds=1",
        "--backend=raw",
        "--recipients=3",
        "--flow=lockstep",
        "--flow=pipelined",
        "--flow=chunked",
    ]));
    let trips = |result: &Value| result["path"]["round_trips"].as_f64().expect("trips are counted");
    let by_flow: Vec<(&str, f64)> = results(&document)
        .iter()
        .map(|r| (r["flow"].as_str().expect("a flow"), trips(r)))
        .collect();
    assert_eq!(by_flow, [("lockstep", 6.0), ("pipelined", 2.0), ("chunked", 1.0)]);
}

#[test]
fn floors_need_as_many_round_trips_as_what_stands_on_them() {
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
    // Nobody can be faster than light.
    assert!(result["prediction"]["measured_ns"].as_u64() >= Some(280_000_000), "{result:#}");
}

#[test]
fn one_mail_per_connection_takes_all_that_opening_and_closing_take() {
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
    // TCP, greeting, EHLO, AUTH, the envelope, and the content with QUIT right behind it; or apart.
    assert_eq!(results(&document)[0]["path"]["round_trips"], 6.0, "{document:#}");
    let apart = results(&document).iter().find(|result| result["name"] == "bare (pipelined)");
    assert_eq!(apart.map(|bare| bare["path"]["round_trips"].clone()), Some(7.0.into()));
}

#[test]
fn a_cold_start_is_a_process_with_a_connection_for_each_mail() {
    let document =
        measured(&mut bench(&["--workload=cold-start", "--messages=3", "--rounds=2", "--floors"]));
    for result in results(&document) {
        assert_eq!(result["invalid"], Value::Null, "{result:#}");
        assert_eq!(result["latency"]["count"], 3, "{result:#}");
        // A program that builds a TLS connector has used more than that before its first mail.
        let user = result["client_cpu"]["user_ns"].as_u64();
        assert!(user.is_none() || user > Some(1_000_000), "{result:#}");
    }
    // As a handshake, and the mail; QUIT is not waited for.
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
fn several_connections_share_the_mails_at_a_fixed_rate() {
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
    // Ten of them begin over nine two-hundredths of a second.
    assert!(result["rounds"][0]["elapsed_ns"].as_u64() >= Some(45_000_000), "{result:#}");
}

#[test]
fn the_text_is_readable_and_the_page_stands_alone() {
    let folder = tempfile::tempdir().expect("there is room for files");
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
    assert!(page.contains("raw (auto)") && page.contains("</svg>") && !page.contains("<script"));
}

/// Every message that arrived has an identity of its own, a date, and the addresses of the options.
#[track_caller]
fn are_told_apart(options: &[&str], count: usize) {
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
        identities.insert(message.message_id().expect("it has an identity").to_owned());
        assert!(message.date().is_some_and(|date| date.year >= 2024));
        assert_eq!(addresses(message.from()), ["ann@example.test"]);
        assert_eq!(addresses(message.to()), ["bob@example.test", "cid@example.test"]);
    }
    assert_eq!((mails.len(), identities.len()), (count, count));
}

#[test]
fn no_two_messages_have_the_same_identity() {
    are_told_apart(&["--messages=40", "--connections=3", "--flow=streamed", "--flow=lockstep"], 80);
    are_told_apart(&["--messages=6", "--workload=one-per-connection"], 6);
    are_told_apart(&["--messages=4", "--workload=cold-start"], 4);
}

#[test]
fn a_server_on_loopback_is_loaded_without_a_question() {
    let fixture = Fixture::start(Config::default());
    let document = measured(&mut at(&fixture, &["--backend=raw", "--messages=30"]));
    assert_eq!(document["embedded"], false);
    assert_eq!(fixture.server.stored().mails, 30);
    run(&mut fixture.command("bench")).exits(64);
}

#[test]
fn what_a_server_refuses_for_now_is_waited_for_and_told() {
    let busy = Fault::at(Point::Mail).nth(1).reply("451 4.3.2 Not now");
    let fixture = Fixture::start(Config::plain().with_fault(busy));
    let options = ["--backend=raw", "--messages=4", "--rounds=1", "--json"];
    let document = run(&mut at(&fixture, &options)).exits(75).json();
    Form::of("bench").check(&document);
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
fn nothing_is_tried_for_ever() {
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
fn what_a_server_takes_no_mail_of_is_not_tried_again() {
    let small = Config { size_limit: Some(1500), ..Config::plain() };
    let fixture = Fixture::start(small);
    // lettre does not look at SIZE, and learns it from the reply to the whole mail.
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
fn the_password_is_in_no_argument_and_no_environment_of_another_process() {
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
            file.and_then(|mut file| file.read_to_end(&mut bytes)).expect("it is our own process");
            assert!(!bytes.windows(password.len()).any(|window| window == password), "{what}");
        }
        seen += 1;
    }
    assert_eq!(seen, 1, "one contender has one process");
}

#[cfg(target_os = "linux")]
/// The folders of the processes that this one has started.
pub(crate) fn children_of(parent: u32) -> Vec<std::path::PathBuf> {
    let tasks = Path::new("/proc").join(parent.to_string()).join("task");
    let tasks = std::fs::read_dir(tasks).expect("the process is there").flatten();
    let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children"));
    let lists: String = tasks.filter_map(|task| of(task).ok()).collect();
    lists.split_whitespace().map(|id| Path::new("/proc").join(id)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn it_ends_cleanly_when_it_is_asked_to() {
    let fixture = Fixture::start(Config::plain());
    let mut command = at(&fixture, &["--backend=raw", "--duration=1000", "--yes", "--json"]);
    let running = Running::start(command.stdout(Stdio::piped()), b"");
    assert!(fixture.server.wait_for_mails(20, std::time::Duration::from_secs(60)));
    let kill = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(kill.expect("kill is there").success());
    let (status, printed) = running.end();
    assert_eq!(status, 130);
    let document: Value = serde_json::from_str(&printed).expect("it still prints its result");
    Form::of("bench").check(&document);
    assert_eq!(document["interrupted"], true);
    assert!(results(&document)[0]["outcomes"]["accepted"].as_u64() >= Some(20), "{document:#}");
}
