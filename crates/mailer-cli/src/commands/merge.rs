//! `mailer merge`: adds up the results of workers.

use std::path::PathBuf;

use clap::Args;
use mailer::Error;
use mailer_worker::{Merged, report, result::WorkerResult};

use crate::{
    exit::Status, options::optional_path, output, output_file::OutputFile, page_facts::page_facts,
};

/// Add up the results of workers
///
/// Each worker of a run writes a file (mailer worker --result). merge adds their histograms, which are finer than
/// the times in Locust's tables, and reports which workers ended early.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Read the results in these files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also write the report to FILE as a web page
    #[arg(long, value_name = "FILE", value_parser = optional_path())]
    html: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let workers = arguments.files.iter().map(|file| WorkerResult::read(file));
    let merged = Merged::new(workers.collect::<Result<_, _>>()?)?;
    let page = OutputFile::open("--html", arguments.html.as_deref())?;
    let notes = page_facts();
    let text = match arguments.json {
        true => output::json(&report::json::document(&merged, &notes)?)?,
        false => report::text::text(&merged, &notes, output::width()),
    };
    output::result(&text)?;
    if let Some(page) = page {
        page.write(report::html::html(&merged, &notes)?.as_bytes())?;
    }
    Ok(Status::OK)
}
