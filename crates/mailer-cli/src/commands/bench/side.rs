//! The processes that `bench` starts: this program again, told by lines on stdin what to do.
//!
//! What they are told has the password in it, so it does not come as an argument.

use std::io::{self, BufReader};

use clap::{Args, Subcommand};
use mailer::Error;
use mailer_bench::load;

use super::entrants::Named;
use crate::exit::Status;

/// One side of a run; started by bench
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    side: Side,
}

#[derive(Subcommand)]
enum Side {
    /// The embedded server
    Server,
    /// A contender
    Contender(Box<Named>),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    match &arguments.side {
        Side::Server => load::host(io::stdin().lock(), io::stdout().lock())?,
        Side::Contender(named) => {
            // Read on another thread, which the lock of stdin cannot go to.
            let orders = BufReader::new(io::stdin());
            load::contend(&named.contender()?, orders, io::stdout().lock())?;
        }
    }
    Ok(Status::OK)
}
