//! Compares native-tls with rustls, and writes `docs/tls.md`.
//!
//! ```text
//! cargo run --release -p mailer-reports --example tls
//! cargo run -p mailer-reports --example tls -- --test    # a few messages, and no page
//! ```
//!
//! `mailer bench` measures both backends with both libraries, in turns. What a library costs a program is measured
//! with a small program of each, which is built from nothing.

mod measurement;
mod page;
mod small_program;

use std::{env, fs, process::ExitCode};

use mailer_reports::{TextResult, ended, report, root};

fn main() -> ExitCode {
    ended(run())
}

fn run() -> TextResult<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_test = match arguments.as_slice() {
        [] => false,
        [only] if only == "--test" => true,
        _ => return Err("the only option is --test".into()),
    };
    let times = measurement::times(is_test)?;
    report(&page::times_table(&times).aligned());
    if is_test {
        return Ok(());
    }
    let programs = small_program::costs()?;
    fs::write(root().join(page::FILE), page::text(&times, &programs)?)
        .map_err(|error| format!("{}: {error}", page::FILE))?;
    report(&format!("{} is written", page::FILE));
    Ok(())
}
