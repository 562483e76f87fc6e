//! `bench` ends on time: when its duration is over, when a signal arrives, when its parent process ends, and
//! at once if there is no server.
//!
//! The servers here never reply, and no `--timeout` is set. A run that waited for the time-outs of RFC 5321
//! would take minutes and exceed the deadline of the tests.

use std::{
    net::{Ipv4Addr, TcpListener},
    process::{Command, Stdio},
};

use mailer_server::{Config, Fault, Point};
use mailer_tests::{binary, refusing_port::RefusingPort};
use serde_json::Value;

use crate::{
    command::{Ran, run},
    fixture::Fixture,
    schema::Schema,
};

/// Returns a run against this server, without TLS and a user.
fn bench(port: u16, options: &[&str]) -> Command {
    let mut command = binary::mailer();
    command.args(["bench", "--server", &format!("smtp://127.0.0.1:{port}?tls=none")]);
    command.args(["--from", "ann@example.test", "--to", "bob@example.test", "--rounds=1"]);
    command.args(options);
    command
}

/// Returns a port that accepts connections and never replies.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    (listener, port)
}

#[track_caller]
fn result(ran: &Ran) -> Value {
    let document = ran.json();
    Schema::load("bench").check(&document);
    document["results"][0].clone()
}

#[track_caller]
fn gives_up_without_replies(workload: &str) {
    let (_listener, port) = silent();
    let options = ["--workload", workload, "--duration=1", "--backend=raw", "--json"];
    let mut command = bench(port, &options);
    if workload != "cold-start" {
        command.arg("--connections=5");
    }
    let ran = run(&mut command);
    let result = result(&ran);
    assert_ne!(ran.status, 0, "{ran:#?}");
    assert_eq!(result["gave_up"], true, "{result:#}");
    assert_eq!(result["problems"][0]["kind"], "timed_out", "{result:#}");
}

#[test]
fn a_duration_ends_connections_that_do_not_open() {
    gives_up_without_replies("throughput");
}

#[test]
fn a_duration_ends_handshakes_without_replies() {
    gives_up_without_replies("handshake");
}

#[test]
fn a_duration_ends_one_message_per_connection_without_replies() {
    gives_up_without_replies("one-per-connection");
}

#[test]
fn a_duration_ends_cold_starts_without_replies() {
    gives_up_without_replies("cold-start");
}

#[test]
fn a_duration_ends_a_message_without_a_reply() {
    let never = Fault::at(Point::EndOfData).nth(3).silence();
    let fixture = Fixture::start(Config::plain().with_fault(never));
    let options = ["--duration=1", "--backend=raw", "--flow=lockstep", "--json"];
    let ran = run(&mut bench(fixture.server.addr().port(), &options)).exits(74);
    let result = result(&ran);
    let outcomes = &result["outcomes"];
    assert_eq!((&outcomes["accepted"], &outcomes["unknown"]), (&2.into(), &1.into()), "{result:#}");
    assert_eq!(result["latency"]["count"], 2);
}

#[test]
fn a_refused_connection_is_one_line_on_stderr() {
    for workload in ["throughput", "handshake", "one-per-connection", "cold-start"] {
        for more in [&[] as &[&str], &["--link-rtt=1"], &["--messages=9"]] {
            let refusing = RefusingPort::new().expect("a free port");
            let port = refusing.addr().expect("an address").port();
            let mut command = bench(port, &["--workload", workload]);
            let ran = run(command.args(more)).exits(75);
            assert!(ran.error().starts_with("cannot connect to 127.0.0.1 port "), "{ran:#?}");
            assert_eq!(ran.stdout, "");
        }
    }
}

#[test]
fn only_a_4yz_reply_is_reported_as_a_requested_pause() {
    let lost = Fault::at(Point::Mail).nth(1).close();
    let fixture = Fixture::start(Config::plain().with_fault(lost));
    // raw would offer the message again on a new connection.
    let options = ["--messages=4", "--backend=lettre"];
    let paused = |options: &[&str]| run(&mut bench(fixture.server.addr().port(), options));
    let text = paused(&options).exits(75).stdout;
    assert!(!text.contains("asked it to try again later"), "{text}");
    assert!(text.contains("after failures before it tried again"), "{text}");
}

#[cfg(target_os = "linux")]
mod signals {
    use std::{path::Path, thread, time::Duration};

    use super::*;
    use crate::command::Running;

    fn kill(signal: &str, id: u32) {
        let kill = Command::new("kill").args([signal, &id.to_string()]).status();
        assert!(kill.expect("kill is there").success());
    }

    #[test]
    fn sigint_while_connecting_is_130() {
        let (listener, port) = silent();
        let mut command = bench(port, &["--messages=5", "--connections=9", "--json"]);
        let running = Running::start(command.stdout(Stdio::piped()), b"");
        listener.accept().expect("it connects");
        kill("-INT", running.id());
        let (status, printed) = running.end();
        let document: Value = serde_json::from_str(&printed).expect("it prints its result");
        Schema::load("bench").check(&document);
        assert_eq!((status, &document["interrupted"]), (130, &true.into()));
    }

    #[test]
    fn sigint_reports_what_was_measured_though_a_message_has_no_reply() {
        let never = Fault::at(Point::EndOfData).nth(3).silence();
        let fixture = Fixture::start(Config::plain().with_fault(never));
        let options = ["--messages=5", "--backend=raw", "--flow=lockstep", "--json"];
        let mut command = bench(fixture.server.addr().port(), &options);
        let running = Running::start(command.stdout(Stdio::piped()), b"");
        assert!(fixture.server.wait_for_mails(2, Duration::from_secs(60)));
        kill("-INT", running.id());
        let (status, printed) = running.end();
        let document: Value = serde_json::from_str(&printed).expect("it prints its result");
        assert_eq!((status, &document["interrupted"]), (130, &true.into()));
        assert_eq!(document["results"][0]["outcomes"]["accepted"], 2, "{document:#}");
    }

    /// Whether a process with this number is running; a zombie is not.
    fn is_at_work(folder: &Path) -> bool {
        let state = std::fs::read_to_string(folder.join("stat")).unwrap_or_default();
        state.rsplit_once(')').is_some_and(|(_, state)| !state.trim_start().starts_with('Z'))
    }

    #[test]
    fn child_processes_end_with_their_parent() {
        let (listener, port) = silent();
        let mut command = bench(port, &["--messages=5", "--connections=9"]);
        let running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()), b"");
        listener.accept().expect("it connects");
        let children = crate::bench::children_of(running.id());
        assert!(!children.is_empty());
        kill("-KILL", running.id());
        for _ in 0..600 {
            if !children.iter().any(|child| is_at_work(child)) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("these processes still run: {children:?}");
    }
}
