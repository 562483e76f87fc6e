//! How contenders compare with their floors: everybody in turns in one run, client and server each
//! in a process and on a core of its own.
//!
//! ```text
//! cargo bench -p mailer-benches --bench ratios -- [--rounds N] [--one-core] [WORKLOAD] [CONTENDER]
//! ```
//!
//! The two names are parts of names: `"1 KiB plain" streamed`. With `--one-core` both sides share a
//! core: then a figure is the sum of both sides' work. The last column is the time that the client
//! was on its core for each run, kernel included: where a machine is busy, that is what still says
//! something.
//!
//! On a server that is not ours, and beside other people's clients, the bench `contenders` measures.

mod arguments;

use std::{
    env,
    io::{self, Write},
    process::{Command, ExitCode},
};

use arguments::Arguments;
use mailer::Error;
use mailer_bench::{
    cores::{Cores, pin},
    floor::{self, BARE, NOTHING, Shape},
    interleave::{Entry, Line, interleave},
    site::{self, Site},
    statistics::Quartiles,
    workload::Workload,
};
use mailer_benches::taking_part;
use mailer_lab::Contender;

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
        if is_small && title.contains(&arguments.workload) {
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
    let mut entries = entries(workload, title, arguments, cores)?;
    let lines = interleave(&mut entries, arguments.rounds, arguments.batch)
        .map_err(|(name, error)| failed(title, &name, &error))?;
    say(&table(title, workload, &lines));
    Ok(())
}

/// The contenders that are wanted, and their floors.
fn entries(
    workload: Workload,
    title: &str,
    arguments: &Arguments,
    cores: Option<Cores>,
) -> Result<Vec<Entry>, String> {
    let all = taking_part(workload);
    let is_wanted = |contender: &Contender| contender.label().contains(&arguments.contender);
    let wanted = || all.iter().filter(|contender| is_wanted(contender));
    let bases: Vec<_> = wanted().filter_map(|contender| base(workload, contender)).collect();
    let mut entries = Vec::new();
    for contender in all.iter().filter(|it| is_wanted(it) || bases.contains(&it.label())) {
        let (name, base) = (contender.label(), base(workload, contender));
        let site = apart(workload, cores);
        let measured = site.and_then(|site| workload.set_up_at(site, contender));
        let measured = measured.map_err(|error| failed(title, &name, &error))?;
        entries.push(Entry { name, base, measured });
    }
    Ok(entries)
}

/// Whose figure is the floor of this one: of a flow, the bare exchange in that flow; of others, the
/// plainest.
fn base(workload: Workload, contender: &Contender) -> Option<String> {
    if [NOTHING, BARE].contains(&contender.name.as_str()) {
        return None;
    }
    let flow = match workload {
        Workload::Handshake { .. } => None,
        Workload::Throughput { .. } => contender.flow.as_deref(),
    };
    let floor = Shape::ALL.into_iter().find(|shape| Some(shape.name()) == flow);
    Some(floor::bare(floor.unwrap_or(Shape::Lockstep)).label())
}

/// An embedded server in a process of its own.
fn apart(workload: Workload, cores: Option<Cores>) -> Result<Site, Error> {
    let unknown = |cause| Error::new(mailer::Kind::Internal, "no server process").because(cause);
    let mut command = Command::new(env::current_exe().map_err(unknown)?);
    let core = cores.map_or_else(|| "any".into(), |cores| cores.server.to_string());
    command.args([SERVE, &core]);
    Site::apart(command, workload.security(), workload.keeps())
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
        let cpu = line.cpu.map_or_else(String::new, |cpu| format!("{:.1}", cpu.median));
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
