//! Measures both backends and third-party SMTP clients: through the same embedded server and link, in turns.
//!
//! ```text
//! cargo run --release -p mailer-reports --example field -- [--tls none|starttls|implicit] [--link-rtt MS]
//!     [--messages N] [--size BYTES] [--rounds N] [--all-flows] [--build] [--server ADDRESS:PORT]
//!     [--quick-ack] [--against NAME] [NAME]
//! ```
//!
//! A program that is not installed is left out and named. NAME is a part of contenders' names. With TLS every
//! client logs in, without TLS none does. `--build` first builds the programs of the libraries mail-send and
//! lettre, which are no part of this workspace and whose dependencies have to be downloaded. `--all-flows` adds
//! the flows of raw that not every server supports. `--test` runs everything once, to see whether it works.
//!
//! Ratios are to `raw (pipelined)`, or to the contender of `--against`. `--quick-ack` keeps Nagle's algorithm
//! from stalling any client, which shows what our adapter adds to lettre:
//!
//! ```text
//! ... --build --tls none --quick-ack --against lettre-direct --size 10485760 --messages 20 --rounds 15 lettre
//! ```
//!
//! smtp-source is part of Postfix. It can be used without being installed:
//!
//! ```text
//! apt-get download postfix && dpkg -x postfix_*.deb postfix
//! PATH=$PATH:$PWD/postfix/usr/sbin LD_LIBRARY_PATH=$PWD/postfix/usr/lib/postfix cargo run ...
//! ```
//!
//! `--server` measures with another server, such as Postfix's smtp-sink, which must accept messages without TLS
//! and login. What it stores is not checked. The time of a further message is then the difference between a
//! connection with several messages and one with a single message (more `--messages` make it more exact).
//!
//! `--handshakes` measures instead how long further connections of a process take until they are ready for MAIL.
//!
//! `--page` writes `docs/field.md`, in about fifteen minutes.
//!
//! # How it measures
//!
//! Every contender is a program of its own, ours too. What is measured is what the link and the server observe
//! from outside. Starting the program is not part of it, which for most programs takes longer than the message.
//!
//! - **One message per connection** is timed by the link: from accepting the connection to the last byte in
//!   either direction.
//! - **A further message on the same connection** is timed by the server: from storing the first of several
//!   messages to storing the last, divided by the number of messages after the first. The link cannot tell
//!   messages apart inside TLS, and subtracting one run from another would add the noise of both. Round trips,
//!   bytes, stalls and CPU time are such differences nevertheless, because counts have hardly any noise.
//!
//! The table in `clients.rs` has the command line of each program, and the page's last section is generated from
//! it. A run that did not do exactly what was requested has no result.

mod arguments;
mod checked_server;
mod clients;
mod command;
mod command_docs;
mod figures;
mod handshakes;
mod measurement;
mod our_client;
mod page;
mod programs;
mod testbed;

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

use mailer_reports::{TextResult, ended};

use arguments::Arguments;
use clients::{CLIENTS, Tool};
use mailer::Error;
use mailer_bench::cores::Cores;

/// The first argument of a process that is one of our own contenders.
const CLIENT: &str = "client";

fn main() -> ExitCode {
    ended(run(&env::args().skip(1).collect::<Vec<_>>()))
}

fn run(given: &[String]) -> TextResult<()> {
    if let [CLIENT, rest @ ..] = given.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        return our_client::run(rest);
    }
    let arguments = Arguments::parse(given)?;
    if arguments.build {
        CLIENTS.iter().filter_map(built_folder).try_for_each(programs::build)?;
    }
    // Before anything is pinned.
    let cores = Cores::one_each();
    if arguments.page {
        return page::write(&cores);
    }
    if arguments.messages {
        let measured = measurement::measure(&arguments.settings, &cores)?;
        // A closed pipe is not an error.
        let _ = write!(io::stdout(), "{measured}");
        measured.verdict()?;
    }
    if let Some(effort) = arguments.handshakes {
        let table = handshakes::measure(effort, &cores)?;
        let _ = write!(io::stdout(), "\n{}\n{}", handshakes::TITLE, table.aligned());
    }
    Ok(())
}

fn built_folder(client: &clients::Client) -> Option<&'static str> {
    match client.tool {
        Tool::Built(folder) => Some(folder),
        _ => None,
    }
}

/// Returns an error and its cause in one line, so that it fits in a cell of a table.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes it by value")]
fn describe(error: Error) -> String {
    let text = format!("{error} {}", error.cause().unwrap_or_default());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
