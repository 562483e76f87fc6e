//! Output that cannot be written: a closed pipe is not an error, and a full disk hides no outcome.

#[cfg(target_os = "linux")]
use std::fs::File;
use std::{
    io::{self, PipeWriter},
    process::Stdio,
};

use mailer_server::{Config, Fault, Point};
use mailer_tests::binary;

use crate::{
    command::{run, run_piped},
    fixture::{Fixture, backends},
};

/// Returns a pipe whose reader is closed.
fn closed() -> PipeWriter {
    let (_, writer) = io::pipe().expect("a pipe");
    writer
}

#[test]
fn a_closed_stdout_is_not_an_error_for_text_commands() {
    for arguments in [&["completions", "bash"][..], &["man"], &["--help"], &["compare"]] {
        let mut command = binary::mailer();
        let ran = run_piped(command.args(arguments).stdout(closed()).stderr(Stdio::piped()), b"");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_closed_stdout_is_not_an_error_for_send() {
    let fixture = Fixture::start(Config::plain());
    for backend in backends() {
        let mut command = fixture.send_small(backend);
        let ran = run_piped(command.stdout(closed()).stderr(Stdio::piped()), b"");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{backend}");
        fixture.take_mail();
    }
}

#[test]
fn a_closed_stderr_does_not_end_a_traced_send() {
    let fixture = Fixture::start(Config::plain());
    for backend in backends() {
        let mut command = fixture.send_small(backend);
        let ran = run_piped(command.arg("--trace").stderr(closed()).stdout(Stdio::piped()), b"");
        assert_eq!(ran.status, 0, "{backend}: {ran:#?}");
        fixture.take_mail();
    }
}

/// Checks that the exit status is about the message, and that stderr names both errors.
#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_does_not_hide_the_outcome_of_a_message() {
    let lost = || Fault::at(Point::EndOfData).silence().close();
    let refused = || Fault::at(Point::EndOfData).reply("554 5.7.1 No");
    for (fault, status, outcome) in [
        (None, 0, "1 accepted"),
        (Some(refused()), 69, "1 rejected"),
        (Some(lost()), 74, "1 unknown"),
    ] {
        let server = fault.into_iter().fold(Config::plain(), Config::with_fault);
        for backend in backends() {
            let fixture = Fixture::start(server.clone());
            let full = File::options().write(true).open("/dev/full").expect("it is there");
            let mut command = fixture.send_small(backend);
            let ran = run_piped(command.stdout(full).stderr(Stdio::piped()), b"");
            assert_eq!(ran.status, status, "{backend}: {ran:#?}");
            let last = ran.stderr.lines().last().unwrap_or_default();
            assert!(last.ends_with(outcome), "{ran:#?}");
            assert!(ran.stderr.contains("cannot write to stdout"), "{ran:#?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_does_not_hide_the_outcomes_of_many_messages() {
    let fixture = Fixture::start(Config::plain().with_refused_recipient("bob@example.test"));
    let people = ["--from", "alice@example.test", "--to", "bob@example.test"];
    let compare = ["compare", "--body", "x"];
    let bench = ["bench", "--backend=raw", "--rounds=1"];
    for (arguments, outcome) in [(&compare[..], "3 rejected"), (&bench[..], "rejected")] {
        let full = File::options().write(true).open("/dev/full").expect("it is there");
        let mut command = fixture.command(arguments[0]);
        command.args(&arguments[1..]).args(people).arg("--yes");
        let ran = run_piped(command.stdout(full).stderr(Stdio::piped()), b"");
        assert_eq!(ran.status, 69, "{arguments:?}: {ran:#?}");
        let last = ran.stderr.lines().last().unwrap_or_default();
        assert!(last.contains(outcome), "{ran:#?}");
        assert!(ran.stderr.contains("cannot write to stdout"), "{ran:#?}");
    }
}

/// The report is what `bench` is for; without it a run is no success, even if every message was accepted.
#[cfg(target_os = "linux")]
#[test]
fn a_bench_without_its_report_fails() {
    for format in [&[][..], &["--json"], &["--csv"]] {
        let full = File::options().write(true).open("/dev/full").expect("it is there");
        let mut command = binary::mailer();
        command.args(["bench", "--backend=raw", "--rounds=1", "--messages=5"]);
        let ran = run_piped(command.args(format).stdout(full).stderr(Stdio::piped()), b"");
        assert_eq!(ran.status, 70, "{ran:#?}");
        let last = ran.stderr.lines().last().unwrap_or_default();
        assert!(last.ends_with("5 accepted"), "{ran:#?}");
    }
}

#[test]
fn a_page_that_cannot_be_written_is_reported_before_any_connection() {
    let fixture = Fixture::start(Config::plain());
    let people = ["--from", "alice@example.test", "--to", "bob@example.test"];
    for command in ["compare", "bench"] {
        let mut command = fixture.command(command);
        command.args(people).args(["--yes", "--html", "no/such/folder.html"]);
        let ran = run(&mut command).exits(78);
        assert!(ran.error().contains("no/such/folder.html"), "{ran:#?}");
    }
    assert!(fixture.server.transcript().is_empty(), "a client connected");
}
