//! Interoperability: every backend against real servers, and third-party clients against `mailer serve`.
//!
//! A trial whose server or client is missing on a machine is reported as ignored, with the reason; see
//! [`mailer_tests::require`].

mod capture;
mod clients;
mod jupyter;
mod launchers;
mod locust;
mod python;
mod real_server;
mod serve;
mod with;

use std::process::ExitCode;

use libtest_mimic::Arguments;
use mailer_tests::{child, require, wait};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![require::trial()];
    trials.extend(launchers::trials());
    trials.extend(real_server::trials());
    trials.extend(python::trials());
    trials.extend(jupyter::trials());
    trials.extend(locust::trials());
    trials.extend(clients::trials());
    trials.extend(capture::trials());
    // `exit()` would not run the destructors that stop servers.
    libtest_mimic::run(&arguments, trials).exit_code()
}
