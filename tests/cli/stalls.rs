//! `compare` tells what was held back, and raw told to write as lettre does shows the same.
//!
//! Whether an acknowledgement is delayed is the system's choice: what may be seen has to be seen once
//! in a few runs.

use mailer_server::Config;
use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::run,
    fixture::{Fixture, SMALL},
};

const RUNS: usize = 4;

/// raw's switches to write as lettre does: each command waits, the dot is a write of its own, and
/// Nagle's algorithm is on.
const AS_LETTRE: [&str; 4] = ["--flow", "lockstep", "--nagle", "--separate-final-dot"];

/// Whether the end of this backend's mail was held back.
fn stalled(document: &Value, backend: &str) -> bool {
    let results = document["results"].as_array().expect("results are a list");
    let result = results.iter().find(|result| result["backend"] == backend).expect("it took part");
    let stalls = result["stalls"].as_array().expect("there was a link");
    let stalled = |stall: &Value| stall["side"] == "client" && stall["phase"] == "final reply";
    stalls.iter().any(stalled)
}

/// Whether it came out like this once: for raw and for lettre.
fn comes_out(wanted: (bool, bool), compare: impl Fn() -> Value) -> bool {
    (0..RUNS).any(|_| {
        let document = compare();
        (stalled(&document, "raw"), stalled(&document, "lettre")) == wanted
    })
}

/// Inside TLS, and in the clear.
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
fn lettre_stands_still_and_raw_does_not() {
    for compare in compared(&[]) {
        assert!(comes_out((false, true), compare));
    }
}

#[test]
fn raw_stands_still_when_it_writes_as_lettre_does() {
    for compare in compared(&AS_LETTRE) {
        assert!(comes_out((true, true), compare));
    }
}

#[test]
fn the_text_names_the_lines_and_the_options_behind_it() {
    let seen = (0..RUNS).any(|_| {
        let ran = run(binary::mailer().arg("compare").args(AS_LETTRE)).succeeds();
        let text = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = |backend: &str, cause: &str| {
            let from = text.find(&format!("{backend} stood still for"));
            from.and_then(|from| text.get(from..)).is_some_and(|rest| rest.contains(cause))
        };
        told("raw", "(--nagle)") && told("lettre", "client/net.rs:122)")
    });
    assert!(seen);
}

/// The findings of a comparison over a distance, as one line.
#[cfg(target_os = "linux")]
fn told_far_off(options: &[&str]) -> String {
    let ran = run(binary::mailer().args(["compare", "--link-rtt", "30"]).args(options)).succeeds();
    ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The end of the handshake has not been acknowledged yet when EHLO is written behind it.
#[cfg(target_os = "linux")]
#[test]
fn far_off_an_ehlo_inside_tls_waits_where_nagle_is_on() {
    let waits = "raw wrote EHLO inside TLS";
    assert!((0..RUNS).any(|_| told_far_off(&AS_LETTRE).contains(waits)));
    assert!((0..RUNS).any(|_| !told_far_off(&[]).contains(waits)));
}
