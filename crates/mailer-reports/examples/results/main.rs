//! Writes `docs/results.md`: runs `mailer bench` for a fixed list of questions, counts what each backend costs
//! besides time, and fills the page's template.
//!
//! ```text
//! cargo run -p mailer-reports --example results                  # about half an hour
//! cargo run -p mailer-reports --example results -- --quick       # less than two minutes
//! ```
//!
//! `--build-time` also builds both minimal programs from nothing, which takes another minute. `mailer` is always
//! built in release mode first, so it does not matter how this program is built.

mod clean_build;
mod costs;
mod document;
mod packages;
mod page;
mod questions;
mod source_lines;
mod summary;
mod table;
mod tools;

use std::{env, fs, path::Path, process::ExitCode, time::Instant};

use document::Document;
use mailer_reports::{TextResult, ended, report, root};
use page::ResultsPage;
use questions::{Effort, Question, Run};

fn main() -> ExitCode {
    ended(write(&env::args().skip(1).collect::<Vec<_>>()))
}

fn write(arguments: &[String]) -> TextResult<()> {
    let known = ["--quick", "--build-time"];
    if let Some(unknown) = arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        return Err(format!("there is no option {unknown}, only {}", known.join(" and ")));
    }
    let is_given = |option: &str| arguments.iter().any(|argument| argument == option);
    let effort = if is_given("--quick") { Effort::QUICK } else { Effort::FULL };
    let started = Instant::now();
    let program = tools::build_mailer()?;
    let mut measured = Vec::new();
    for question in questions::questions(&effort) {
        measured.push(measure(&program, question)?);
    }
    let costs = costs::costs(&measured, is_given("--build-time"))?;
    let page = ResultsPage::new(&effort, page::facts(&measured)?, &measured, costs)?;
    let file = root().join(page::FILE);
    fs::write(&file, page.text()?).map_err(|error| format!("{}: {error}", page::FILE))?;
    report(&format!("{} is written, after {} s", page::FILE, started.elapsed().as_secs()));
    Ok(())
}

/// A question with the documents that answer it.
struct Measured {
    question: Question,
    documents: Vec<(Run, Document)>,
}

fn measure(program: &Path, mut question: Question) -> TextResult<Measured> {
    let mut documents = Vec::new();
    for run in question.runs.drain(..) {
        report(&run.command());
        let printed = tools::run(program, &run.arguments())?;
        documents.push((run, Document::parse(&printed)?));
    }
    Ok(Measured { question, documents })
}
