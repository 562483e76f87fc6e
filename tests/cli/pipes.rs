//! Somebody who has seen enough and closed the pipe is not an error.

use std::{
    io::{self, PipeWriter},
    process::Stdio,
};

use mailer_server::Config;
use mailer_tests::binary;

use crate::{
    command::run_piped,
    fixture::{Fixture, backends},
};

/// A pipe that nobody reads any more.
fn closed() -> PipeWriter {
    let (_, writer) = io::pipe().expect("there is a pipe");
    writer
}

#[test]
fn nobody_reads_the_result() {
    for arguments in [&["completions", "bash"][..], &["man"], &["--help"], &["compare"]] {
        let mut command = binary::mailer();
        let ran = run_piped(command.args(arguments).stdout(closed()).stderr(Stdio::piped()), b"");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn nobody_reads_what_became_of_the_mail() {
    let fixture = Fixture::start(Config::plain());
    for backend in backends() {
        let mut command = fixture.send_small(backend);
        let ran = run_piped(command.stdout(closed()).stderr(Stdio::piped()), b"");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{backend}");
        fixture.take_mail();
    }
}

#[test]
fn nobody_reads_the_trace() {
    let fixture = Fixture::start(Config::plain());
    for backend in backends() {
        let mut command = fixture.send_small(backend);
        let ran = run_piped(command.arg("--trace").stderr(closed()).stdout(Stdio::piped()), b"");
        assert_eq!(ran.status, 0, "{backend}: {ran:#?}");
        fixture.take_mail();
    }
}
