//! The example `own_backend`: it runs, and measures its backend.

use std::{
    env,
    path::PathBuf,
    process::{Command, Output},
};

#[test]
fn the_example_measures_a_backend_of_its_own() {
    let Output { status, stdout, stderr } = Command::new(example()).output().unwrap();
    let (report, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{report}{stderr}");
    for name in ["small ", "small-nagle "] {
        let row = report.lines().find(|line| line.starts_with(name));
        assert!(row.is_some_and(|row| row.contains("ms") || row.contains("µs")), "{report}");
    }
}

/// Returns the program. Cargo builds the examples of a package before it runs the tests, except when it runs
/// only some of them.
fn example() -> PathBuf {
    let this = env::current_exe().expect("a test has a path");
    // target/PROFILE/deps/test
    let profile = this.ancestors().nth(2).expect("tests are in the folder of a profile");
    let program = profile.join("examples").join(format!("own_backend{}", env::consts::EXE_SUFFIX));
    if !program.exists() {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "mailer-bench", "--example", "own_backend"]);
        cargo.arg("--target-dir").arg(profile.parent().expect("a profile is in the target folder"));
        assert!(cargo.status().expect("cargo runs").success(), "the example does not build");
    }
    program
}
