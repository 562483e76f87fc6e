//! `--trace`: the classroom's fifteen steps, as they stand in the notebook's folder.

use std::{env, fs, path::Path};

use mailer_server::Config;

use crate::{
    command::run,
    fixture::{Fixture, backends},
};

/// Written anew where UPDATE_GOLDEN is set.
const GOLDEN: &str = "../docs/notebook/trace.txt";

const MESSAGE: &str = "From: Alice <alice@example.test>\r\n\
    To: Bob <bob@example.test>\r\n\
    Subject: Hello\r\n\r\n\
    Hello, Bob.\r\n\
    .A line that begins with a dot.\r\n";

#[track_caller]
fn trace(backend: &str) -> String {
    let fixture = Fixture::start(Config::default());
    fixture.file("hello.eml", MESSAGE);
    let mut command = fixture.send(backend);
    command.args(["--eml", "hello.eml", "--flow", "lockstep", "--auth", "login", "--trace"]);
    let ran = run(&mut command).exits(0);
    assert_eq!(ran.stdout, "accepted: 250 2.0.0 Stored as 1-1\n");
    let port = fixture.server.addr().port().to_string();
    ran.stderr.lines().map(|line| steady(line, &port) + "\n").collect()
}

/// The line without what differs each time: when, which port, which line of code.
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
fn shows_the_fifteen_steps_of_the_classroom() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
    let trace = trace("raw");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &trace).expect("the golden text can be written");
    }
    let wanted = fs::read_to_string(&golden).expect("the golden text can be read");
    assert_eq!(trace, wanted, "\nUPDATE_GOLDEN=1 writes it anew");
    let numbered = trace.lines().filter_map(|line| line.trim_start().split_once('.'));
    let numbers: Vec<u32> = numbered.filter_map(|(number, _)| number.parse().ok()).collect();
    assert_eq!(numbers, (1..=15).collect::<Vec<u32>>());
}

#[test]
fn says_the_same_commands_by_every_backend() {
    let commands = |backend| -> Vec<String> {
        let said = trace(backend);
        let lines = said.lines().filter_map(|line| line.split_once("C: ").map(|(_, said)| said));
        // Only raw says SIZE, and each has lines of code of its own.
        let bare =
            |line: &str| line.split("   [").next()?.split(" SIZE=").next().map(str::to_owned);
        lines.filter_map(bare).collect()
    };
    let raw = commands("raw");
    for backend in backends() {
        assert_eq!(commands(backend), raw, "{backend}");
    }
}
