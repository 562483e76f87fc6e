//! Writes `docs/results.md`: runs `mailer bench` for a fixed list of questions, counts what each side
//! costs beyond time, and fills the page's template with it.
//!
//! ```text
//! cargo run -p mailer-benches --example results                  # less than twenty minutes
//! cargo run -p mailer-benches --example results -- --quick       # less than two
//! ```
//!
//! `--build-time` also builds both minimal programs from nothing, which takes a minute more. What
//! is measured is always a release build of `mailer`, made first; how this program is built does not
//! matter. An example and no benchmark, so that no `cargo bench` writes into the documentation.

mod costs;
mod document;
mod from_nothing;
mod lines;
mod packages;
mod page;
mod questions;
mod table;
mod tools;

use std::{
    env, fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use document::Document;
use mailer_benches::page::root;
use page::Page;
use questions::{Pace, Question, Run};

/// What is said where something is told that went wrong.
type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    match write(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            tell(&what);
            ExitCode::FAILURE
        }
    }
}

fn write(arguments: &[String]) -> Outcome<()> {
    let known = ["--quick", "--build-time"];
    if let Some(strange) = arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        return Err(format!("no option {strange}; there are {}", known.join(" and ")));
    }
    let is_given = |option: &str| arguments.iter().any(|argument| argument == option);
    let pace = if is_given("--quick") { Pace::QUICK } else { Pace::FULL };
    let begun = Instant::now();
    let program = tools::build_mailer()?;
    let mut measured = Vec::new();
    for question in questions::questions(&pace) {
        measured.push(measure(&program, question)?);
    }
    let costs = costs::costs(&measured, is_given("--build-time"))?;
    let page = Page::of(&pace, &measured, costs)?;
    let file = root().join(page::FILE);
    fs::write(&file, page.text()?).map_err(|error| format!("{}: {error}", page::FILE))?;
    tell(&format!("{} is written, in {} s", page::FILE, begun.elapsed().as_secs()));
    Ok(())
}

/// A question with what was measured to answer it.
struct Measured {
    question: Question,
    documents: Vec<(Run, Document)>,
}

fn measure(program: &Path, mut question: Question) -> Outcome<Measured> {
    let mut documents = Vec::new();
    for run in question.runs.drain(..) {
        tell(&run.command());
        let printed = tools::run(program, &run.arguments())?;
        documents.push((run, Document::read(&printed)?));
    }
    Ok(Measured { question, documents })
}

fn tell(what: &str) {
    // Nobody is left to tell if this cannot be written.
    let _ = writeln!(io::stderr(), "{what}");
}
