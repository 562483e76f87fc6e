//! What only tools from outside can count: this program, run again under each of them.

use std::{
    env,
    io::{self, Write},
    process::{Command, Output, Stdio},
};

use mailer_backends::Flow;

use crate::{
    Outcome,
    alone::Alone,
    over_link::{self, server},
};

/// Be a process in which the core sends mails alone: flow, mails.
pub(crate) const ALONE: &str = "alone";
/// Be a process that sends mails to a server: flow, mails, its address.
pub(crate) const SEND: &str = "send";

const VALGRIND: &str = "valgrind";
const STRACE: &str = "strace";

/// Mails in the shorter of two runs: what the longer one takes more is what its mails take.
const FEW: u32 = 200;
const MORE: u32 = 1200;
/// Names, separated by commas, of what must not be missing, as for tests.
const REQUIRE: &str = "MAILER_REQUIRE";

/// Says which tools are missing; an error if one is that must not be.
pub(crate) fn look_for() -> Outcome<()> {
    let required = env::var(REQUIRE).unwrap_or_default();
    for tool in [VALGRIND, STRACE].into_iter().filter(|tool| !is_there(tool)) {
        if required.split(',').any(|name| name.trim() == tool) {
            return Err(format!("{REQUIRE} names {tool}, and it is not there"));
        }
        // Nobody is left to tell if this cannot be written.
        let _ = writeln!(io::stderr(), "{tool} is not there: what it counts is left out");
    }
    Ok(())
}

/// Instructions of the core for one more mail; `None` without valgrind.
pub(crate) fn instructions(flow: Flow) -> Outcome<Option<f64>> {
    each(VALGRIND, |tool, mails| {
        let mut command = Command::new(tool);
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        let output = run(command, &[ALONE, flow.name(), &mails.to_string()])?;
        let said = String::from_utf8_lossy(&output.stderr);
        let collected = said.lines().find_map(|line| line.split_once("Collected : "));
        number(collected.map(|(_, count)| count), &said)
    })
}

/// System calls of raw for one more mail; `None` without strace.
pub(crate) fn system_calls(flow: Flow) -> Outcome<Option<f64>> {
    let server = server()?;
    let addr = server.addr().to_string();
    each(STRACE, |tool, mails| {
        let mut command = Command::new(tool);
        command.args(["--follow-forks", "--summary-only", "--summary-columns=calls,name"]);
        let output = run(command, &[SEND, flow.name(), &mails.to_string(), &addr])?;
        let said = String::from_utf8_lossy(&output.stderr);
        let total = said.lines().find_map(|line| line.trim().strip_suffix("total"));
        number(total, &said)
    })
}

/// What a tool counts for each of the mails that a longer run has more.
fn each(tool: &str, count: impl Fn(&str, u32) -> Outcome<f64>) -> Outcome<Option<f64>> {
    if !is_there(tool) {
        return Ok(None);
    }
    Ok(Some((count(tool, MORE)? - count(tool, FEW)?) / f64::from(MORE - FEW)))
}

fn is_there(tool: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(tool).exists())
}

/// Runs this program under a tool.
fn run(mut command: Command, arguments: &[&str]) -> Outcome<Output> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    command.arg(own).args(arguments).stdin(Stdio::null());
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(output) } else { Err(format!("{command:?}: {said}")) }
}

fn number(text: Option<&str>, said: &str) -> Outcome<f64> {
    let number = text.and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| format!("no count in what the tool said:\n{said}"))
}

/// The process that valgrind watches.
pub(crate) fn be_alone(flow: &str, mails: &str) -> Outcome<()> {
    Alone::new(known(flow)?).send(mails.parse().map_err(|_| "no number")?);
    Ok(())
}

/// The process that strace watches.
pub(crate) fn be_sender(flow: &str, mails: &str, addr: &str) -> Outcome<()> {
    over_link::send(known(flow)?, mails.parse().map_err(|_| "no number")?, addr)
}

fn known(flow: &str) -> Outcome<Flow> {
    flow.parse().map_err(|error: mailer::Error| error.to_string())
}
