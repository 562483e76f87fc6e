//! The times and the memory of both backends with both libraries.

use mailer::TlsLibrary;
use mailer_bench::report::units::{bytes, time};
use mailer_reports::{TextResult, built, run};
use serde_json::Value;

/// A backend with a TLS library: a column of the page.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) backend: &'static str,
    pub(crate) library: TlsLibrary,
}

const fn column(backend: &'static str, library: TlsLibrary) -> Column {
    Column { backend, library }
}

pub(crate) const COLUMNS: [Column; 4] = [
    column("raw", TlsLibrary::NativeTls),
    column("raw", TlsLibrary::Rustls),
    column("lettre", TlsLibrary::NativeTls),
    column("lettre", TlsLibrary::Rustls),
];

/// What is measured, and the value in each column.
pub(crate) struct Measure {
    pub(crate) what: String,
    pub(crate) values: [String; COLUMNS.len()],
}

/// The workloads of `mailer bench`.
const WORKLOADS: [(&str, &[&str]); 6] = [
    (
        "handshake until ready for MAIL, sessions resumed if the library can",
        &["--workload=handshake"],
    ),
    ("handshake with --no-resumption", &["--workload=handshake", "--no-resumption"]),
    ("first message of a process, which builds a connector", &["--workload=cold-start"]),
    ("message of 1 KiB", &["--size=1K"]),
    ("message of 100 KiB", &["--size=100K"]),
    ("message of 10 MiB", &["--size=10M"]),
];

/// Returns the measures. A test measures little, with a build that is not optimised.
pub(crate) fn times(is_test: bool) -> TextResult<Vec<Measure>> {
    let profile: &[&str] = if is_test { &[] } else { &["--release"] };
    let mailer = built(&[&["build", "--package=mailer-cli"], profile].concat(), "mailer")?;
    let effort: &[&str] = match is_test {
        true => &["--messages=2", "--rounds=1", "--warm-up=0"],
        false => &["--duration=2", "--rounds=9"],
    };
    let both = ["--tls-library=native-tls", "--tls-library=rustls"];
    let backends = ["--backend=raw", "--backend=lettre"];
    let mut measures = Vec::new();
    for (what, options) in WORKLOADS {
        let arguments = [&["bench", "--json"][..], &backends, &both, effort, options].concat();
        let document: Value =
            serde_json::from_str(&run(&mailer, &arguments)?).map_err(|e| e.to_string())?;
        measures.push(of_document(what.to_owned(), &document, median_time)?);
        if what == WORKLOADS[0].0 {
            let what = "peak memory of its process".to_owned();
            measures.push(of_document(what, &document, peak_memory)?);
        }
    }
    Ok(measures)
}

fn of_document(
    what: String,
    document: &Value,
    value: fn(&Value) -> Option<String>,
) -> TextResult<Measure> {
    let mut values = [const { String::new() }; COLUMNS.len()];
    for (cell, column) in values.iter_mut().zip(COLUMNS) {
        let results = document["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        let result = results.iter().find(|result| {
            result["backend"] == column.backend && result["tls_library"] == column.library.name()
        });
        let missing =
            || format!("{what}: {} with {} has no result", column.backend, column.library);
        *cell = result.and_then(value).ok_or_else(missing)?;
    }
    Ok(Measure { what, values })
}

fn median_time(result: &Value) -> Option<String> {
    let text = time(result["time_ns"]["median"].as_f64()? / 1e9);
    let resumed = result["resumed"].as_f64().is_some_and(|share| share > 0.5);
    Some(if resumed { format!("{text}, resumed") } else { text })
}

fn peak_memory(result: &Value) -> Option<String> {
    result["peak_memory"].as_u64().map(bytes)
}
