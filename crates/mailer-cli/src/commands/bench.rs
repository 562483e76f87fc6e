//! `mailer bench`: load and latency.

mod bench_contender;
mod machine;
mod plan;
mod progress;
mod values;
pub(crate) mod worker;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use clap::{Args, builder::PossibleValuesParser};
use mailer::{Error, Kind, Outcome, Server};
use mailer_backends::{BACKENDS, Flow};
use mailer_bench::{
    Problem,
    cores::Pinning,
    load::{self, Against, Bench, Role, Run},
    report,
    workload::Workload,
};
use mailer_lab::Contender;

use self::{bench_contender::BenchContender, progress::Bar};
use super::consent;
use crate::{
    complaints,
    exit::{Status, misused},
    interruption,
    options::{LinkOptions, ServerOptions, Tls, Tuning, path},
    output,
    page::Page,
};

/// Measures load and latency: handshakes, or mails on open connections
///
/// The contenders take turns, each in a process of its own. Without --server they work on the
/// embedded server, in one more process; what it stored is checked against what was sent. With
/// --server, real mails go to real people: name them with --from and --to.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The work that each contender repeats
    #[arg(long, value_parser = values::workload(), default_value_t = Workload::Throughput)]
    workload: Workload,
    /// Sends so many mails (or opens so many connections) with each contender, in all rounds together
    /// [default with --server: 3]
    #[arg(long, value_name = "N", value_parser = plan::above_zero, conflicts_with = "duration")]
    messages: Option<u64>,
    /// Works so long with each contender, in all rounds together [default without --server: 3]
    #[arg(long, value_name = "SECONDS", value_parser = plan::seconds)]
    duration: Option<Duration>,
    /// The size of each mail in octets; K and M stand for KiB and MiB
    #[arg(long, value_name = "BYTES", value_parser = plan::size, default_value = "1K")]
    size: usize,
    /// Works on so many connections at once
    #[arg(long, value_name = "N", value_parser = plan::count, default_value = "1")]
    connections: usize,
    /// Sends each mail to so many recipients of the embedded server
    #[arg(long, value_name = "N", value_parser = plan::count, default_value = "1", conflicts_with = "to")]
    recipients: usize,
    /// Begins so many mails a second, over all connections, at fixed times; latency then counts from
    /// when a mail was to begin
    #[arg(long, value_name = "MAILS_PER_S", value_parser = plan::rate)]
    rate: Option<f64>,
    /// Takes so many turns with each contender
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000), default_value_t = 5)]
    rounds: u32,
    /// Works so long with each contender before anything is measured [default: 0.5, with --server 0]
    #[arg(long, value_name = "SECONDS", value_parser = plan::seconds_or_none)]
    warm_up: Option<Duration>,
    /// Who sends
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Who it is to: an address or several, with commas between them (may be repeated)
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
    #[command(flatten)]
    link: LinkOptions,
    /// How the cores are divided between the client and the embedded server
    #[arg(long, value_parser = values::pinning(), default_value = Pinning::Separate.name())]
    pin: Pinning,
    /// When the embedded server starts TLS
    #[arg(long, value_enum, default_value_t = Tls::Starttls)]
    tls: Tls,
    /// A contender (may be repeated) [default: all]
    #[arg(long, value_name = "BACKEND", value_parser = backends(), help_heading = "Backend")]
    backend: Vec<String>,
    /// How raw groups commands into flights (may be repeated: each is a contender) [default: auto]
    #[arg(long, value_name = "FLOW", value_parser = flows(), help_heading = "Backend")]
    flow: Vec<String>,
    #[command(flatten)]
    tuning: Tuning,
    /// Also measures floors: the same bytes, prepared in advance, without the work of a mailer
    #[arg(long, help_heading = "Backend")]
    floors: bool,
    #[command(flatten)]
    server: ServerOptions,
    /// Starts without asking, also when the server is beyond loopback
    #[arg(long)]
    yes: bool,
    /// Writes the report with its charts to FILE, too
    #[arg(long, value_name = "FILE", value_parser = path())]
    html: Option<PathBuf>,
    /// Prints the result as JSON
    #[arg(long)]
    json: bool,
}

fn backends() -> PossibleValuesParser {
    BACKENDS.iter().map(|backend| backend.name).collect::<Vec<_>>().into()
}

fn flows() -> PossibleValuesParser {
    Flow::ALL.map(Flow::name).into()
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let contenders = bench_contender::contenders(arguments)?;
    if let Some(status) = misuse(arguments, &contenders) {
        return Ok(status);
    }
    arguments.tuning.note_limits();
    let server = arguments.server.server()?;
    let plan = plan::plan(arguments, server.is_some())?;
    if let Some(server) = &server {
        let load = plan::load(&plan, contenders.len());
        if let Some(status) = consent::refused("bench", server, &load, arguments.yes)? {
            return Ok(status);
        }
    }
    let page = Page::open(arguments.html.as_deref())?;
    let adjust = |server: &mut Server| arguments.server.apply(server);
    let against = match &server {
        Some(server) => Against::Server(server),
        None => Against::Embedded(arguments.tls.security(), &adjust),
    };
    let program = env::current_exe().map_err(|cause| {
        Error::new(Kind::Internal, "cannot find this program").with_cause(cause)
    })?;
    let command = |role| command(&program, role, &contenders);
    let made: Vec<Contender> = contenders.iter().map(BenchContender::contender).collect();
    let interrupted = interruption::listen()?;
    let bench = Bench {
        plan: &plan,
        against,
        contenders: &made,
        command: &command,
        interrupted: &interrupted,
    };
    let bar = Bar::new();
    let run = load::run(&bench, &mut |progress| bar.show(progress))?;
    drop(bar);
    if let Err(cause) = write(arguments, &run, page) {
        let what = if arguments.workload == Workload::Handshake { "connection" } else { "mail" };
        complaints::not_written(cause, what, outcomes(&run));
    }
    Ok(status(&run))
}

/// Prints the report, and writes it as a page if that is asked for.
fn write(arguments: &Arguments, run: &Run, page: Option<Page>) -> Result<(), Error> {
    let notes = machine::notes();
    let result = match arguments.json {
        true => output::json(&report::json::document(run, &notes)),
        false => Ok(report::text::text(run, &notes, output::width())),
    };
    let printed = result.and_then(|text| output::result(&text));
    let page = page.map(|page| page.write(&report::html::html(run, &notes)));
    printed.and(page.unwrap_or(Ok(())))
}

/// How many messages, or connections, ended how.
fn outcomes(run: &Run) -> impl Iterator<Item = (Outcome, u64)> {
    let rounds = run.results.iter().flat_map(|contender| &contender.rounds);
    rounds.flat_map(|round| {
        Outcome::ALL.map(|outcome| (outcome, round.result.outcomes.count_of(outcome)))
    })
}

/// What cannot be done with these options.
fn misuse(arguments: &Arguments, contenders: &[BenchContender]) -> Option<Status> {
    let is_named = arguments.server.names_a_server();
    let sends = arguments.workload != Workload::Handshake;
    if arguments.server.names_a_user_only() {
        let hint = "the embedded server has its own user";
        return Some(misused("a user is named and no server", hint));
    }
    let names_both = plan::sender(arguments).is_some() && plan::names_recipients(arguments);
    if is_named && sends && !names_both {
        let hint = "name a sender with --from and recipients with --to";
        return Some(misused("a server is named, and not who gets the mails", hint));
    }
    if is_named && arguments.floors {
        let hint = "leave out --floors";
        return Some(misused("the floors are for the embedded server only", hint));
    }
    let is_apart = arguments.connections == 1 && arguments.rate.is_none();
    if arguments.workload == Workload::ColdStart && !is_apart {
        let hint = "leave out --connections and --rate";
        return Some(misused("cold starts come one after another", hint));
    }
    if !arguments.flow.is_empty() && !contenders.iter().any(BenchContender::has_flows) {
        return Some(misused("these backends have no flows to choose from", "leave out --flow"));
    }
    None
}

/// This program in another role. What it has to know beyond that it is told on stdin.
fn command(program: &Path, role: Role, contenders: &[BenchContender]) -> Command {
    let mut command = Command::new(program);
    command.arg("bench-worker").env_remove("SMTP_URL").env_remove("SMTP_PASSWORD");
    match role {
        Role::Server => command.arg("server"),
        Role::Contender(index) => {
            command.args(contenders.get(index).map(BenchContender::arguments).unwrap_or_default())
        }
    };
    command
}

/// The status of the worst that became of any mail; an interrupted run ended as it was told to, whatever
/// it left unfinished.
fn status(run: &Run) -> Status {
    let mut statuses = Vec::new();
    for contender in &run.results {
        statuses.extend(contender.invalid.is_some().then_some(Status::DEFECT));
        for round in &contender.rounds {
            let result = &round.result;
            statuses.extend((result.outcomes.unknown > 0).then_some(Status::UNKNOWN));
            let of = |problem: &Problem| Status::of_kind(problem.kind());
            statuses.extend(result.problems.iter().map(of));
        }
    }
    if run.interrupted { Status::INTERRUPTED } else { Status::worst(statuses) }
}
