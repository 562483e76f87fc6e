//! Compares native-tls with rustls, and writes `docs/tls.md`.
//!
//! ```text
//! cargo run --release -p mailer-reports --example tls
//! cargo run -p mailer-reports --example tls -- --test    # a few messages, and no page
//! ```
//!
//! `mailer bench` measures both backends with both libraries, in turns. The time to build a connector, the size of
//! batches and the memory for a large file are measured by this program, and what a library costs a program with a
//! small program of each, which is built from nothing.

mod batches;
mod connectors;
mod measurement;
mod memory;
mod page;
mod small_program;

use std::{env, fs, process::ExitCode, thread};

use mailer_bench::cores::{Cores, pin};
use mailer_reports::{TextResult, ended, report, root};

use batches::SERVE;
use connectors::CONNECTOR;
use page::Figures;

fn main() -> ExitCode {
    ended(run())
}

fn run() -> TextResult<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_test = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--test"] => true,
        [SERVE] => return batches::serve(),
        [CONNECTOR, backend, library] => return connectors::build(backend, library),
        _ => return Err("the only option is --test".into()),
    };
    let figures = measure(is_test)?;
    report(&page::tables(&figures));
    if is_test {
        return Ok(());
    }
    let programs = small_program::costs()?;
    fs::write(root().join(page::FILE), page::text(&figures, &programs)?)
        .map_err(|error| format!("{}: {error}", page::FILE))?;
    report(&format!("{} is written", page::FILE));
    Ok(())
}

fn measure(is_test: bool) -> TextResult<Figures> {
    let mailer = measurement::mailer(is_test)?;
    let mut times = measurement::workloads(&mailer, is_test)?;
    times.extend(on_client_core(|_| connectors::measures(is_test))?);
    let batches = on_client_core(|cores| batches::measure(is_test, cores))?;
    let peaks = memory::measure(&mailer, is_test)?;
    Ok(Figures { times, batches, peaks })
}

/// Runs this on a thread that stays on the client's core. What this program starts afterwards may use every core.
fn on_client_core<T: Send>(work: impl FnOnce(&Cores) -> TextResult<T> + Send) -> TextResult<T> {
    let cores = Cores::one_each();
    thread::scope(|scope| {
        let pinned = || {
            pin(&cores.client);
            work(&cores)
        };
        scope.spawn(pinned).join().map_err(|_| "a measurement panicked")?
    })
}
