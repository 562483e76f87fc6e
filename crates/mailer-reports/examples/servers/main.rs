//! Times raw's flows at real mail servers on this machine, beside `lockstep`, and writes `docs/servers.md`.
//!
//! ```text
//! cargo run --release -p mailer-reports --example servers             # starts each server of tests/servers in turn
//! cargo run --release -p mailer-reports --example servers -- --at 'haraka=smtp://127.0.0.1:2525?tls=none'
//! ```
//!
//! | option | |
//! | --- | --- |
//! | `--at NAME=URL` | also measures a server that runs already, and accepts messages for `bob@example.test`; may be repeated |
//! | `--ca FILE` | the CA to trust at the servers of `--at`, in PEM |
//! | `--yes` | the owner of a server of `--at` that is beyond loopback agrees |
//! | `--test` | measures a few messages, and writes nothing |
//!
//! A server that is not available on this machine is left out, and the program names the reason. If `MAILER_REQUIRE`
//! names the server, that is an error, as in `tests/interop`.

mod arguments;
mod measurement;
mod page;

use std::{env, fs, process::ExitCode};

use arguments::Arguments;
use mailer::Security;
use mailer_reports::{TextResult, ended, report, root};
use mailer_tests::launched_server::LaunchedServer;
use measurement::{Effort, ServerTimes, Target, measure};

/// The launchers in `tests/servers`. `dovecot` is Postfix as well.
const LAUNCHERS: [&str; 5] = ["postfix", "exim", "sendmail", "opensmtpd", "aiosmtpd"];

/// The result of a run.
struct Run {
    times: Vec<ServerTimes>,
    /// The launchers whose server is not available on this machine.
    left_out: Vec<&'static str>,
    /// The command as the page shows it.
    command: String,
}

fn main() -> ExitCode {
    ended(run())
}

fn run() -> TextResult<()> {
    let Arguments { targets, effort, command } = Arguments::parse(env::args().skip(1))?;
    let mut run = Run { times: Vec::new(), left_out: Vec::new(), command };
    for name in LAUNCHERS {
        match LaunchedServer::start(name, None) {
            Ok(launched) => {
                run.times.extend(measure_all(&launched_targets(name, &launched)?, effort)?);
            }
            Err(missing) => {
                report(&missing.excuse(name)?);
                run.left_out.push(name);
            }
        }
    }
    run.times.extend(measure_all(&targets, effort)?);
    if run.times.is_empty() {
        let nothing = "there is no server to measure at";
        return match effort {
            Effort::TEST => {
                report(nothing);
                Ok(())
            }
            _ => Err(nothing.into()),
        };
    }
    report(&page::times_table(&run.times).aligned());
    report(&page::announcements_table(&run.times).aligned());
    if effort == Effort::TEST {
        return Ok(());
    }
    fs::write(root().join(page::FILE), page::text(&run)?)
        .map_err(|error| format!("{}: {error}", page::FILE))?;
    report(&format!("{} is written", page::FILE));
    Ok(())
}

fn measure_all(targets: &[Target], effort: Effort) -> TextResult<Vec<ServerTimes>> {
    targets.iter().map(|target| measure(target, effort)).collect()
}

/// Returns the server without TLS, and with TLS from the first byte and a login.
fn launched_targets(name: &str, launched: &LaunchedServer) -> TextResult<Vec<Target>> {
    let target = |(name, security)| {
        let server = launched.server(security)?;
        Ok(Target { name, server, recipient: launched.fact("RCPT")?.to_owned() })
    };
    let targets = [(name.to_owned(), Security::None), (format!("{name}, TLS"), Security::Implicit)];
    targets.into_iter().map(target).collect()
}
