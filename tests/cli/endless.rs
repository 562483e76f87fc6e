//! Files without an end: a device or a pipe behind a name on the command line takes no memory without bound.
//! `sources.rs` has those of `send`.

use std::process::Command;

use mailer_tests::binary;

use crate::command::run;

const BENCH: &str = "bench --from a@example.test --messages 1";

/// The start of a command line, and the option that names a file.
const OPTIONS: &[(&str, &str)] = &[
    (BENCH, "--to-file"),
    (BENCH, "--to b@example.test --baseline"),
    ("serve --tls none", "--rules"),
    ("serve", "--client-ca"),
    ("serve --key /dev/zero", "--cert"),
    ("merge", ""),
];

#[test]
fn a_file_without_an_end_is_an_error() {
    for (start, option) in OPTIONS {
        let mut shell = Command::new("sh");
        // The limit on memory, in KiB, is for the machine that runs a test that fails.
        shell.arg("-c").arg(format!("ulimit -v 8000000; exec \"$0\" {start} {option} /dev/zero"));
        let ran = run(shell.arg(binary::mailer().get_program()).env("HOME", "/nonexistent"));
        let is_refused = matches!(ran.status, 65 | 66 | 78);
        assert!(is_refused && !ran.stderr.contains("memory"), "{start} {option}: {ran:#?}");
    }
}
