//! Names the next exercise, runs its tests on each save, and gives hints.

mod build;
mod compare;
mod course;
mod report;
mod verify;
mod watch;

use std::{
    env,
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use crate::{
    build::{Built, Tests},
    course::{EXERCISES, Exercise},
};

const HELP: &str = "\
cargo run                      name the next exercise, and run its tests on each save
cargo run -- list              list the exercises, and which of them pass
cargo run -- test [N]          run the tests of exercise N, or of the next one, once
cargo run -- hint [N] [STAGE]  show a hint; the stages are 1, 2 and 3, from a nudge to almost all of it
cargo run -- solution N        show the solution of step N
cargo run -- compare           put your client next to both backends of mailer (after step 15)
cargo run -- verify [N]...     check the course itself: stubs fail as they should, solutions pass
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] if io::stdout().is_terminal() => watch::watch().map(|()| true),
        [] | ["test"] => next(),
        ["list"] => list(),
        ["test", number] => exercise(number).and_then(test),
        ["hint"] => current().and_then(|exercise| hint(exercise, 1)),
        ["hint", number] => exercise(number).and_then(|exercise| hint(exercise, 1)),
        ["hint", number, stage] => exercise(number).and_then(|exercise| {
            hint(exercise, stage.parse().map_err(|_| wrong("the stage is a number"))?)
        }),
        ["solution", number] => exercise(number).and_then(solution),
        ["compare", options @ ..] => compare::with_learner(options),
        ["verify"] => verify::verify(EXERCISES.iter().collect()),
        ["verify", numbers @ ..] => {
            let chosen: io::Result<Vec<_>> =
                numbers.iter().map(|&number| exercise(number)).collect();
            chosen.and_then(verify::verify)
        }
        ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            Ok(true)
        }
        _ => Err(wrong(&format!("unknown command {}\n\n{HELP}", words.join(" ")))),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(cause) => {
            eprintln!("exercises: {cause}");
            ExitCode::from(64)
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what.to_owned())
}

/// Returns the exercise of this number.
fn exercise(number: &str) -> io::Result<&'static Exercise> {
    let found = EXERCISES.iter().find(|exercise| exercise.number.to_string() == number);
    found.ok_or_else(|| {
        wrong(&format!("the exercises have the numbers 1 to {}, not {number}", EXERCISES.len()))
    })
}

/// Returns the first exercise whose tests fail, or the last.
fn current() -> io::Result<&'static Exercise> {
    let last = &EXERCISES[EXERCISES.len() - 1];
    let Built::Ready(tests) = Tests::build(&[])? else { return Ok(last) };
    Ok(tests.first_failure()?.map_or(last, |(exercise, _)| exercise))
}

/// Runs the tests of the first exercise that fails.
fn next() -> io::Result<bool> {
    let Built::Ready(tests) = Tests::build(&[])? else { return Ok(false) };
    match tests.first_failure()? {
        Some((exercise, report)) => {
            report.print(exercise);
            Ok(false)
        }
        None => {
            println!("{}", course::FINISHED);
            Ok(true)
        }
    }
}

fn test(exercise: &'static Exercise) -> io::Result<bool> {
    let Built::Ready(tests) = Tests::build(&[])? else { return Ok(false) };
    let report = tests.run(exercise)?;
    report.print(exercise);
    Ok(report.is_passed())
}

fn list() -> io::Result<bool> {
    let built = Tests::build(&[])?;
    for exercise in EXERCISES {
        let passed = match &built {
            Built::Ready(tests) => tests.run(exercise)?.is_passed(),
            Built::Failed => false,
        };
        let Exercise { number, title, .. } = exercise;
        println!("{} {number:2}  {title:44} {}", if passed { "✓" } else { " " }, exercise.file());
    }
    Ok(true)
}

fn hint(exercise: &Exercise, stage: usize) -> io::Result<bool> {
    let stages = exercise.hints()?;
    let text = stages.get(stage.wrapping_sub(1)).ok_or_else(|| {
        wrong(&format!("exercise {} has {} hints", exercise.number, stages.len()))
    })?;
    println!(
        "Hint {stage} of {} for exercise {}: {}\n",
        stages.len(),
        exercise.number,
        exercise.title
    );
    println!("{text}");
    if stage < stages.len() {
        println!("\nMore: cargo run -- hint {} {}", exercise.number, stage + 1);
    } else if exercise.has_solution() {
        println!("\nThe solution: cargo run -- solution {}", exercise.number);
    }
    Ok(true)
}

fn solution(exercise: &Exercise) -> io::Result<bool> {
    if !exercise.has_solution() {
        return Err(wrong(
            "the last exercise has no solution of its own: it mends the other steps",
        ));
    }
    print!("{}", exercise.solution()?);
    Ok(true)
}
