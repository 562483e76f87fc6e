//! The processes that `bench` starts: this program again, with requests on its standard input.
//!
//! Requests contain the password, so they are not arguments.

use std::io::{self, BufReader};

use clap::{Args, Subcommand};
use mailer::Error;
use mailer_bench::{load, server_process};

use super::bench_contender::Named;
use crate::exit::Status;

/// A process of a run; started by bench
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// The embedded server
    Server,
    /// A contender
    Contender(Box<Named>),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    match &arguments.role {
        Role::Server => server_process::serve(io::stdin().lock(), io::stdout().lock())?,
        Role::Contender(named) => {
            // Another thread reads it, and the lock of stdin cannot move to that.
            let requests = BufReader::new(io::stdin());
            load::work(&named.contender()?, requests, io::stdout().lock())?;
        }
    }
    Ok(Status::OK)
}
