//! `mailer bench`: measures latency, throughput and cost.

mod arguments;
mod bench_contender;
mod gate;
mod measured;
mod numbers;
mod plan;
mod prepared;
mod progress;
mod values;
pub(crate) mod worker;

use std::{env, path::Path, process::Command};

use mailer::{Error, Kind, Mechanism, Server};
use mailer_backends::share_mechanisms;
use mailer_bench::{
    load::{Against, Experiment, RampOver, Role},
    workload::Workload,
};
use mailer_compare::external_client::remove_secrets;
use mailer_lab::Contender;

pub(crate) use self::arguments::Arguments;
use self::{bench_contender::BenchContender, measured::Measured, progress::Bar};
use super::consent;
use crate::{
    exit::{Status, usage_error},
    interruption, output,
    output_file::OutputFile,
    page_facts::page_facts,
    receipt_errors,
};

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let contenders = bench_contender::contenders(arguments)?;
    if let Some(status) = find_usage_error(arguments, &contenders) {
        return Ok(status);
    }
    arguments.tuning.note_limits();
    let mut server = arguments.server.server()?;
    let backends = || contenders.iter().filter_map(BenchContender::backend);
    if let Some(server) = &mut server {
        share_mechanisms(server, backends());
    }
    let plan = plan::plan(arguments, server.is_some())?;
    let baseline = gate::baseline(arguments, &plan)?;
    if let Some(server) = &server {
        let load = plan::load(&plan, arguments.ramp.as_ref(), contenders.len());
        if let Some(status) = consent::refused("bench", server, &load, arguments.yes)? {
            return Ok(status);
        }
    }
    let page = OutputFile::open("--html", arguments.html.as_deref())?;
    let adjust = |server: &mut Server| {
        arguments.server.apply(server)?;
        share_mechanisms(server, backends());
        Ok(())
    };
    let against = match &server {
        Some(server) => Against::Server(server),
        None => Against::Embedded(arguments.tls.security(), &adjust),
    };
    let program = env::current_exe().map_err(|cause| {
        Error::new(Kind::Internal, "cannot find this program").with_cause(cause)
    })?;
    let mechanism = arguments.server.mechanism();
    let command = |role| command(&program, role, mechanism, &contenders);
    let made: Vec<Contender> = contenders.iter().map(BenchContender::contender).collect();
    let interrupted = interruption::flag()?;
    let experiment = Experiment::new(&made)
        .plan(plan)
        .against(against)
        .command(&command)
        .interrupted_by(&interrupted);
    let bar = Bar::new();
    let mut measured = Measured::measure(&experiment, arguments.ramp.as_ref(), &mut |progress| {
        bar.show(progress);
    })?;
    drop(bar);
    measured.judge(baseline, &arguments.fail_if);
    let written = write(arguments, &measured, page);
    if let Err(cause) = &written {
        let what = if arguments.workload == Workload::Handshake { "connection" } else { "message" };
        receipt_errors::result_not_written(cause, what, measured.outcomes());
    }
    let status = gate::status(measured.status(), measured.violations());
    // A measurement without its report is no success, unlike a message that was sent.
    let is_ok = status == Status::OK;
    Ok(written.err().filter(|_| is_ok).map_or(status, |cause| Status::from_error(&cause)))
}

/// Prints the report, and writes it as a web page if `--html` is set.
fn write(
    arguments: &Arguments,
    measured: &Measured,
    page: Option<OutputFile>,
) -> Result<(), Error> {
    let notes = page_facts();
    let result = match (arguments.json, arguments.csv) {
        (true, _) => measured.json(&notes),
        (_, true) => Ok(measured.csv(&notes)),
        _ => Ok(measured.text(&notes)),
    };
    let printed = result.and_then(|text| output::result(&text));
    let page = page.map(|page| page.write(measured.html(&notes).as_bytes()));
    printed.and(page.unwrap_or(Ok(())))
}

/// Prints the first conflict between the options, if there is one.
fn find_usage_error(arguments: &Arguments, contenders: &[BenchContender]) -> Option<Status> {
    let is_named = arguments.server.names_a_server();
    let sends = arguments.workload != Workload::Handshake;
    if arguments.server.names_only_a_user() {
        let hint = "the embedded server has its own user";
        return Some(usage_error("--user needs --server", hint));
    }
    let names_both = arguments.sender().is_some() && arguments.names_recipients();
    if is_named && sends && !names_both {
        let hint = "name a sender with --from and recipients with --to";
        return Some(usage_error("--server needs a sender and recipients", hint));
    }
    if is_named && arguments.floors {
        let hint = "leave out --floors";
        return Some(usage_error("--floors works with the embedded server only", hint));
    }
    let raises_connections =
        arguments.ramp.as_ref().is_some_and(|ramp| ramp.over() == RampOver::Connections);
    if raises_connections && arguments.connections > 1 {
        let hint = "leave out --connections";
        return Some(usage_error("--ramp connections=... sets the number of connections", hint));
    }
    if arguments.floors && (arguments.to_file.is_some() || arguments.eml.is_some()) {
        let hint = "leave out --floors";
        return Some(usage_error(
            "--floors sends equal messages, so it takes no --eml and no --to-file",
            hint,
        ));
    }
    if let Some((problem, hint)) = gate::find_usage_error(arguments, contenders) {
        return Some(usage_error(&problem, hint));
    }
    let has_load = arguments.rate.is_some() || arguments.ramp.is_some();
    let is_sequential = arguments.connections == 1 && !has_load;
    if arguments.workload == Workload::ColdStart && !is_sequential {
        let hint = "leave out --connections, --rate and --ramp";
        return Some(usage_error("--workload cold-start starts one process at a time", hint));
    }
    if !arguments.flow.is_empty() && !contenders.iter().any(BenchContender::has_flows) {
        return Some(usage_error("these backends have no flows", "leave out --flow"));
    }
    None
}

/// Returns the command that starts this program as a process of the run. Requests, which may contain the
/// password, reach it on stdin.
fn command(
    program: &Path,
    role: Role,
    mechanism: Option<Mechanism>,
    contenders: &[BenchContender],
) -> Command {
    let mut command = Command::new(program);
    command.arg("bench-worker");
    remove_secrets(&mut command);
    match role {
        Role::Server => {
            let offered = mechanism.map(|mechanism| mechanism.name().to_lowercase());
            let option = offered.iter().flat_map(|name| ["--auth", name]);
            command.arg("server").args(option)
        }
        Role::Contender(index) => {
            command.args(contenders.get(index).map(BenchContender::arguments).unwrap_or_default())
        }
    };
    command
}
