//! `--trace`: the fifteen steps of the notebook, with the same number for the same step everywhere.

use std::{env, fs, path::Path};

use mailer_server::Config;

use crate::{
    command::run,
    fixture::{Fixture, backends},
};

/// The golden file. UPDATE_GOLDEN=1 writes it again.
const GOLDEN: &str = "../docs/notebook/trace.txt";

const MESSAGE: &str = "From: Alice <alice@example.test>\r\n\
    To: Bob <bob@example.test>\r\n\
    Subject: Hello\r\n\r\n\
    Hello, Bob.\r\n\
    .A line that begins with a dot.\r\n";

#[track_caller]
fn trace(backend: &str) -> String {
    trace_with(backend, &["--flow", "lockstep", "--auth", "login"])
}

#[track_caller]
fn trace_with(backend: &str, options: &[&str]) -> String {
    let fixture = Fixture::start(Config::default());
    fixture.file("hello.eml", MESSAGE);
    let mut command = fixture.send(backend);
    command.args(["--eml", "hello.eml", "--trace"]).args(options);
    let ran = run(&mut command).exits(0);
    assert_eq!(ran.stdout, "accepted: 250 2.0.0 Stored as 1-1\n");
    let port = fixture.server.addr().port().to_string();
    ran.stderr.lines().map(|line| steady(line, &port) + "\n").collect()
}

/// Returns the line without what differs each time: the time, the port and the line number of the code.
fn steady(line: &str, port: &str) -> String {
    let mut line = line.replace(port, "PORT");
    if line.get(13..18) == Some(" ms  ") {
        line.replace_range(4..13, "     time");
    }
    let source = line.rfind("   [").and_then(|start| Some(start + line[start..].rfind(':')?));
    if let Some(colon) = source {
        line.replace_range(colon..line.len() - 1, "");
    }
    line
}

#[test]
fn shows_the_fifteen_steps_of_the_notebook() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    let trace = trace("raw");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &trace).expect("the golden text can be written");
    }
    let wanted = fs::read_to_string(&golden).expect("the golden text can be read");
    assert_eq!(trace, wanted, "\nUPDATE_GOLDEN=1 writes it again");
    let numbered = trace.lines().filter_map(|line| line.trim_start().split_once('.'));
    let mut numbers: Vec<u32> = numbered.filter_map(|(number, _)| number.parse().ok()).collect();
    numbers.dedup();
    assert_eq!(numbers, (1..=15).collect::<Vec<u32>>());
}

#[test]
fn every_backend_sends_the_same_commands() {
    let commands = |backend| -> Vec<String> {
        let trace = trace(backend);
        let lines = trace.lines().filter_map(|line| line.split_once("C: ").map(|(_, sent)| sent));
        // Only raw sends SIZE, and each backend has its own lines of code.
        let bare =
            |line: &str| line.split("   [").next()?.split(" SIZE=").next().map(str::to_owned);
        lines.filter_map(bare).collect()
    };
    let raw = commands("raw");
    for backend in backends() {
        assert_eq!(commands(backend), raw, "{backend}");
    }
}

/// The number of each step, by the start of the line that shows it.
const NUMBERS: [(&str, &[&str]); 16] = [
    ("S: 220 mail", &["1"]),
    ("C: EHLO", &["2", "5"]),
    ("C: STARTTLS", &["3"]),
    ("-- TLS", &["4"]),
    ("C: AUTH", &["6"]),
    ("S: 235", &["6", "8"]),
    ("C: MAIL", &["9"]),
    ("S: 250 2.1.0", &["9"]),
    ("C: RCPT", &["10"]),
    ("S: 250 2.1.5", &["10"]),
    ("C: DATA", &["11"]),
    ("C: BDAT", &["11"]),
    ("C: From:", &["12"]),
    ("S: 250 2.0.0", &["13"]),
    ("C: QUIT", &["14"]),
    ("-- closed", &["15"]),
];

#[test]
fn a_step_has_the_same_number_with_every_backend_and_flow() {
    let flows = ["lockstep", "pipelined", "chunked", "streamed"];
    let mut traces: Vec<String> =
        flows.into_iter().map(|flow| trace_with("raw", &["--flow", flow])).collect();
    traces.push(trace_with("raw", &["--flow", "streamed", "--pipeline-auth"]));
    traces.extend(backends().map(|backend| trace_with(backend, &[])));
    traces.extend(backends().map(trace));
    for trace in traces {
        let lines = || trace.lines().filter_map(|line| line.split_once(" ms  "));
        for (start, numbers) in NUMBERS {
            for (margin, line) in lines().filter(|(_, line)| line.starts_with(start)) {
                let number = margin.split('.').next().unwrap_or_default().trim();
                assert!(numbers.contains(&number), "{number} is not the step of {line}\n{trace}");
            }
        }
        assert!(lines().all(|(margin, _)| margin.contains('.')), "{trace}");
    }
}
