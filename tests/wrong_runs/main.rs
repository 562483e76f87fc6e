//! An invalid run reports no result: contenders that cheat, in the runner of `mailer bench`, each in a
//! separate process.
//!
//! The processes run this program, so it has a `main`. The binary `mailer` contains none of this.

mod cheat;

use std::{
    env,
    error::Error,
    io::{self, BufReader},
    process::{Command, ExitCode},
    time::Duration,
};

use libtest_mimic::{Arguments, Failed, Trial};
use mailer_bench::{
    cores::Pinning,
    load::{self, Experiment, Limit, Plan, Role, Run},
    report, server_process,
    workload::Workload,
};
use mailer_lab::Contender;
use mailer_link::Path;
use mailer_tests::authorities;

use cheat::Cheat;

/// The first argument of a process of a run; the second is its name.
const SIDE: &str = "side";
const SERVER: &str = "server";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [SIDE, name] = arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        side(name)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(code) = authorities::without()? {
        return Ok(code);
    }
    let trials = cases().into_iter().map(|case| Trial::test(case.name(), move || case.run()));
    Ok(libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code())
}

/// Runs as one side of a run.
fn side(name: &str) -> Result<(), mailer::Error> {
    if name == SERVER {
        return server_process::serve(io::stdin().lock(), io::stdout().lock());
    }
    let cheat = Cheat::ALL.into_iter().find(|cheat| cheat.name() == name).expect("it is known");
    load::work(&cheat.contender(), BufReader::new(io::stdin()), io::stdout().lock())
}

/// A cheat at a workload, and the reason that the report must give; None for an honest contender.
#[derive(Clone, Copy)]
struct Case {
    workload: Workload,
    cheat: Cheat,
    why: Option<&'static str>,
}

fn cases() -> Vec<Case> {
    use Cheat::{
        Alters, DropsARecipient, Honest, KeepsTheConnection, Lengthens, SendsNothing,
        SendsTheFirstAgain, SendsTwice,
    };
    let at = |workload, cheat, why: &'static str| Case {
        workload,
        cheat,
        why: Some(why).filter(|why| !why.is_empty()),
    };
    vec![
        at(Workload::Throughput, Honest, ""),
        at(Workload::Throughput, KeepsTheConnection, ""),
        at(Workload::Throughput, SendsNothing, "4 messages were accepted and 0 stored"),
        at(Workload::Throughput, SendsTwice, "4 messages were accepted and 8 stored"),
        at(Workload::Throughput, Alters, "the content of 4 stored messages is not what was sent"),
        at(
            Workload::Throughput,
            SendsTheFirstAgain,
            "the content of 4 stored messages is not what was sent",
        ),
        at(Workload::Throughput, Lengthens, "4 messages of 1200 bytes arrived as 1208 bytes"),
        at(Workload::Throughput, DropsARecipient, "12 recipients were accepted and 8 stored"),
        at(Workload::OnePerConnection, Honest, ""),
        at(
            Workload::OnePerConnection,
            KeepsTheConnection,
            "4 messages with a connection each came over 1 connections",
        ),
        at(Workload::Handshake, Honest, ""),
        // The fifth handshake is the one whose round trips are counted.
        at(Workload::Handshake, KeepsTheConnection, "5 handshakes made 2 connections"),
        at(Workload::Handshake, SendsNothing, "1 messages were accepted and 0 stored"),
        at(Workload::ColdStart, Honest, ""),
        at(Workload::ColdStart, SendsNothing, "4 messages were accepted and 0 stored"),
    ]
}

impl Case {
    fn name(&self) -> String {
        format!("{}::{}", self.workload.name(), self.cheat.name())
    }

    /// Runs the cheat next to an honest contender, which must have a result.
    fn run(&self) -> Result<(), Failed> {
        let cheats = [Cheat::Honest, self.cheat];
        let contenders = cheats.map(Cheat::contender);
        let run = run(self.workload, &contenders, &cheats)?;
        let [honest, judged] = run.results.as_slice() else { return Err("two entries".into()) };
        if let Some(wrong) = &honest.invalid {
            return Err(format!("the honest contender is invalid: {wrong}").into());
        }
        if judged.invalid.as_deref() != self.why {
            return Err(format!("the report says: {:?}", judged.invalid).into());
        }
        check_report(&run, self.why)
    }
}

fn run(workload: Workload, contenders: &[Contender], cheats: &[Cheat]) -> Result<Run, Failed> {
    let program = env::current_exe()?;
    let command = |role| {
        let mut command = Command::new(&program);
        let name = match role {
            Role::Server => SERVER.to_owned(),
            Role::Contender(index) => cheats.get(index).map(|c| c.name()).unwrap_or_default(),
        };
        command.args([SIDE, &name]);
        command
    };
    let plan = Plan {
        workload,
        limit: Limit::Count(4),
        rounds: 1,
        warm_up: Duration::ZERO,
        message_size: 300,
        recipients: ["bob", "cid", "dan"].map(|to| format!("{to}@example.test")).into(),
        path: Path { round_trip: Duration::from_millis(1), bandwidth: None },
        pinning: Pinning::None,
        ..Plan::default()
    };
    Ok(Experiment::new(contenders).plan(plan).command(&command).run()?)
}

/// Checks that the second contender has no result in any form of the report, and that the report gives
/// the reason; or that it has a result.
fn check_report(run: &Run, why: Option<&str>) -> Result<(), Failed> {
    let document = serde_json::to_value(report::json::document(run, &[]))?;
    let result = &document["results"][1];
    let figures =
        ["per_second", "time_ns", "ratio", "client_cpu", "server_cpu", "server_ceiling", "path"];
    let given = figures.into_iter().filter(|name| !result[*name].is_null());
    let wanted = if why.is_some() { 0 } else { figures.len() };
    if given.count() != wanted || result["invalid"].as_str() != why {
        return Err(format!("{result:#}").into());
    }
    let Some(why) = why else { return Ok(()) };
    if result["latency"]["count"] != 0 || !result["prediction"].is_null() {
        return Err(format!("{result:#}").into());
    }
    let (text, page) = (report::text::text(run, &[], 100), report::html::html(run, &[]));
    let name = run.results.get(1).map_or("", |entry| entry.name.as_str());
    // Instead of its rate, time and ratio, their spreads, and the server's ceiling.
    let row = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    let cells: Vec<&str> = row.split_whitespace().skip(1).collect();
    let sentence = format!("{name} has no result: {why}.");
    if cells != ["-"; 6] || !text.contains(&sentence) || !page.contains(&sentence) {
        return Err(text.into());
    }
    Ok(())
}
