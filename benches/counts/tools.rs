//! Counts by external tools: this program, run again under valgrind and strace.

use std::{
    env,
    io::{self, Write},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use mailer_backends::Flow;
use mailer_lab::Contender;
use mailer_server::GroupReplies;

use crate::{
    Outcome, clients,
    core_only::CoreOnly,
    whole_client::{self, server},
};

/// The arguments FLOW and MESSAGES follow: the process runs the core without I/O.
pub(crate) const CORE_ONLY: &str = "core-only";
/// The arguments CLIENT, MESSAGES and ADDRESS follow: the process sends messages to a server.
pub(crate) const SEND: &str = "send";

/// A program that runs another one and counts what it does.
struct Tool {
    name: &'static str,
    options: &'static [&'static str],
    /// Whether it works here, once that was tried.
    tried: OnceLock<Outcome<()>>,
}

static VALGRIND: Tool =
    Tool::new("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
static STRACE: Tool =
    Tool::new("strace", &["--follow-forks", "--summary-only", "--summary-columns=calls,name"]);

/// The numbers of messages of two runs. The difference of their counts is the cost of the messages that the
/// second run has more.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    pub(crate) few: u32,
    pub(crate) more: u32,
}

impl Runs {
    /// Many full windows.
    const LONG: Self = Self { few: 200, more: 1200 };
    /// For clients that stall 44 ms for each message.
    const SHORT: Self = Self { few: 20, more: 120 };

    /// Returns the runs for this client: a client with flows may have many messages in flight, and needs
    /// many to show the cost of each.
    pub(crate) fn new(client: &Contender) -> Self {
        if client.flow.is_some() { Self::LONG } else { Self::SHORT }
    }
}

/// The environment variable with the names, separated by commas, of tools that must not be missing.
const REQUIRE: &str = "MAILER_REQUIRE";

/// Reports the tools that cannot be used.
///
/// # Errors
/// If one of them must not be missing.
pub(crate) fn check_available() -> Outcome<()> {
    let required = env::var(REQUIRE).unwrap_or_default();
    for tool in [&VALGRIND, &STRACE] {
        let Err(reason) = tool.works() else { continue };
        if required.split(',').any(|name| name.trim() == tool.name) {
            return Err(format!("{REQUIRE} names {}: {reason}", tool.name));
        }
        // A closed stderr does not matter: the table shows what is missing.
        let _ = writeln!(io::stderr(), "{reason}: the counts of {} are missing", tool.name);
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

    /// Returns whether it can run a program. Being installed is not enough: a container may forbid ptrace.
    fn works(&self) -> &Outcome<()> {
        self.tried.get_or_init(|| {
            let output = self.command().arg("true").output();
            let output = output.map_err(|error| format!("cannot run {}: {error}", self.name))?;
            if output.status.success() {
                return Ok(());
            }
            let stderr = String::from_utf8_lossy(&output.stderr);
            let reason = stderr.lines().next_back().unwrap_or("it gives no reason");
            Err(format!("{} cannot run a program: {reason}", self.name))
        })
    }
}

/// Returns the core's instructions for one more message; `None` without valgrind.
pub(crate) fn core_instructions(flow: Flow) -> Outcome<Option<f64>> {
    count_each(&VALGRIND, Runs::LONG, |mails| {
        instructions(&[CORE_ONLY, flow.name(), &mails.to_string()])
    })
}

/// Returns a client's instructions for one more message, without the kernel; `None` without valgrind.
pub(crate) fn client_instructions(
    client: &Contender,
    replies: GroupReplies,
) -> Outcome<Option<f64>> {
    let server = server(replies)?;
    let addr = server.addr().to_string();
    count_each(&VALGRIND, Runs::new(client), |mails| {
        instructions(&[SEND, &client.label(), &mails.to_string(), &addr])
    })
}

fn instructions(arguments: &[&str]) -> Outcome<f64> {
    let output = run(VALGRIND.command(), arguments)?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let collected = stderr.lines().find_map(|line| line.split_once("Collected : "));
    number(collected.map(|(_, count)| count), &stderr)
}

/// Returns a client's system calls for one more message; `None` without strace.
pub(crate) fn system_calls(client: &Contender, replies: GroupReplies) -> Outcome<Option<f64>> {
    let server = server(replies)?;
    let addr = server.addr().to_string();
    count_each(&STRACE, Runs::new(client), |mails| {
        let output = run(STRACE.command(), &[SEND, &client.label(), &mails.to_string(), &addr])?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        let total = stderr.lines().find_map(|line| line.trim().strip_suffix("total"));
        number(total, &stderr)
    })
}

/// Returns what the tool counts for each message that the second run has more.
fn count_each(
    tool: &Tool,
    runs: Runs,
    count: impl Fn(u32) -> Outcome<f64>,
) -> Outcome<Option<f64>> {
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
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(output) } else { Err(format!("{command:?}: {stderr}")) }
}

fn number(text: Option<&str>, stderr: &str) -> Outcome<f64> {
    let number = text.and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| format!("the tool printed no count:\n{stderr}"))
}

/// Runs the core without I/O, in a process under valgrind.
pub(crate) fn run_core_only(flow: &str, mails: &str) -> Outcome<()> {
    let flow = flow.parse().map_err(|error: mailer::Error| error.to_string())?;
    CoreOnly::new(flow).send(mails.parse().map_err(|_| "no number")?);
    Ok(())
}

/// Runs a client, in a process under valgrind or strace.
pub(crate) fn run_client(client: &str, mails: &str, addr: &str) -> Outcome<()> {
    let mut clients = clients();
    clients.retain(|known| known.label() == client);
    let client = clients.first().ok_or_else(|| format!("no client {client}"))?;
    whole_client::send(client, mails.parse().map_err(|_| "no number")?, addr)
}
