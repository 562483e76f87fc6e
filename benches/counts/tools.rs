//! What only tools from outside can count: this program, run again under each of them.

use std::{
    env,
    io::{self, Write},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use mailer_backends::Flow;
use mailer_lab::Contender;

use crate::{
    Outcome,
    alone::Alone,
    clients,
    over_link::{self, server},
};

/// Be a process in which the core sends mails alone: flow, mails.
pub(crate) const ALONE: &str = "alone";
/// Be a process that sends mails to a server: the client's name, mails, the server's address.
pub(crate) const SEND: &str = "send";

/// A program that runs another one, and counts what it does.
struct Tool {
    name: &'static str,
    options: &'static [&'static str],
    /// Why it cannot count here, once it was tried.
    tried: OnceLock<Outcome<()>>,
}

static VALGRIND: Tool =
    Tool::new("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
static STRACE: Tool =
    Tool::new("strace", &["--follow-forks", "--summary-only", "--summary-columns=calls,name"]);

/// How many mails two runs have: what the longer one takes more is what its mails take.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    pub(crate) few: u32,
    pub(crate) more: u32,
}

impl Runs {
    /// Many windows full.
    const LONG: Self = Self { few: 200, more: 1200 };
    /// For who takes 44 ms for each.
    const SHORT: Self = Self { few: 20, more: 120 };

    /// What has flows may have many mails under way, and needs many to show what each takes.
    pub(crate) fn of(client: &Contender) -> Self {
        if client.flow.is_some() { Self::LONG } else { Self::SHORT }
    }
}

/// Names, separated by commas, of what must not be missing, as for tests.
const REQUIRE: &str = "MAILER_REQUIRE";

/// Says which tools cannot be used; an error if one is that must not be missing.
pub(crate) fn look_for() -> Outcome<()> {
    let required = env::var(REQUIRE).unwrap_or_default();
    for tool in [&VALGRIND, &STRACE] {
        let Err(why) = tool.works() else { continue };
        if required.split(',').any(|name| name.trim() == tool.name) {
            return Err(format!("{REQUIRE} names {}: {why}", tool.name));
        }
        // Nobody is left to tell if this cannot be written.
        let _ = writeln!(io::stderr(), "{why}: what {} counts is left out", tool.name);
    }
    Ok(())
}

impl Tool {
    const fn new(name: &'static str, options: &'static [&'static str]) -> Self {
        Self { name, options, tried: OnceLock::new() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.name);
        command.args(self.options).stdin(Stdio::null());
        command
    }

    /// Whether it can run a program. To be installed is not enough: a container may forbid ptrace.
    fn works(&self) -> &Outcome<()> {
        self.tried.get_or_init(|| {
            let output = self.command().arg("true").output();
            let output = output.map_err(|error| format!("cannot run {}: {error}", self.name))?;
            if output.status.success() {
                return Ok(());
            }
            let said = String::from_utf8_lossy(&output.stderr);
            let why = said.lines().next_back().unwrap_or("it does not say why");
            Err(format!("{} cannot run a program: {why}", self.name))
        })
    }
}

/// Instructions of the core for one more mail; `None` without valgrind.
pub(crate) fn instructions_alone(flow: Flow) -> Outcome<Option<f64>> {
    each(&VALGRIND, Runs::LONG, |mails| instructions(&[ALONE, flow.name(), &mails.to_string()]))
}

/// Instructions of a client for one more mail, outside of the kernel; `None` without valgrind.
pub(crate) fn instructions_of(client: &Contender) -> Outcome<Option<f64>> {
    let server = server()?;
    let addr = server.addr().to_string();
    each(&VALGRIND, Runs::of(client), |mails| {
        instructions(&[SEND, &client.label(), &mails.to_string(), &addr])
    })
}

fn instructions(arguments: &[&str]) -> Outcome<f64> {
    let output = run(VALGRIND.command(), arguments)?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    number(collected.map(|(_, count)| count), &said)
}

/// System calls of a client for one more mail; `None` without strace.
pub(crate) fn system_calls(client: &Contender) -> Outcome<Option<f64>> {
    let server = server()?;
    let addr = server.addr().to_string();
    each(&STRACE, Runs::of(client), |mails| {
        let output = run(STRACE.command(), &[SEND, &client.label(), &mails.to_string(), &addr])?;
        let said = String::from_utf8_lossy(&output.stderr);
        let total = said.lines().find_map(|line| line.trim().strip_suffix("total"));
        number(total, &said)
    })
}

/// What a tool counts for each of the mails that a longer run has more.
fn each(tool: &Tool, runs: Runs, count: impl Fn(u32) -> Outcome<f64>) -> Outcome<Option<f64>> {
    if tool.works().is_err() {
        return Ok(None);
    }
    let Runs { few, more } = runs;
    Ok(Some((count(more)? - count(few)?) / f64::from(more - few)))
}

/// Runs this program under a tool.
fn run(mut command: Command, arguments: &[&str]) -> Outcome<Output> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    command.arg(own).args(arguments);
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(output) } else { Err(format!("{command:?}: {said}")) }
}

fn number(text: Option<&str>, said: &str) -> Outcome<f64> {
    let number = text.and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| format!("no count in what the tool said:\n{said}"))
}

/// The core alone, in a process that valgrind watches.
pub(crate) fn be_alone(flow: &str, mails: &str) -> Outcome<()> {
    let flow = flow.parse().map_err(|error: mailer::Error| error.to_string())?;
    Alone::new(flow).send(mails.parse().map_err(|_| "no number")?);
    Ok(())
}

/// A client in a process that valgrind or strace watches.
pub(crate) fn be_sender(client: &str, mails: &str, addr: &str) -> Outcome<()> {
    let mut clients = clients();
    clients.retain(|known| known.label() == client);
    let client = clients.first().ok_or_else(|| format!("no client {client}"))?;
    over_link::send(client, mails.parse().map_err(|_| "no number")?, addr)
}
