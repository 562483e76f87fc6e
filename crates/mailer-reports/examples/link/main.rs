//! Checks the simulated link against the kernel's own TCP over a path that delays packets, and writes
//! `docs/link.md`.
//!
//! ```text
//! cargo run --release -p mailer-reports --example link                    # less than six minutes
//! cargo run --release -p mailer-reports --example link -- --quick         # about one minute
//! cargo run --release -p mailer-reports --example link -- --own-error     # prints the link's own error
//! cargo run -p mailer-reports --example link -- --test                    # seconds; writes nothing
//! ```
//!
//! Linux only, without root: the program creates a network namespace with a tun device, which nothing outside can
//! reach. It fails if the link counts other bytes or round trips than the kernel's path. Times are never judged.
//! If the system forbids network namespaces the program fails, except with `--test`.

mod comparison;
mod one_message;
mod own_error;
mod page;
mod questions;
mod route;

use std::{
    env, fs,
    io::{self, Write},
    process::ExitCode,
    time::Instant,
};

use comparison::{Compared, compare};
use mailer_reports::{TextResult, ended, failed, report, root, tunnel::Tunnel};
use own_error::OwnErrorEffort;
use page::{LinkPage, PathFacts};
use questions::{Effort, Question, questions};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (effort, is_test) = match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => (Effort::FULL, false),
        ["--quick"] => (Effort::QUICK, false),
        ["--test"] => (Effort::TEST, true),
        ["--own-error"] => return print_own_error(),
        _ => return failed("there are the options --quick, --own-error and --test, one at a time"),
    };
    // Before any thread is started.
    let tunnel = match Tunnel::open() {
        Ok(tunnel) => tunnel,
        Err(why) if is_test => {
            report(&format!("the link was not checked against the kernel's path: {why}"));
            return ExitCode::SUCCESS;
        }
        Err(why) => return failed(&format!("there is no path through the kernel: {why}")),
    };
    ended(check(&tunnel, &effort, is_test))
}

/// Prints how late the link delivers, and what it transfers.
fn print_own_error() -> ExitCode {
    match own_error::tables(OwnErrorEffort::FULL) {
        Ok([late, rates]) => {
            // A closed pipe is not an error.
            let _ = write!(io::stdout(), "{late}\n{rates}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error.to_string()),
    }
}

fn check(tunnel: &Tunnel, effort: &Effort, is_test: bool) -> TextResult<()> {
    let started = Instant::now();
    let mut answered = Vec::new();
    for question in questions(effort) {
        answered.push(answer(tunnel, question)?);
    }
    if is_test {
        report("the link counts the same as the kernel's path");
        return Ok(());
    }
    report("the link's own error");
    let own_error = own_error::tables(effort.own_error).map_err(|error| error.to_string())?;
    let path = PathFacts { late: tunnel.late(), retransmitted: tunnel.retransmitted() };
    let page = LinkPage::new(effort, page::facts(effort, &path)?, answered, own_error);
    fs::write(root().join(page::FILE), page.text()?)
        .map_err(|error| format!("{}: {error}", page::FILE))?;
    report(&format!("{} is written, after {} s", page::FILE, started.elapsed().as_secs()));
    Ok(())
}

/// A question with the comparisons of each of its trials.
struct Answered {
    question: Question,
    comparisons: Vec<Vec<Compared>>,
}

fn answer(tunnel: &Tunnel, question: Question) -> TextResult<Answered> {
    let mut comparisons = Vec::new();
    for trial in &question.trials {
        let compared = compare(tunnel, trial)?;
        report(&format!("{}, {}\n\n{}", question.title, trial.title, page::table(&compared)));
        let problems: Vec<String> = compared.iter().filter_map(Compared::problem).collect();
        if !problems.is_empty() {
            return Err(problems.join("\n"));
        }
        comparisons.push(compared);
    }
    Ok(Answered { question, comparisons })
}
