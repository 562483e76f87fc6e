//! How long each backend takes to build a connector with each library.
//!
//! A backend may keep its connector for the whole process, so every connector is built in a process of its own: this
//! program again. The clock runs around [`Backend::make`](mailer_backends::Backend::make), as for `setup_us` of
//! `mailer compare --json`.

use std::{
    env, fs,
    io::{self, Write as _},
    path::Path,
    process::Command,
    time::Instant,
};

use mailer::{Error, Security, Server};
use mailer_backends::{Options, find};
use mailer_bench::{rotation::rotation, statistics::Quartiles, test_server::TestServer};
use mailer_reports::TextResult;

use crate::measurement::{COLUMNS, Column, Figure, Measure};

/// The first argument of a process that builds a connector.
pub(crate) const CONNECTOR: &str = "connector";

pub(crate) const WITH_SYSTEM: &str = "building a connector, with the system's certificates";
pub(crate) const WITH_ONE_CA: &str = "building a connector, with one CA instead of them";

/// Builds a connector of this backend with this library, and prints the nanoseconds that it took.
pub(crate) fn build(backend: &str, library: &str) -> TextResult<()> {
    let text = |error: Error| error.to_string();
    let backend = find(backend).map_err(text)?;
    let library = library.parse().map_err(|_| format!("{library} is no TLS library"))?;
    let mut server = Server::new("localhost".parse().map_err(text)?, 25, Security::Required);
    server.tls_library = library;
    let started = Instant::now();
    let mailer = backend.make(&server, &Options::default()).map_err(text)?;
    let took = started.elapsed();
    drop(mailer);
    writeln!(io::stdout(), "{}", took.as_nanos()).map_err(|error| error.to_string())
}

/// Lets the columns take turns, and returns their medians.
pub(crate) fn measures(is_test: bool) -> TextResult<[Measure; 2]> {
    let rounds = if is_test { 1 } else { 31 };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let ca = folder.path().join("ca.pem");
    let server = TestServer::in_process(Security::Required).map_err(|error| error.to_string())?;
    let pem: Vec<&str> = server.server.trust.added().collect();
    fs::write(&ca, pem.concat()).map_err(|error| error.to_string())?;
    let one = measure(WITH_ONE_CA, rounds, Some(&ca))?;
    Ok([measure(WITH_SYSTEM, rounds, None)?, one])
}

fn measure(what: &'static str, rounds: usize, ca: Option<&Path>) -> TextResult<Measure> {
    let mut seconds = [const { Vec::new() }; COLUMNS.len()];
    for round in 0..rounds {
        for index in rotation(COLUMNS.len(), round) {
            if let Some((column, seconds)) = COLUMNS.get(index).zip(seconds.get_mut(index)) {
                seconds.push(run(column, ca)?);
            }
        }
    }
    let median = |seconds: Vec<f64>| Quartiles::new(&seconds).map(|it| Figure::time(it.median));
    Ok(Measure { what, figures: seconds.map(|it| median(it).unwrap_or_default()) })
}

/// Returns the seconds that a connector took in a process of its own.
fn run(column: &Column, ca: Option<&Path>) -> TextResult<f64> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args([CONNECTOR, column.backend, column.library.name()]);
    if let Some(ca) = ca {
        // Both libraries read these variables instead of the system's files.
        command.env("SSL_CERT_FILE", ca).env("SSL_CERT_DIR", ca.with_file_name("none"));
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let nanoseconds: u64 = text
        .trim()
        .parse()
        .map_err(|_| format!("{column:?}: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(nanoseconds as f64 / 1e9)
}
