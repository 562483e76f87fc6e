//! Times raw's flows at real mail servers on this machine, beside `lockstep`, and writes `docs/servers.md`.
//!
//! ```text
//! cargo run --release -p mailer-reports --example servers             # starts each server of tests/servers in turn
//! cargo run --release -p mailer-reports --example servers -- --at 'haraka=smtp://127.0.0.1:2525?tls=none'
//! ```
//!
//! `--at NAME=URL` adds a server that runs already and accepts mail for any recipient; it may be repeated.
//! `--test` measures a few messages and writes nothing. A server that is not available here is left out, and
//! the program names the reason.

mod launched;
mod measurement;
mod page;

use std::{env, fs, process::ExitCode};

use launched::Launched;
use mailer::Server;
use mailer_reports::{TextResult, ended, report, root};
use measurement::{Effort, ServerTimes, Target, measure};

/// The launchers in `tests/servers`. `dovecot` is Postfix as well.
const LAUNCHERS: [&str; 4] = ["postfix", "exim", "opensmtpd", "aiosmtpd"];

fn main() -> ExitCode {
    ended(run())
}

fn run() -> TextResult<()> {
    let (mut named, mut effort) = (Vec::new(), Effort::FULL);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--test" => effort = Effort::TEST,
            "--at" => named.push(target(&arguments.next().unwrap_or_default())?),
            _ => return Err("the options are --at NAME=URL and --test".into()),
        }
    }
    let mut times = Vec::new();
    for name in LAUNCHERS {
        match Launched::start(name) {
            Ok(launched) => times.extend(measure_all(&launched.targets()?, effort)?),
            Err(reason) => report(&format!("{name} is left out: {reason}")),
        }
    }
    times.extend(measure_all(&named, effort)?);
    report(&page::table(&times).aligned());
    if effort == Effort::TEST {
        return Ok(());
    }
    fs::write(root().join(page::FILE), page::text(&times, effort)?)
        .map_err(|error| format!("{}: {error}", page::FILE))?;
    report(&format!("{} is written", page::FILE));
    Ok(())
}

fn measure_all(targets: &[Target], effort: Effort) -> TextResult<Vec<ServerTimes>> {
    targets.iter().map(|target| measure(target, effort)).collect()
}

fn target(argument: &str) -> TextResult<Target> {
    let (name, url) = argument.split_once('=').ok_or("--at needs NAME=URL")?;
    let server: Server = url.parse().map_err(|error: mailer::Error| error.to_string())?;
    Ok(Target { name: name.to_owned(), server, recipient: "bob@example.test".to_owned() })
}
