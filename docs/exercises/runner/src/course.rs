//! The exercises, and their files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// An exercise.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exercise {
    /// From 1.
    pub(crate) number: usize,
    /// The name of its files and of the module with its tests.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
}

/// All exercises, in order.
pub(crate) const EXERCISES: &[Exercise] = &[
    new(1, "step_01_greeting", "Connect, and read a line"),
    new(2, "step_02_replies", "Replies"),
    new(3, "step_03_ehlo", "EHLO"),
    new(4, "step_04_capabilities", "Capabilities"),
    new(5, "step_05_starttls", "STARTTLS"),
    new(6, "step_06_tls", "TLS, with the name checked"),
    new(7, "step_07_ehlo_again", "EHLO again, and forget"),
    new(8, "step_08_base64", "Base64"),
    new(9, "step_09_auth_login", "AUTH LOGIN"),
    new(10, "step_10_auth_plain", "AUTH PLAIN"),
    new(11, "step_11_envelope", "The envelope"),
    new(12, "step_12_dots", "Dots"),
    new(13, "step_13_data", "DATA, and its two replies"),
    new(14, "step_14_outcomes", "QUIT, and what became of the message"),
    new(15, "step_15_pipelining", "Pipelining"),
    new(16, HOSTILE, "Twenty hostile servers"),
];

/// The last exercise, which has no file to fill in.
const HOSTILE: &str = "step_16_hostile";

/// What comes after the last exercise.
pub(crate) const FINISHED: &str = "\
All exercises pass: you own an SMTP client.

Put it next to both backends of mailer:

    cargo run -- compare

and try it on a server that you can watch, as docs/exercises/README.md shows.";

const fn new(number: usize, name: &'static str, title: &'static str) -> Exercise {
    Exercise { number, name, title }
}

/// The folder of this workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

impl Exercise {
    pub(crate) fn has_solution(&self) -> bool {
        self.name != HOSTILE
    }

    /// The file to write in, from the folder of this workspace.
    pub(crate) fn file(&self) -> String {
        if self.has_solution() {
            format!("client/src/{}.rs", self.name)
        } else {
            "client/src/step_*.rs".into()
        }
    }

    /// The file with its tests, from the folder of this workspace.
    pub(crate) fn test_file(&self) -> String {
        format!("client/tests/steps/{}.rs", self.name)
    }

    pub(crate) fn solution(&self) -> io::Result<String> {
        fs::read_to_string(root().join(format!("solutions/{}.rs", self.name)))
    }

    /// Its hints, from a nudge to almost the solution. Lines of three hyphens separate them.
    pub(crate) fn hints(&self) -> io::Result<Vec<String>> {
        let text = fs::read_to_string(root().join(format!("hints/{}.md", self.name)))?;
        Ok(text.split("\n---\n").map(|stage| stage.trim().to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_has_its_files() {
        for (at, exercise) in EXERCISES.iter().enumerate() {
            assert_eq!(exercise.number, at + 1);
            assert!(root().join(exercise.test_file()).exists(), "{}", exercise.test_file());
            let hints = exercise.hints().unwrap_or_default();
            assert_eq!(hints.len(), 3, "the hints of {}", exercise.name);
            assert!(hints.iter().all(|hint| !hint.is_empty()), "the hints of {}", exercise.name);
            if exercise.has_solution() {
                assert!(root().join(exercise.file()).exists(), "{}", exercise.file());
                assert!(exercise.solution().is_ok(), "the solution of {}", exercise.name);
            }
        }
    }

    #[test]
    fn a_stub_and_its_solution_have_the_same_functions() {
        for exercise in EXERCISES.iter().filter(|exercise| exercise.has_solution()) {
            let stub = fs::read_to_string(root().join(exercise.file())).expect("the file");
            let solution = exercise.solution().expect("the solution");
            assert_eq!(functions(&stub), functions(&solution), "{}", exercise.name);
        }
    }

    /// The signatures of the public functions of a file. Whether a parameter is `mut` is not part of one.
    fn functions(source: &str) -> Vec<String> {
        let starts = source.split("\npub fn ").skip(1);
        let signatures = starts.filter_map(|rest| Some(rest.split_once(" {\n")?.0));
        signatures.map(|signature| signature.replace("    mut ", "    ")).collect()
    }
}
