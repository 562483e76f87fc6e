//! `mailer bench-worker`: a process that `bench` starts. Requests reach it on stdin and not as arguments,
//! because they may contain the password.

use std::io::{self, BufReader};

use clap::{Args, Subcommand};
use mailer::Error;
use mailer_bench::{load, server_process};

use super::bench_contender::Named;
use crate::{
    exit::Status,
    options::{mechanism_named, mechanisms},
};

/// Run one process of a benchmark; bench starts it
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Run the embedded server
    Server {
        /// Offer this AUTH mechanism as well
        #[arg(long, value_parser = mechanisms())]
        auth: Option<String>,
    },
    /// Run a contender
    Contender(Box<Named>),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    match &arguments.role {
        Role::Server { auth } => {
            let mechanism = auth.as_deref().and_then(mechanism_named);
            server_process::serve_offering(mechanism, io::stdin().lock(), io::stdout().lock())?;
        }
        Role::Contender(named) => {
            // Another thread reads the requests, and the lock of stdin cannot move to it.
            let requests = BufReader::new(io::stdin());
            load::work(&named.contender()?, requests, io::stdout().lock())?;
        }
    }
    Ok(Status::OK)
}
