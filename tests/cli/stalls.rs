//! `compare` reports stalls, of the client and of the server, and raw stalls as lettre does if it writes like
//! lettre.
//!
//! The system chooses whether it delays an ACK, so a stall has to appear in one of a few runs.

use mailer_server::{Config, GroupReplies, Profile};
use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::run,
    fixture::{Fixture, SMALL},
};

const RUNS: usize = 4;

/// The options that make raw write like lettre: each command waits for its reply, the final dot is a separate
/// write, and Nagle's algorithm is on.
const AS_LETTRE: [&str; 4] = ["--flow", "lockstep", "--nagle", "--separate-final-dot"];

/// Whether the end of the message stalled with this backend.
fn stalled(document: &Value, backend: &str) -> bool {
    let results = document["results"].as_array().expect("results are a list");
    let result = results.iter().find(|result| result["backend"] == backend).expect("it took part");
    let stalls = result["stalls"].as_array().expect("there was a link");
    let stalled = |stall: &Value| stall["side"] == "client" && stall["phase"] == "final reply";
    stalls.iter().any(stalled)
}

/// Whether one of the runs has the wanted stalls, for raw and for lettre.
fn comes_out(wanted: (bool, bool), compare: impl Fn() -> Value) -> bool {
    (0..RUNS).any(|_| {
        let document = compare();
        (stalled(&document, "raw"), stalled(&document, "lettre")) == wanted
    })
}

/// Whether no run, or a single one, has this text: another process may delay the system's ACKs once.
#[cfg(target_os = "linux")]
fn is_rare(text: &str, reports: impl Iterator<Item = String>) -> bool {
    reports.filter(|report| report.contains(text)).count() <= 1
}

/// Returns comparisons with TLS and without.
fn compared(options: &'static [&'static str]) -> [Box<dyn Fn() -> Value>; 2] {
    let plain = Fixture::start(Config::plain());
    [
        Box::new(move || run(binary::mailer().args(["compare", "--json"]).args(options)).json()),
        Box::new(move || {
            run(plain.command("compare").args(SMALL).arg("--json").args(options)).json()
        }),
    ]
}

#[test]
fn lettre_stalls_and_raw_does_not() {
    for compare in compared(&[]) {
        assert!(comes_out((false, true), compare));
    }
}

#[test]
fn raw_stalls_if_it_writes_like_lettre() {
    for compare in compared(&AS_LETTRE) {
        assert!(comes_out((true, true), compare));
    }
}

#[test]
fn the_report_names_the_lines_and_the_options_that_cause_a_stall() {
    let seen = (0..RUNS).any(|_| {
        let ran = run(binary::mailer().arg("compare").args(AS_LETTRE)).succeeds();
        let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let names = |backend: &str, cause: &str| {
            let from = text.find(&format!("{backend} stalled for"));
            from.and_then(|from| text.get(from..)).is_some_and(|rest| rest.contains(cause))
        };
        names("raw", "(--nagle)") && names("lettre", "client/net.rs:122)")
    });
    assert!(seen);
}

/// Returns the report of a comparison over a 30 ms path, as one line.
#[cfg(target_os = "linux")]
fn report_over_30_ms(options: &[&str]) -> String {
    let ran = run(binary::mailer().args(["compare", "--link-rtt", "30"]).args(options)).succeeds();
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The server has not acknowledged the end of the TLS handshake when the client writes EHLO.
#[cfg(target_os = "linux")]
#[test]
fn over_a_long_path_ehlo_inside_tls_waits_with_nagle_on() {
    let waits = "raw needs two round trips for EHLO inside TLS";
    assert!((0..RUNS).any(|_| report_over_30_ms(&AS_LETTRE).contains(waits)));
    assert!(is_rare(waits, (0..RUNS).map(|_| report_over_30_ms(&[]))));
}

/// Returns comparisons at a server that sends the replies to a group one by one, with Nagle's algorithm on.
#[cfg(target_os = "linux")]
fn at_nagle_server(options: &'static [&'static str]) -> impl Iterator<Item = String> {
    let profile = Profile::default().with_group_replies(GroupReplies::OneByOne);
    let fixture = Fixture::start(Config::plain().with_profile(profile));
    (0..RUNS).map(move |_| {
        // The system delays ACKs only after a few packets.
        let mut command = fixture.command("compare");
        command.args(SMALL).args(["--messages", "4"]).args(options);
        let report = run(&mut command).succeeds().stdout;
        report.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_with_nagle_stalls_a_client_that_leaves_acks_to_its_system() {
    let mut reports = at_nagle_server(&["--delayed-ack"]);
    let is_named = |report: String| {
        report.contains("The server stalled raw for") && report.contains("(--delayed-ack)")
    };
    assert!(reports.any(is_named));
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_with_nagle_does_not_stall_raw_by_default_nor_in_lockstep() {
    for options in [&[][..], &["--delayed-ack", "--flow", "lockstep"]] {
        assert!(is_rare("The server stalled raw", at_nagle_server(options)), "{options:?}");
    }
}
