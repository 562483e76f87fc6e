//! The times and the memory of both backends with both libraries.

use mailer::TlsLibrary;
use mailer_bench::report::units::{bytes, time};
use mailer_reports::{TextResult, built, run};
use serde_json::Value;

/// A backend with a TLS library: a column of the page.
#[derive(Clone, Copy, Debug)]
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

/// What is measured, and the figure in each column.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    pub(crate) what: &'static str,
    pub(crate) figures: [Figure; COLUMNS.len()],
}

/// A figure, and how the page shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figure {
    /// In seconds or bytes.
    pub(crate) amount: f64,
    pub(crate) text: String,
}

impl Figure {
    pub(crate) fn time(seconds: f64) -> Self {
        Self { amount: seconds, text: time(seconds) }
    }
}

pub(crate) const HANDSHAKE: &str =
    "handshake until ready for MAIL, sessions resumed if the library can";
pub(crate) const FIRST_MESSAGE: &str = "first message of a process, which builds a connector";

/// The workloads of `mailer bench`.
const WORKLOADS: [(&str, &[&str]); 6] = [
    (HANDSHAKE, &["--workload=handshake"]),
    ("handshake with --no-resumption", &["--workload=handshake", "--no-resumption"]),
    (FIRST_MESSAGE, &["--workload=cold-start"]),
    ("message of 1 KiB", &["--size=1K"]),
    ("message of 100 KiB", &["--size=100K"]),
    ("message of 10 MiB", &["--size=10M"]),
];

/// Builds the command `mailer`. A test builds it without optimisation.
pub(crate) fn mailer(is_test: bool) -> TextResult<std::path::PathBuf> {
    let profile: &[&str] = if is_test { &[] } else { &["--release"] };
    built(&[&["build", "--package=mailer-cli"], profile].concat(), "mailer")
}

/// Returns what `mailer bench` measures. A test measures little.
pub(crate) fn workloads(mailer: &std::path::Path, is_test: bool) -> TextResult<Vec<Measure>> {
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
            serde_json::from_str(&run(mailer, &arguments)?).map_err(|e| e.to_string())?;
        measures.push(of_document(what, &document, median_time)?);
        if what == HANDSHAKE {
            let what = "peak memory of its process, in the handshake run";
            measures.push(of_document(what, &document, peak_memory)?);
        }
    }
    Ok(measures)
}

fn of_document(
    what: &'static str,
    document: &Value,
    figure: fn(&Value) -> Option<Figure>,
) -> TextResult<Measure> {
    let mut figures = [const { None }; COLUMNS.len()];
    for (cell, column) in figures.iter_mut().zip(COLUMNS) {
        let results = document["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        let result = results.iter().find(|result| {
            result["backend"] == column.backend && result["tls_library"] == column.library.name()
        });
        let missing =
            || format!("{what}: {} with {} has no result", column.backend, column.library);
        *cell = Some(result.and_then(figure).ok_or_else(missing)?);
    }
    Ok(Measure { what, figures: figures.map(Option::unwrap_or_default) })
}

fn median_time(result: &Value) -> Option<Figure> {
    let mut figure = Figure::time(result["time_ns"]["median"].as_f64()? / 1e9);
    if result["resumed"].as_f64().is_some_and(|share| share > 0.5) {
        figure.text += ", resumed";
    }
    Some(figure)
}

fn peak_memory(result: &Value) -> Option<Figure> {
    let peak = result["peak_memory"].as_u64()?;
    Some(Figure { amount: peak as f64, text: bytes(peak) })
}
