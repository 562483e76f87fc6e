//! The example is a complete program.

use std::process::Command;

#[test]
fn the_example_measures_a_backend_of_its_own() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--offline", "--package", "mailer-bench"]);
    let output = cargo.args(["--example", "own_backend"]).output().unwrap();
    let (report, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{report}{stderr}");
    for name in ["small ", "small-nagle "] {
        let row = report.lines().find(|line| line.starts_with(name));
        assert!(row.is_some_and(|row| row.contains("ms") || row.contains("µs")), "{report}");
    }
}
