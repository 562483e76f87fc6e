//! Checks the course: every stub fails for the reason it should, and every solution passes.

use std::{collections::BTreeSet, fs, io};

use serde_json::Value;

use crate::{
    build::{self, Built, Tests},
    compare,
    course::{EXERCISES, Exercise, root},
    report::Report,
};

/// How a function that is not written begins; in two parts, so that no search for leftovers finds it here.
const STUB: &str = concat!("todo", "!(");

/// Checks the solutions and the stubs of these exercises, and prints what is wrong.
pub(crate) fn verify(chosen: Vec<&'static Exercise>) -> io::Result<bool> {
    let steps: Vec<usize> = solvable().map(|exercise| exercise.number).collect();
    let mut wrong = solutions(&steps)?;
    println!("the solutions: {} problems", wrong.len());
    for exercise in chosen.into_iter().filter(|exercise| exercise.has_solution()) {
        // All other steps are solved, so that only this one can be the reason.
        let others: Vec<usize> =
            steps.iter().copied().filter(|step| *step != exercise.number).collect();
        let found = match Tests::build(&others)? {
            Built::Ready(tests) => stub(exercise, &tests.run(exercise)?)?,
            Built::Failed => vec![format!("{} does not compile", exercise.file())],
        };
        println!("the stub of step {}: {} problems", exercise.number, found.len());
        wrong.extend(found);
    }
    let compared = comparison(&steps)?;
    println!("the solution in mailer compare: {} problems", compared.len());
    wrong.extend(compared);
    wrong.iter().for_each(|problem| println!("\n{problem}"));
    Ok(wrong.is_empty())
}

/// The exercises with a file to fill in.
fn solvable() -> impl Iterator<Item = &'static Exercise> {
    EXERCISES.iter().filter(|exercise| exercise.has_solution())
}

/// Checks that the solutions pass all tests, and the careless clients do not.
fn solutions(steps: &[usize]) -> io::Result<Vec<String>> {
    let Built::Ready(tests) = Tests::build(steps)? else {
        return Ok(vec!["the solutions do not compile".into()]);
    };
    // The empty filter includes the tests of the last exercise itself.
    let report = tests.filtered("")?;
    let mut wrong: Vec<String> =
        report.failed.iter().map(|f| format!("{} fails:\n{}", f.name, f.output)).collect();
    for exercise in EXERCISES {
        let prefix = format!("{}::", exercise.name);
        if !report.passed.iter().any(|name| name.starts_with(&prefix)) {
            wrong.push(format!("exercise {} has no test that passes", exercise.number));
        }
    }
    Ok(wrong)
}

/// Checks that each test of a stub fails because of a `todo` of that step, and that each `todo` is the reason
/// of one.
fn stub(exercise: &Exercise, report: &Report) -> io::Result<Vec<String>> {
    let mut wrong: Vec<String> = report
        .passed
        .iter()
        .map(|name| format!("{name} passes although nothing is written"))
        .collect();
    let mut reached = BTreeSet::new();
    for failure in &report.failed {
        match failure.unwritten_at() {
            Some(place) if place.starts_with(&exercise.file()) => {
                reached.insert(place);
            }
            _ => wrong
                .push(format!("{} fails for another reason:\n{}", failure.name, failure.output)),
        }
    }
    let source = fs::read_to_string(root().join(exercise.file()))?;
    for (at, _) in source.lines().enumerate().filter(|(_, line)| line.trim().starts_with(STUB)) {
        let place = format!("{}:{}", exercise.file(), at + 1);
        if !reached.remove(&place) {
            wrong.push(format!("no test reaches the stub at {place}"));
        }
    }
    Ok(wrong)
}

/// Checks that `mailer compare` accepts the client as a column, and that its message arrives.
fn comparison(steps: &[usize]) -> io::Result<Vec<String>> {
    let Some(client) = build::client(steps)? else {
        return Ok(vec!["the client does not compile".into()]);
    };
    let output = compare::document(&client)?;
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    Ok(check_document(&document))
}

/// Checks that the document has a column for the client, whose message was accepted.
fn check_document(document: &Value) -> Vec<String> {
    let results = document["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    match results.iter().find(|result| result["backend"] == "smtp-client") {
        Some(result) if result["outcome"] == "accepted" => Vec::new(),
        Some(result) => vec![format!("the outcome of the client is {}", result["outcome"])],
        None => vec!["mailer compare has no column for the client".into()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::Failure;

    fn failing(place: &str) -> Report {
        let output = format!("thread 'x' panicked at {place}:5:\nnot yet implemented: do it");
        let failure = Failure { name: "step_08_base64::a".into(), output };
        Report { passed: Vec::new(), failed: vec![failure] }
    }

    #[test]
    fn a_stub_must_fail_at_its_own_stub_and_nowhere_else() {
        let exercise = &EXERCISES[7];
        let source = fs::read_to_string(root().join(exercise.file())).expect("the file");
        let line = source.lines().position(|line| line.trim().starts_with(STUB)).map(|at| at + 1);
        // A learner may have written this step already.
        let Some(line) = line else { return };
        let check = |report: &Report| stub(exercise, report).expect("the file can be read").len();
        assert_eq!(check(&failing(&format!("{}:{line}", exercise.file()))), 0);
        // Another step, and then nothing reaches this one.
        assert_eq!(check(&failing("client/src/step_02_replies.rs:9")), 2);
        assert_eq!(check(&Report { passed: vec!["a".into()], failed: Vec::new() }), 2);
    }

    #[test]
    fn the_client_must_be_a_column_with_an_accepted_message() {
        let document = |backend: &str, outcome: &str| {
            check_document(&json!({"results": [{"backend": backend, "outcome": outcome}]})).len()
        };
        assert_eq!(document("smtp-client", "accepted"), 0);
        assert_eq!(document("smtp-client", "rejected"), 1);
        assert_eq!(document("raw", "accepted"), 1);
        assert_eq!(check_document(&Value::Null).len(), 1);
    }
}
