//! How contenders compare with their floors: everybody in turns in one run, client and server each
//! in a process and on a core of its own.
//!
//! ```text
//! cargo bench -p mailer-benches --bench ratios -- [--rounds N] [--one-core] [--server ADDRESS:PORT] [WORKLOAD] [CONTENDER]
//! ```
//!
//! The two names are parts of names: `"1 KiB plain" streamed`. With `--one-core` both sides share a
//! core: then a figure is the sum of both sides' work. The last column is the time that the client
//! was on its core for each run, kernel included: where a machine is busy, that is what still says
//! something.
//!
//! `--server` measures on a server that is not ours, such as Postfix's smtp-sink, and takes other
//! programs in too, where they are; it must take mails in the clear and without a login, and what it
//! stores is not checked:
//!
//! ```text
//! taskset -c 1 smtp-sink -u nobody 127.0.0.1:2525 100
//! ```

mod arguments;
mod programs;

use std::{
    env,
    io::{self, Write},
    net::SocketAddr,
    process::{Command, ExitCode},
};

use arguments::Arguments;
use mailer::{Error, Security, Server};
use mailer_benches::contenders;
use mailer_lab::{
    Contender,
    cores::{Cores, pin},
    floor,
    interleave::{Entry, Line, interleave},
    site::{self, Site},
    statistics::Quartiles,
    workload::Workload,
};
use programs::{PROGRAMS, Program};

/// What the server's process is told to be, before its core and what a site adds.
const SERVE: &str = "serve-apart";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [serve, core, rest @ ..] if serve == SERVE => serve_apart(core, rest),
        _ => Arguments::read(&arguments).and_then(|arguments| measure(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            // Nobody is left to tell if this cannot be written.
            let _ = writeln!(io::stderr(), "{what}");
            ExitCode::FAILURE
        }
    }
}

/// The server's process.
fn serve_apart(core: &str, rest: &[String]) -> Result<(), String> {
    if let Ok(core) = core.parse() {
        // What cannot be pinned is measured as it is, and the client says so.
        let _ = pin(&[core]);
    }
    site::serve(rest).map_err(|error| in_words(&error))
}

fn measure(arguments: &Arguments) -> Result<(), String> {
    let cores = Cores::of_this_process().map(|cores| match arguments.one_core {
        true => Cores { server: cores.client, ..cores },
        false => cores,
    });
    let pinned = cores.is_some_and(|cores| pin(&[cores.client]));
    say(&format!("{} rounds; {}\n", arguments.rounds, where_they_run(cores.filter(|_| pinned))));
    let handshakes = Workload::ALL.into_iter().filter(|workload| workload.octets().is_none());
    for workload in handshakes.chain(Workload::SIZES) {
        let title = format!("{}/{}", workload.group(), workload.name());
        let is_small = workload.octets().is_none_or(|octets| octets <= arguments.most);
        let is_possible = arguments.server.is_none() || workload.security() == Security::None;
        if is_small && is_possible && title.contains(&arguments.workload) {
            measure_one(workload, &title, arguments, cores)?;
        }
    }
    Ok(())
}

fn where_they_run(cores: Option<Cores>) -> String {
    match cores {
        None => "client and server run where the system puts them".into(),
        Some(Cores { client, server }) if client == server => {
            format!("client and server on core {client}")
        }
        Some(Cores { client, server }) => format!("client on core {client}, server on {server}"),
    }
}

fn measure_one(
    workload: Workload,
    title: &str,
    arguments: &Arguments,
    cores: Option<Cores>,
) -> Result<(), String> {
    let mut entries = of_ours(workload, title, arguments, cores)?;
    if let Some(addr) = arguments.server {
        entries.extend(of_others(workload, title, addr)?);
    }
    let lines = interleave(&mut entries, arguments.rounds, arguments.batch)
        .map_err(|(name, error)| failed(title, &name, &error))?;
    say(&table(title, workload, &lines));
    Ok(())
}

/// The contenders that are wanted, and their floors.
fn of_ours(
    workload: Workload,
    title: &str,
    arguments: &Arguments,
    cores: Option<Cores>,
) -> Result<Vec<Entry>, String> {
    let all = contenders(workload);
    let is_wanted = |contender: &Contender| contender.name.contains(&arguments.contender);
    let wanted = || all.iter().filter(|contender| is_wanted(contender));
    let bases: Vec<_> = wanted().filter_map(|contender| base(workload, contender)).collect();
    let mut entries = Vec::new();
    for contender in all.iter().filter(|it| is_wanted(it) || bases.contains(&it.name)) {
        let (name, base) = (contender.name.clone(), base(workload, contender));
        let site = match arguments.server {
            None => apart(workload, cores),
            Some(addr) => elsewhere(addr),
        };
        match site.and_then(|site| workload.set_up_at(site, contender)) {
            Ok(measured) => entries.push(Entry { name, base, measured }),
            // Not every server takes all that a floor says unasked.
            Err(error) if arguments.server.is_some() => {
                say(&format!("left out: {}", failed(title, &name, &error)));
            }
            Err(error) => return Err(failed(title, &name, &error)),
        }
    }
    Ok(entries)
}

/// The programs that this machine has.
fn of_others(workload: Workload, title: &str, addr: SocketAddr) -> Result<Vec<Entry>, String> {
    let Workload::Throughput { octets, .. } = workload else { return Ok(Vec::new()) };
    let entry = |program: &'static Program| {
        let (name, base) = (program.name.to_owned(), Some("bare-lockstep".into()));
        let measured = program.set_up(addr, octets);
        let measured = measured.map_err(|error| failed(title, &name, &error))?;
        Ok(Entry { name, base, measured })
    };
    PROGRAMS.iter().filter(|program| program.is_there()).map(entry).collect()
}

/// Whose figure is the floor of this one: of a flow, the bare exchange in that flow; of others, the
/// plainest.
fn base(workload: Workload, contender: &Contender) -> Option<String> {
    let is_floor = contender.name == floor::NOTHING || contender.name.starts_with("bare");
    match workload {
        _ if is_floor => None,
        Workload::Handshake { .. } => Some("bare".into()),
        Workload::Throughput { .. } => {
            Some(format!("bare-{}", contender.flow.as_deref().unwrap_or("lockstep")))
        }
    }
}

/// An embedded server in a process of its own.
fn apart(workload: Workload, cores: Option<Cores>) -> Result<Site, Error> {
    let unknown = |cause| Error::new(mailer::Kind::Internal, "no server process").because(cause);
    let mut command = Command::new(env::current_exe().map_err(unknown)?);
    let core = cores.map_or_else(|| "any".into(), |cores| cores.server.to_string());
    command.args([SERVE, &core]);
    Site::apart(command, workload.security(), workload.keeps())
}

/// A server that somebody else started, wherever it runs.
fn elsewhere(addr: SocketAddr) -> Result<Site, Error> {
    let mut server = Server::new("localhost".parse()?, addr.port(), Security::None);
    server.connect_to = Some(addr);
    Ok(Site::elsewhere(server))
}

fn failed(title: &str, name: &str, error: &Error) -> String {
    format!("{title}, {name}: {}", in_words(error))
}

fn in_words(error: &Error) -> String {
    format!("{error} {}", error.cause().unwrap_or_default())
}

fn table(title: &str, workload: Workload, lines: &[Line]) -> String {
    let unit = if workload.octets().is_some() { "mails/s" } else { "handshakes/s" };
    let mut table = format!(
        "\n{title}\n{:<18}{unit:>13}  {:<19}{:<24}{:>9}\n",
        "", "half of them in", "of its floor", "CPU µs"
    );
    for line in lines {
        let Quartiles { lower, median, upper } = line.rate;
        let half = format!("{lower:.0} .. {upper:.0}");
        let ratio = line.ratio.map_or_else(String::new, in_percent);
        // That of another process is not in it.
        let cpu = line.cpu.filter(|_| PROGRAMS.iter().all(|program| program.name != line.name));
        let cpu = cpu.map_or_else(String::new, |cpu| format!("{:.1}", cpu.median));
        table += &format!("{:<18}{median:>13.0}  {half:<19}{ratio:<24}{cpu:>9}\n", line.name);
    }
    table
}

fn in_percent(Quartiles { lower, median, upper }: Quartiles) -> String {
    let [lower, median, upper] = [lower, median, upper].map(|ratio| ratio * 100.0);
    format!("{median:>5.1}% ({lower:.1} .. {upper:.1})")
}

/// A closed pipe is no error.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
