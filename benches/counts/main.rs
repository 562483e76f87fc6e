//! What a mail costs in things that can be counted, and so are the same on every machine: checked
//! against `benches/counts.txt`. A regression fails; times are never judged.
//!
//! ```text
//! cargo bench -p mailer-benches --bench counts                    # checks
//! UPDATE_COUNTS=1 cargo bench -p mailer-benches --bench counts    # writes the table anew
//! ```
//!
//! Everything is for one more mail of 1 KiB to one recipient on a connection that has sent others,
//! in the clear: first of raw's core alone, which knows no network, then of each client as a whole.
//! Instructions need valgrind, system calls strace: what is not there is left out, unless
//! `MAILER_REQUIRE` names it.

mod alone;
mod over_link;
mod table;
mod tools;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use mailer::Security;
use mailer_backends::Flow;
use mailer_bench::{
    floor::{BARE, NOTHING},
    workload::Workload,
};
use mailer_benches::taking_part;
use mailer_lab::Contender;
use table::{Column, Count, Row, Table};

/// What is said where something is told that a run found out.
type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    // Cargo's own arguments, and the names of benches that others may be asked for.
    let arguments: Vec<String> =
        env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [tools::ALONE, flow, mails] => tools::be_alone(flow, mails),
        [tools::SEND, client, mails, addr] => tools::be_sender(client, mails, addr),
        [] => count(),
        // A filter is for benches that have a name to filter by.
        _ => Ok(()),
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

fn count() -> Outcome<()> {
    tools::look_for()?;
    let table = Table(clients().iter().map(row).collect::<Outcome<Vec<Row>>>()?);
    // A closed pipe is no error.
    let _ = write!(io::stdout(), "{table}");
    if env::var_os("UPDATE_COUNTS").is_some() { table.store() } else { table.check() }
}

/// Every backend, in each of its flows.
fn clients() -> Vec<Contender> {
    let workload = Workload::Throughput { octets: alone::OCTETS, security: Security::None };
    let mut clients = taking_part(workload);
    clients.retain(|client| client.name != NOTHING && client.name != BARE);
    clients
}

fn row(client: &Contender) -> Outcome<Row> {
    let flow: Option<Flow> = client.flow.as_deref().and_then(|flow| flow.parse().ok());
    let alone = flow.map(alone::counted);
    let instructions_alone = flow.map(tools::instructions_alone).transpose()?;
    let whole = over_link::counted(client)?;
    let values = [
        (Column::CoreInstructions, Count::of(instructions_alone)),
        (Column::CoreAllocations, Count::of(alone.as_ref().map(|it| Some(it.allocations)))),
        (Column::CoreWrites, Count::of(alone.map(|it| Some(it.writes)))),
        (Column::Instructions, Count::of(Some(tools::instructions_of(client)?))),
        (Column::Allocations, Count::Found(whole.allocations)),
        (Column::SystemCalls, Count::of(Some(tools::system_calls(client)?))),
        (Column::Flights, Count::Found(whole.flights)),
        (Column::RoundTrips, Count::Found(whole.round_trips)),
        (Column::BytesOut, Count::Found(whole.bytes_out)),
        (Column::BytesIn, Count::Found(whole.bytes_in)),
    ];
    Ok(Row { client: client.label(), values: values.into() })
}
