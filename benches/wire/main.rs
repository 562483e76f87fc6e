//! Checks the lab's link against the kernel's own TCP over a path that delays packets, and writes
//! `docs/link.md`: what the link is worth.
//!
//! ```text
//! cargo run --release -p mailer-benches --example wire               # less than six minutes
//! cargo run --release -p mailer-benches --example wire -- --quick    # about one
//! cargo run -p mailer-benches --example wire -- --test               # seconds; writes nothing
//! ```
//!
//! Linux only; root is not needed: it makes a network of its own, with a tun device in it, that nothing
//! outside can reach. It fails if octets or round trips are counted otherwise on the link than by the
//! kernel's path; times are never judged. Where a system refuses such a network it says so, which is
//! a failure except for `--test`.

mod comparison;
#[cfg(not(target_os = "linux"))]
mod no_tunnel;
mod one_mail;
mod page;
mod questions;
mod route;
#[cfg(target_os = "linux")]
mod tunnel;

use std::{
    env, fs,
    io::{self, Write},
    process::ExitCode,
    time::Instant,
};

use comparison::{Compared, compare};
use mailer_benches::{link_error, page::root};
#[cfg(not(target_os = "linux"))]
use no_tunnel as tunnel;
use page::{Page, PathFacts};
use questions::{Pace, Question, questions};
use tunnel::Tunnel;

/// What is said where something is told that went wrong.
type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (pace, is_test) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
    {
        [] => (Pace::FULL, false),
        ["--quick"] => (Pace::QUICK, false),
        ["--test"] => (Pace::TEST, true),
        _ => return failed("there are the options --quick and --test, one at a time"),
    };
    // Before anything that might start a thread.
    let tunnel = match Tunnel::open() {
        Ok(tunnel) => tunnel,
        Err(why) if is_test => {
            tell(&format!("the link was not checked against the kernel's path: {why}"));
            return ExitCode::SUCCESS;
        }
        Err(why) => return failed(&format!("no path through the kernel: {why}")),
    };
    match check(&tunnel, &pace, is_test) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => failed(&what),
    }
}

fn check(tunnel: &Tunnel, pace: &Pace, is_test: bool) -> Outcome<()> {
    let begun = Instant::now();
    let mut answered = Vec::new();
    for question in questions(pace) {
        answered.push(answer(tunnel, question)?);
    }
    if is_test {
        tell("the link's counts are those of the kernel's path");
        return Ok(());
    }
    tell("the link's own error");
    let own_error = link_error::tables(pace.link_error).map_err(|error| error.to_string())?;
    let path = PathFacts { late: tunnel.late(), again: tunnel.sent_again() };
    let page = Page::of(pace, answered, &path, own_error)?;
    fs::write(root().join(page::FILE), page.text()?)
        .map_err(|error| format!("{}: {error}", page::FILE))?;
    tell(&format!("{} is written, in {} s", page::FILE, begun.elapsed().as_secs()));
    Ok(())
}

/// A question with what came out, a list for each of its trials.
struct Answered {
    question: Question,
    outcomes: Vec<Vec<Compared>>,
}

fn answer(tunnel: &Tunnel, question: Question) -> Outcome<Answered> {
    let mut outcomes = Vec::new();
    for trial in &question.trials {
        let compared = compare(tunnel, trial)?;
        tell(&format!("{}, {}\n\n{}", question.title, trial.title, page::table(&compared)));
        let wrong: Vec<String> = compared.iter().filter_map(Compared::wrong).collect();
        if !wrong.is_empty() {
            return Err(wrong.join("\n"));
        }
        outcomes.push(compared);
    }
    Ok(Answered { question, outcomes })
}

fn failed(what: &str) -> ExitCode {
    tell(what);
    ExitCode::FAILURE
}

fn tell(what: &str) {
    // Nobody is left to tell if this cannot be written.
    let _ = writeln!(io::stderr(), "{what}");
}
