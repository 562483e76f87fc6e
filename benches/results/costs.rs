//! What each side costs beyond time.

use std::{collections::BTreeSet, fs, time::Duration};

use mailer_bench::report::units::{octets, time};
use mailer_benches::table::Table;

use crate::{
    Measured, Outcome, from_nothing, lines,
    packages::{self, Package, Sources},
    root, tools,
};

/// One of the two sides.
struct Side {
    library: &'static str,
    /// The program that is built, and the member that it is an example of.
    example: &'static str,
    package: &'static str,
    /// How its URLs say that there is no TLS.
    in_the_clear: &'static str,
    /// The packages that the program names.
    uses: &'static [&'static str],
    /// The packages that are its own; others' are what it depends on.
    own: &'static [&'static str],
}

const RAW: Side = Side {
    library: "mailer-raw",
    package: "mailer-raw",
    example: "minimal_raw",
    in_the_clear: "?tls=none",
    uses: &["mailer", "mailer-raw"],
    own: &["mailer", "mailer-protocol", "mailer-raw"],
};
const LETTRE: Side = Side {
    library: "lettre",
    package: "mailer-lettre",
    example: "minimal_lettre",
    in_the_clear: "",
    uses: &["lettre"],
    own: &["lettre"],
};

pub(crate) const COLUMNS: [&str; 3] = ["what", "raw", "lettre"];

/// The table of both, a cost a row.
pub(crate) fn costs(measured: &[Measured], with_build_time: bool) -> Outcome<Table> {
    let sources = Sources::find()?;
    let (raw, lettre) =
        (side(&RAW, &sources, with_build_time)?, side(&LETTRE, &sources, with_build_time)?);
    let [raw_memory, lettre_memory] = ["raw", "lettre"].map(|name| memory(measured, name));
    let row = |what: &str, raw: String, lettre: String| vec![what.to_owned(), raw, lettre];
    let rows = raw.into_iter().zip(lettre).map(|((what, raw), (_, lettre))| row(what, raw, lettre));
    let memory = row("most memory of a process, in the cold start", raw_memory, lettre_memory);
    Ok(Table::new(COLUMNS, rows.chain([memory]).collect()))
}

fn side(
    side: &Side,
    sources: &Sources,
    with_build_time: bool,
) -> Outcome<Vec<(&'static str, String)>> {
    let source = root().join(format!("crates/{}/examples/{}.rs", side.package, side.example));
    let in_program = packages::in_program(side.library)?;
    let to_build = packages::to_build(side.library)?;
    let of_others = |all: &BTreeSet<Package>| {
        all.iter().filter(|(name, _)| !side.own.contains(&name.as_str())).count().to_string()
    };
    let (mut own, mut others) = (0, 0);
    for package in &in_program {
        let lines = sources.lines(package)?;
        let sum = if side.own.contains(&package.0.as_str()) { &mut own } else { &mut others };
        *sum += lines;
    }
    let program = tools::build_stripped(side.package, side.example)?;
    let size = fs::metadata(&program).map_err(|error| error.to_string())?.len();
    let calls = tools::system_calls(&program, side.in_the_clear)?;
    let build_time = || from_nothing::build_time(&source, side.uses, sources);
    let build_time = with_build_time.then(build_time).transpose()?;
    let said = |took: Duration| time(took.as_secs_f64());
    Ok(vec![
        ("lines that a user writes", lines::of_file(&source)?.to_string()),
        ("lines behind them", own.to_string()),
        ("lines of what that depends on", others.to_string()),
        ("packages of others in the program", of_others(&in_program)),
        ("packages of others to build it", of_others(&to_build)),
        ("the program, stripped", octets(size)),
        ("system calls of it, for one mail in the clear", calls),
        ("to build it from nothing", build_time.map_or("not measured".into(), said)),
    ])
}

/// The most memory that this backend's process had when it sent one mail and nothing else.
fn memory(measured: &[Measured], name: &str) -> String {
    let mut documents = measured.iter().flat_map(|measured| &measured.documents);
    let cold = documents.find(|(_, document)| document.plan.workload == "cold-start");
    // Without the name of the flow that may follow.
    let is_it = |label: &str| label.split(' ').next() == Some(name);
    let contender = cold.and_then(|(_, document)| document.results.iter().find(|c| is_it(&c.name)));
    contender.and_then(|contender| contender.memory).map_or_else(|| "-".to_owned(), octets)
}
