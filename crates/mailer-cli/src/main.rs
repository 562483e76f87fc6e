//! The command `mailer`: sends the same message in two ways, and compares them.

mod command_line;
mod commands;
mod data_folder;
mod exit;
mod greeting_watch;
mod input;
mod interruption;
mod mail;
mod options;
mod output;
mod output_file;
mod page_facts;
mod profile;
mod receipt_errors;
mod trace;

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic,
    process::ExitCode,
};

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::{
    commands::{bench, check, compare, explain, generate, merge, send, serve, worker},
    exit::Status,
};

const ABOUT: &str = "Send mail over SMTP in two ways, with the lettre library and with every byte of SMTP \
    written by hand, and compare the two";
/// The end of `-h`.
const SERVERS_IN_SHORT: &str =
    "A server is a URL: smtp://[user@]host (STARTTLS) or smtps://[user@]host (TLS).";
/// The end of `--help`.
const SERVERS: &str = "A server is a URL: smtp://[user[:password]@]host[:port][?tls=required|opportunistic|none] \
    uses STARTTLS (port 587), and smtps://[user[:password]@]host[:port] uses TLS from the first byte (port 465). \
    submission:// and smtp+starttls:// are other names for smtp://, and submissions:// for smtps://. host:port \
    means smtp://host:port, except that port 465 means smtps://. An option or a variable with an empty value \
    counts as not set.";

#[derive(Parser)]
#[command(
    name = "mailer",
    version,
    about = ABOUT,
    after_help = SERVERS_IN_SHORT,
    after_long_help = SERVERS,
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Send(Box<send::Arguments>),
    Compare(Box<compare::Arguments>),
    Explain(Box<explain::Arguments>),
    Bench(Box<bench::Arguments>),
    Check(Box<check::Arguments>),
    Serve(Box<serve::Arguments>),
    Worker(Box<worker::Arguments>),
    Merge(merge::Arguments),
    Completions(generate::Completions),
    Man(generate::Man),
    #[command(hide = true)]
    BenchWorker(Box<bench::worker::Arguments>),
}

/// Escapes panic messages, because they may quote a server.
fn escape_panics() {
    panic::set_hook(Box::new(|panic| {
        output::note(&format!("mailer: this is a bug, please report it: {panic}"));
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            output::note(&backtrace.to_string());
        }
    }));
}

fn main() -> ExitCode {
    escape_panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(help_or_usage) => return exit::usage(&help_or_usage),
    };
    let status = match arguments.command {
        Command::Send(mut arguments) => {
            arguments.use_profile().and_then(|()| send::run(&arguments))
        }
        Command::Compare(mut arguments) => {
            arguments.use_profile().and_then(|()| compare::run(&arguments))
        }
        Command::Bench(mut arguments) => {
            arguments.use_profile().and_then(|()| bench::run(&arguments))
        }
        Command::Check(mut arguments) => {
            arguments.use_profile().and_then(|()| check::run(&arguments))
        }
        Command::Explain(mut arguments) => {
            arguments.use_profile().and_then(|()| explain::run(&arguments))
        }
        Command::BenchWorker(arguments) => bench::worker::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Worker(mut arguments) => {
            arguments.use_profile().and_then(|()| worker::run(&arguments))
        }
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Completions(arguments) => {
            generate::completions(&arguments, &mut Arguments::command())
        }
        Command::Man(arguments) => generate::man(&arguments, Arguments::command()),
    };
    status
        .unwrap_or_else(|error| {
            output::error(&error);
            Status::from_error(&error)
        })
        .into()
}
