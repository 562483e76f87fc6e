//! What a mail costs in things that can be counted, and so are the same on every machine: checked
//! against `benches/counts.txt`. A regression fails; times are never judged.
//!
//! ```text
//! cargo bench -p mailer-benches --bench counts                    # checks
//! UPDATE_COUNTS=1 cargo bench -p mailer-benches --bench counts    # writes the table anew
//! ```
//!
//! Everything is for one more mail of 1 KiB to one recipient on a connection that has sent others,
//! in the clear. Instructions need valgrind, system calls strace: what is not there is left out,
//! unless `MAILER_REQUIRE` names it.

mod alone;
mod over_link;
mod table;
mod tools;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use mailer_backends::Flow;
use table::{Column, Row, Table};

/// What is said where something is told that a run found out.
type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    // Cargo's own arguments, and the names of benches that others may be asked for.
    let arguments: Vec<String> =
        env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [tools::ALONE, flow, mails] => tools::be_alone(flow, mails),
        [tools::SEND, flow, mails, addr] => tools::be_sender(flow, mails, addr),
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
    let flows = Flow::ALL.into_iter().filter(|flow| *flow != Flow::Auto);
    let table = Table(flows.map(row).collect::<Outcome<Vec<Row>>>()?);
    // A closed pipe is no error.
    let _ = write!(io::stdout(), "{table}");
    if env::var_os("UPDATE_COUNTS").is_some() { table.store() } else { table.check() }
}

fn row(flow: Flow) -> Outcome<Row> {
    let alone = alone::counted(flow);
    let link = over_link::counted(flow)?;
    let values = [
        (Column::Instructions, tools::instructions(flow)?),
        (Column::Allocations, Some(alone.allocations)),
        (Column::Writes, Some(alone.writes)),
        (Column::Flights, Some(link.flights)),
        (Column::RoundTrips, Some(link.round_trips)),
        (Column::BytesOut, Some(link.bytes_out)),
        (Column::BytesIn, Some(link.bytes_in)),
        (Column::SystemCalls, tools::system_calls(flow)?),
    ];
    Ok(Row { flow: flow.name().into(), values: values.into() })
}
