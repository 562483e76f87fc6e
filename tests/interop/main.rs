//! Servers and clients that nobody here wrote: every backend against real servers, other people's
//! clients against `mailer serve`.
//!
//! What a trial needs may be missing on a machine. It is then reported as ignored, with the reason;
//! see [`mailer_tests::require`].

mod capture;
mod child;
mod clients;
mod launchers;
mod python;
mod real_server;
mod serve;
mod wait;
mod with;

use std::process::ExitCode;

use libtest_mimic::Arguments;
use mailer_tests::require;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![require::trial()];
    trials.extend(launchers::trials());
    trials.extend(real_server::trials());
    trials.extend(python::trials());
    trials.extend(clients::trials());
    trials.extend(capture::trials());
    // Not `exit()`, which runs no destructors: they stop what trials have started.
    libtest_mimic::run(&arguments, trials).exit_code()
}
