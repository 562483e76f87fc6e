//! Runs the tests of the next exercise on each save.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead as _},
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, SystemTime},
};

use crate::{
    build::{Built, Tests},
    course::{EXERCISES, Exercise, FINISHED, root},
    report::Report,
};

/// How often the files are looked at. Polling works on every file system, also on a Windows folder in WSL,
/// where notifications do not.
const POLL: Duration = Duration::from_millis(300);

/// Runs until the user quits, or all exercises pass.
pub(crate) fn watch() -> io::Result<()> {
    let keys = keys();
    let mut current: &Exercise = &EXERCISES[0];
    println!("Building. The first time, this takes a few minutes.");
    loop {
        let saved = times();
        match run(current)? {
            Run::Failed(exercise) => current = exercise,
            Run::Uncompiled => {
                println!("Exercise {}: {}", current.number, current.title);
                println!(
                    "Your code does not compile yet; the first message above is the one to read."
                );
            }
            Run::Finished => {
                println!("{FINISHED}");
                return Ok(());
            }
        }
        println!("{}", progress(current));
        println!("\nSave a file to run the tests again. With Enter: h hint, l list, q quit.");
        if !wait(&keys, &saved, current)? {
            return Ok(());
        }
        // The terminal is cleared, so that what is on it belongs to the next run.
        println!("\x1b[2J\x1b[HRunning the tests of exercise {}...\n", current.number);
    }
}

/// What running the tests led to.
enum Run {
    /// The tests of this exercise fail.
    Failed(&'static Exercise),
    /// The client does not compile.
    Uncompiled,
    /// All exercises pass.
    Finished,
}

/// Runs the current exercise. If it passes, it runs all from the first, so that nothing that worked is broken
/// without notice.
fn run(current: &'static Exercise) -> io::Result<Run> {
    let Built::Ready(tests) = Tests::build(&[])? else { return Ok(Run::Uncompiled) };
    let report = tests.run(current)?;
    if !report.is_passed() {
        report.print(current);
        return Ok(Run::Failed(current));
    }
    let Some((next, report)) = tests.first_failure()? else { return Ok(Run::Finished) };
    announce(current, next, &report);
    Ok(Run::Failed(next))
}

/// Names the next exercise.
fn announce(current: &Exercise, next: &Exercise, report: &Report) {
    if next.number == current.number + 1 {
        println!("✓ Exercise {} passes: {}\n", current.number, current.title);
    } else if next.number > current.number {
        println!("✓ Exercises {} to {} pass\n", current.number, next.number - 1);
    } else {
        println!(
            "Exercise {} passes, but exercise {} no longer does.\n",
            current.number, next.number
        );
    }
    report.print(next);
}

/// Returns a bar with the exercises that are done.
fn progress(current: &Exercise) -> String {
    let done = current.number - 1;
    let bar = "#".repeat(done) + &"-".repeat(EXERCISES.len() - done);
    format!("[{bar}] {done} of {} exercises are done", EXERCISES.len())
}

/// Waits until a file is saved; returns false if the user quits.
fn wait(
    keys: &Receiver<String>,
    saved: &BTreeMap<PathBuf, SystemTime>,
    current: &Exercise,
) -> io::Result<bool> {
    let mut hints = current.hints()?.into_iter().enumerate();
    loop {
        match keys.recv_timeout(POLL) {
            Ok(key) => match key.trim() {
                "q" => return Ok(false),
                "h" => match hints.next() {
                    Some((at, hint)) => println!("\nHint {}: {hint}\n", at + 1),
                    None => println!(
                        "\nThe rest is the solution: cargo run -- solution {}\n",
                        current.number
                    ),
                },
                "l" => {
                    for exercise in EXERCISES {
                        let mark = if exercise.number < current.number { '✓' } else { ' ' };
                        println!("{mark} {:2}  {}", exercise.number, exercise.title);
                    }
                }
                _ => return Ok(true),
            },
            Err(RecvTimeoutError::Timeout) => {}
            // There is no keyboard: only saving counts.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(POLL),
        }
        if times() != *saved {
            return Ok(true);
        }
    }
}

/// Reads lines from the keyboard on a thread.
fn keys() -> Receiver<String> {
    let (sender, keys) = mpsc::channel();
    thread::spawn(move || {
        let lines = io::stdin().lock().lines();
        lines.map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    keys
}

/// When each source file of the client was last written.
fn times() -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    for folder in ["client/src", "client/tests/steps"] {
        collect(&root().join(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, SystemTime>) {
    // A file that an editor is just replacing is seen at the next look.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_source = entry.path().extension().is_some_and(|ending| ending == "rs");
        if let (true, Ok(time)) = (is_source, entry.metadata().and_then(|data| data.modified())) {
            found.insert(entry.path(), time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_every_step_are_watched() {
        let times = times();
        for exercise in EXERCISES.iter().filter(|exercise| exercise.has_solution()) {
            assert!(times.contains_key(&root().join(exercise.file())), "{}", exercise.file());
        }
    }

    #[test]
    fn the_bar_shows_what_is_done() {
        assert_eq!(progress(&EXERCISES[2]), "[##--------------] 2 of 16 exercises are done");
    }
}
