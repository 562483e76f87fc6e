//! Builds the tests of the client, and runs those of one exercise.

use std::{
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    course::{EXERCISES, Exercise, root},
    report::Report,
};

/// What building leads to.
pub(crate) enum Built {
    /// The tests are ready.
    Ready(Tests),
    /// The client does not compile. Cargo has printed why.
    Failed,
}

/// The compiled tests.
pub(crate) struct Tests {
    program: PathBuf,
}

impl Tests {
    /// Compiles the tests, with the solutions of these steps in place of the learner's files.
    pub(crate) fn build(solved: &[usize]) -> io::Result<Built> {
        let program = build(&["test", "--no-run", "--test", "steps"], solved)?;
        Ok(program.map_or(Built::Failed, |program| Built::Ready(Self { program })))
    }

    /// Runs the tests of one exercise.
    pub(crate) fn run(&self, exercise: &Exercise) -> io::Result<Report> {
        self.filtered(&format!("{}::", exercise.name))
    }

    /// Runs the tests whose names contain this.
    pub(crate) fn filtered(&self, filter: &str) -> io::Result<Report> {
        let mut command = Command::new(&self.program);
        // A backtrace would hide the message.
        command.arg(filter).env("RUST_BACKTRACE", "0").env_remove("RUST_TEST_THREADS");
        let output = command.current_dir(root()).stderr(Stdio::inherit()).output()?;
        Ok(Report::parse(&String::from_utf8_lossy(&output.stdout)))
    }

    /// Runs the exercises in order, and returns the first that fails.
    pub(crate) fn first_failure(&self) -> io::Result<Option<(&'static Exercise, Report)>> {
        for exercise in EXERCISES {
            let report = self.run(exercise)?;
            if !report.is_passed() {
                return Ok(Some((exercise, report)));
            }
        }
        Ok(None)
    }
}

/// Builds the client program, and returns its path unless it does not compile.
pub(crate) fn client(solved: &[usize]) -> io::Result<Option<PathBuf>> {
    build(&["build", "--bin", "smtp-client"], solved)?.map(std::fs::canonicalize).transpose()
}

/// Runs Cargo, and returns the program that it built unless that failed.
fn build(arguments: &[&str], solved: &[usize]) -> io::Result<Option<PathBuf>> {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let features: Vec<String> = solved.iter().map(|step| format!("solution-{step:02}")).collect();
    let mut command = Command::new(cargo);
    command.args(arguments).args(["--quiet", "--package", "smtp-client"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    command.arg("--features").arg(features.join(",")).current_dir(root());
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut program = None;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let message: Value = serde_json::from_str(&line?).unwrap_or_default();
            if let Some(path) = message["executable"].as_str() {
                program = Some(PathBuf::from(path));
            }
        }
    }
    Ok(program.filter(|_| child.wait().is_ok_and(|status| status.success())))
}
