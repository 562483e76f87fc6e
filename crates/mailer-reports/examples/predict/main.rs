//! Compares the predicted time of a session over a long path with its measured time, over the link and over the
//! kernel's own TCP, and writes `docs/prediction.md`.
//!
//! ```text
//! cargo run --release -p mailer-reports --example predict             # about six minutes
//! cargo run -p mailer-reports --example predict -- --test             # seconds; writes nothing
//! ```
//!
//! The prediction is that of the page of `mailer compare --html`: the local work of a recorded session, and the RTT
//! for each of its round trips and stalls. The path through the kernel is that of the example `link`: if the system
//! forbids network namespaces, the program reports that and measures over the link only. The page then says so.

mod measurement;
mod page;

use std::{env, fs, process::ExitCode};

use mailer_reports::{TextResult, ended, failed, report, root, tunnel::Tunnel};
use measurement::{Effort, measure};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let is_test = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--test"] => true,
        _ => return failed("the only option is --test"),
    };
    // Before any thread is started.
    let tunnel = Tunnel::open();
    if let Err(why) = &tunnel {
        report(&format!("the predictions are not checked against the kernel's path: {why}"));
    }
    ended(run(is_test, tunnel.as_ref().ok()))
}

fn run(is_test: bool, tunnel: Option<&Tunnel>) -> TextResult<()> {
    let effort = if is_test { Effort::TEST } else { Effort::FULL };
    let sessions = measure(&effort, tunnel).map_err(|error| error.to_string())?;
    report(&page::table(&sessions, &effort).aligned());
    if is_test {
        return Ok(());
    }
    let text = page::text(&sessions, &effort)?;
    fs::write(root().join(page::FILE), text).map_err(|error| format!("{}: {error}", page::FILE))?;
    report(&format!("{} is written", page::FILE));
    Ok(())
}
