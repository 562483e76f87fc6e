//! Compares contenders with their floors: all of them take turns in one run, and client and server run in
//! a process and on a core each.
//!
//! ```text
//! cargo bench -p mailer-benches --bench ratios -- [--rounds N] [--one-core] [--sink] [CASE] [CONTENDER]
//! ```
//!
//! With `--sink` the server is a [`Sink`](mailer_server::Sink), which needs less time than the embedded server, so that
//! it limits no client, but checks no content. It has no AUTH, so handshakes are measured with the embedded server only.
//!
//! Both names may be parts of names: `"1 KiB plain" streamed`. With `--one-core` client and server share a
//! core, so that a rate shows the sum of their work. The last column is the CPU time of the client per run,
//! kernel included. On a busy machine it is the column that remains meaningful.

mod arguments;

use std::{
    env,
    io::{self, Write},
    process::{Command, ExitCode},
};

use arguments::Arguments;
use mailer::{Error, Kind};
use mailer_bench::{
    cores::{Cores, pin},
    floor::{self, BARE, NOTHING, Shape},
    in_process::Case,
    interleave::{Entry, EntryResult, interleave},
    server_process::{self, ServerKind},
    statistics::Quartiles,
    test_server::TestServer,
    workload::Workload,
};
use mailer_benches::contenders;
use mailer_lab::Contender;

/// The argument that makes this program the server's process.
const SERVE: &str = "serve";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [serve] if serve == SERVE => {
            let served = server_process::serve(io::stdin().lock(), io::stdout().lock());
            served.map_err(|error| describe(&error))
        }
        _ => Arguments::parse(&arguments).and_then(|arguments| measure(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // If stderr is closed, the exit status still reports the failure.
            let _ = writeln!(io::stderr(), "{problem}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), String> {
    let mut cores = Cores::one_each();
    if arguments.one_core {
        cores.server.clone_from(&cores.client);
    }
    let is_pinned = pin(&cores.client);
    print(&format!("{} rounds; {}\n", arguments.rounds, describe_cores(&cores, is_pinned)));
    let handshakes = Case::STANDARD.iter().filter(|case| case.message_size().is_none());
    let mut is_any_measured = false;
    for &case in handshakes.chain(Case::SIZES) {
        let title = format!("{}/{}", case.workload(), case.name());
        let is_small = case.message_size().is_none_or(|size| size <= arguments.max_size);
        if is_small && title.contains(&arguments.case) {
            for server in arguments.servers.iter().filter(|it| it.can_check(case.workload())) {
                measure_case(*server, case, &title, arguments, &cores)?;
                is_any_measured = true;
            }
        }
    }
    if !is_any_measured {
        let case = &arguments.case;
        return Err(format!(
            "no case has {case:?} in its name (and with --sink, none is a handshake)"
        ));
    }
    Ok(())
}

fn describe_cores(Cores { client, server }: &Cores, is_pinned: bool) -> String {
    if !is_pinned {
        return "client and server are not pinned".into();
    }
    format!("client on core {client:?}, server on core {server:?}")
}

fn measure_case(
    server: ServerKind,
    case: Case,
    title: &str,
    arguments: &Arguments,
    cores: &Cores,
) -> Result<(), String> {
    let mut entries = entries(server, case, title, arguments, cores)?;
    let results = interleave(&mut entries, arguments.rounds, arguments.batch)
        .map_err(|(name, error)| failed(title, &name, &error))?;
    print(&table(title, case, &results));
    Ok(())
}

/// Sets up the requested contenders and their floors.
fn entries(
    server: ServerKind,
    case: Case,
    title: &str,
    arguments: &Arguments,
    cores: &Cores,
) -> Result<Vec<Entry>, String> {
    let all = contenders(case);
    let is_requested = |contender: &&Contender| contender.label().contains(&arguments.contender);
    let floors: Vec<String> =
        all.iter().filter(is_requested).filter_map(|contender| floor_of(case, contender)).collect();
    let mut entries = Vec::new();
    for contender in all.iter().filter(|it| is_requested(it) || floors.contains(&it.label())) {
        let (name, baseline) = (contender.label(), floor_of(case, contender));
        let started = start_server(server, case, cores);
        let measured = started.and_then(|server| case.set_up_at(server, contender));
        let measured = measured.map_err(|error| failed(title, &name, &error))?;
        entries.push(Entry { name, baseline, measured });
    }
    Ok(entries)
}

/// Returns the label of the contender's floor: the bare exchange in the same flow, or in lockstep for
/// handshakes and for contenders without flows; `None` for a floor.
fn floor_of(case: Case, contender: &Contender) -> Option<String> {
    if [NOTHING, BARE].contains(&contender.name.as_str()) {
        return None;
    }
    let flow = contender.flow.as_deref().filter(|_| case.workload() != Workload::Handshake);
    let shape = Shape::ALL.iter().copied().find(|shape| Some(shape.name()) == flow);
    Some(floor::bare(shape.unwrap_or(Shape::Lockstep)).label())
}

/// Starts the server in a process of its own: this program again.
fn start_server(kind: ServerKind, case: Case, cores: &Cores) -> Result<TestServer, Error> {
    let unknown = |cause| Error::new(Kind::Internal, "cannot find this program").with_cause(cause);
    let mut command = Command::new(env::current_exe().map_err(unknown)?);
    command.arg(SERVE);
    TestServer::subprocess(kind, command, case.security(), &cores.server)
}

fn failed(title: &str, name: &str, error: &Error) -> String {
    format!("{title}, {name}: {}", describe(error))
}

fn describe(error: &Error) -> String {
    format!("{error} {}", error.cause().unwrap_or_default())
}

fn table(title: &str, case: Case, results: &[EntryResult]) -> String {
    let unit = format!("{}s/s", case.workload().unit());
    let mut table = format!(
        "\n{title}\n{:<18}{unit:>13}  {:<19}{:<24}{:>9}\n",
        "", "quartiles", "of its floor", "CPU µs"
    );
    for result in results {
        let Quartiles { lower, median, upper } = result.rate;
        let quartiles = format!("{lower:.0} .. {upper:.0}");
        let ratio = result.ratio.map_or_else(String::new, percent);
        let cpu = result.cpu.map_or_else(String::new, |cpu| format!("{:.1}", cpu.median));
        table +=
            &format!("{:<18}{median:>13.0}  {quartiles:<19}{ratio:<24}{cpu:>9}\n", result.name);
    }
    table
}

fn percent(Quartiles { lower, median, upper }: Quartiles) -> String {
    let [lower, median, upper] = [lower, median, upper].map(|ratio| ratio * 100.0);
    format!("{median:>5.1}% ({lower:.1} .. {upper:.1})")
}

/// Prints to stdout. A closed pipe is not an error.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
