//! What each backend costs besides time.

use std::{collections::BTreeSet, fs, time::Duration};

use mailer_bench::report::units::{bytes, time};
use mailer_reports::{MarkdownTable, root};

use crate::{
    Measured, TextResult, clean_build,
    packages::{self, Package, Sources},
    source_lines, tools,
};

/// A backend, and the minimal program that uses it.
struct Minimal {
    library: &'static str,
    /// The program, and the package that it is an example of.
    example: &'static str,
    package: &'static str,
    /// What its URLs have for no TLS.
    no_tls: &'static str,
    /// The packages that the program depends on directly.
    uses: &'static [&'static str],
    /// The packages of the library itself. All others are its dependencies.
    own: &'static [&'static str],
}

const RAW: Minimal = Minimal {
    library: "mailer-raw",
    package: "mailer-raw",
    example: "minimal_raw",
    no_tls: "?tls=none",
    uses: &["mailer", "mailer-raw"],
    own: &["mailer", "mailer-protocol", "mailer-raw"],
};
const LETTRE: Minimal = Minimal {
    library: "lettre",
    package: "mailer-lettre",
    example: "minimal_lettre",
    no_tls: "",
    uses: &["lettre"],
    own: &["lettre"],
};

pub(crate) const COLUMNS: [&str; 3] = ["cost", "raw", "lettre"];

/// Returns a table with a row for each cost.
pub(crate) fn costs(measured: &[Measured], with_build_time: bool) -> TextResult<MarkdownTable> {
    let sources = Sources::find()?;
    let (raw, lettre) =
        (costs_of(&RAW, &sources, with_build_time)?, costs_of(&LETTRE, &sources, with_build_time)?);
    let [raw_memory, lettre_memory] = ["raw", "lettre"].map(|name| memory(measured, name));
    let row = |what: &str, raw: String, lettre: String| vec![what.to_owned(), raw, lettre];
    let rows = raw.into_iter().zip(lettre).map(|((what, raw), (_, lettre))| row(what, raw, lettre));
    let memory = row("peak memory of a process, in the cold start", raw_memory, lettre_memory);
    Ok(MarkdownTable::new(COLUMNS, rows.chain([memory]).collect()))
}

fn costs_of(
    minimal: &Minimal,
    sources: &Sources,
    with_build_time: bool,
) -> TextResult<Vec<(&'static str, String)>> {
    let source = root().join(format!("crates/{}/examples/{}.rs", minimal.package, minimal.example));
    let in_program = packages::in_program(minimal.library)?;
    let to_build = packages::to_build(minimal.library)?;
    let dependencies = |all: &BTreeSet<Package>| {
        all.iter().filter(|(name, _)| !minimal.own.contains(&name.as_str())).count().to_string()
    };
    let (mut own, mut other) = (0, 0);
    for package in &in_program {
        let lines = sources.lines(package)?;
        let sum = if minimal.own.contains(&package.0.as_str()) { &mut own } else { &mut other };
        *sum += lines;
    }
    let program = tools::build_stripped(minimal.package, minimal.example)?;
    let size = fs::metadata(&program).map_err(|error| error.to_string())?.len();
    let calls = tools::system_calls(&program, minimal.no_tls)?;
    let build_time = || clean_build::build_time(&source, minimal.uses, sources);
    let build_time = with_build_time.then(build_time).transpose()?;
    let format = |took: Duration| time(took.as_secs_f64());
    Ok(vec![
        ("lines that a user writes", source_lines::of_file(&source)?.to_string()),
        ("lines of the library", own.to_string()),
        ("lines of its dependencies", other.to_string()),
        ("dependencies in the program", dependencies(&in_program)),
        ("dependencies to build it", dependencies(&to_build)),
        ("size of the program, stripped", bytes(size)),
        ("system calls, for one message without TLS", calls),
        (
            "time to build the program from nothing",
            build_time.map_or("not measured".into(), format),
        ),
    ])
}

/// Returns the peak memory of this backend's process when it sent one message and nothing else.
fn memory(measured: &[Measured], name: &str) -> String {
    let mut documents = measured.iter().flat_map(|measured| &measured.documents);
    let cold = documents.find(|(_, document)| document.plan.workload == "cold-start");
    // A flow may follow the name.
    let is_it = |label: &str| label.split(' ').next() == Some(name);
    let contender = cold.and_then(|(_, document)| document.results.iter().find(|c| is_it(&c.name)));
    contender.and_then(|contender| contender.peak_memory).map_or_else(|| "-".to_owned(), bytes)
}
