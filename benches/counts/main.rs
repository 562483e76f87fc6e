//! Counts what one more message costs, in numbers that are the same on every machine, and checks them against
//! `benches/counts.txt`. A regression fails. Times are never judged.
//!
//! ```text
//! cargo bench -p mailer-benches --bench counts                    # checks
//! UPDATE_COUNTS=1 cargo bench -p mailer-benches --bench counts    # stores a new table
//! ```
//!
//! The message has 1 KiB and one recipient, and goes without TLS over a connection that has sent others. The
//! first columns are of raw's protocol core, which does no I/O; the others are of the whole client.
//! Instructions need valgrind and system calls need strace. Without these tools the columns are left out,
//! unless `MAILER_REQUIRE` names the tool.

mod core_only;
mod count_table;
mod tools;
mod whole_client;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use count_table::{Column, Count, CountTable, Row};
use mailer::Security;
use mailer_backends::Flow;
use mailer_bench::{
    floor::{BARE, NOTHING},
    in_process::Case,
};
use mailer_benches::contenders;
use mailer_lab::Contender;
use mailer_server::GroupReplies;

/// A result whose error is a text for the user.
type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    // Without cargo's own options. What remains are the arguments of this program's processes, or a filter.
    let arguments: Vec<String> =
        env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [tools::CORE_ONLY, flow, messages] => tools::run_core_only(flow, messages),
        [tools::SEND, client, messages, addr] => tools::run_client(client, messages, addr),
        [] => count(),
        // A filter selects criterion benchmarks, and none of these.
        _ => Ok(()),
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

fn count() -> Outcome<()> {
    tools::check_available()?;
    let rows = clients().into_iter().map(|client| (client, GroupReplies::Together));
    let rows = rows.chain(at_nagle_server());
    let table =
        CountTable(rows.map(|(client, replies)| row(&client, replies)).collect::<Outcome<_>>()?);
    // A closed pipe is not an error.
    let _ = write!(io::stdout(), "{table}");
    if env::var_os("UPDATE_COUNTS").is_some() { table.store() } else { table.check() }
}

/// Returns every backend, in each of its flows.
fn clients() -> Vec<Contender> {
    let mut clients = contenders(Case::throughput(Security::None, core_only::MESSAGE_SIZE));
    clients.retain(|client| client.name != NOTHING && client.name != BARE);
    clients
}

/// Returns flows with groups of replies, and lockstep, to a server that sends replies one by one, with
/// Nagle's algorithm on. Acknowledging each part of an answer costs system calls.
fn at_nagle_server() -> impl Iterator<Item = (Contender, GroupReplies)> {
    let is_shown = |client: &Contender| {
        matches!(client.flow.as_deref(), Some("lockstep" | "pipelined" | "overlapped"))
    };
    clients().into_iter().filter(is_shown).map(|client| (client, GroupReplies::OneByOne))
}

fn row(client: &Contender, replies: GroupReplies) -> Outcome<Row> {
    // The core has no server, so its counts do not depend on how replies are sent.
    let flow = client.flow.as_deref().filter(|_| replies == GroupReplies::Together);
    let flow: Option<Flow> = flow.and_then(|flow| flow.parse().ok());
    let core = flow.map(core_only::count);
    let core_instructions = flow.map(tools::core_instructions).transpose()?;
    let whole = whole_client::count(client, replies)?;
    let values = [
        (Column::CoreInstructions, Count::new(core_instructions)),
        (Column::CoreAllocations, Count::new(core.as_ref().map(|it| Some(it.allocations)))),
        (Column::CoreWrites, Count::new(core.map(|it| Some(it.writes)))),
        (Column::Instructions, Count::new(Some(tools::client_instructions(client, replies)?))),
        (Column::Allocations, Count::Found(whole.allocations)),
        (Column::SystemCalls, Count::new(Some(tools::system_calls(client, replies)?))),
        (Column::Flights, Count::Found(whole.flights)),
        (Column::RoundTrips, Count::Found(whole.round_trips)),
        (Column::BytesOut, Count::Found(whole.bytes_out)),
        (Column::BytesIn, Count::Found(whole.bytes_in)),
    ];
    let server = match replies {
        GroupReplies::OneByOne => ", Nagle server",
        _ => "",
    };
    Ok(Row { client: client.label() + server, values: values.into() })
}
