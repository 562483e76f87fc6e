//! The command `mailer`: two ways to send the same mail, side by side.

mod commands;
mod complaints;
mod exit;
mod input;
mod interruption;
mod mail;
mod options;
mod output;
mod page;
mod patience;
mod trace;

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    commands::{bench, compare, generate, send, serve},
    exit::Status,
};

/// What the whole is, for `--help`.
const ABOUT: &str = "Sends mail over SMTP in two ways: by the lettre library, and with every byte \
    written by hand";
/// What a server is, for `--help`.
const SERVERS: &str = "A server is a URL: smtp://[user[:password]@]host[:port][?tls=required|opportunistic|none] \
    with STARTTLS (port 587), or smtps://[user[:password]@]host[:port] with TLS from the first byte (port 465). \
    submission:// and smtp+starttls:// mean the same as smtp://, submissions:// the same as smtps://, and \
    host:port is smtp://host:port, with port 465 smtps://host:465. An option or a variable that is set to \
    nothing counts as not set.";

#[derive(Parser)]
#[command(
    name = "mailer",
    version,
    about = ABOUT,
    after_help = SERVERS,
    max_term_width = 100,
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Send(Box<send::Arguments>),
    Compare(Box<compare::Arguments>),
    Bench(Box<bench::Arguments>),
    Serve(Box<serve::Arguments>),
    Completions(generate::Completions),
    Man(generate::Man),
    #[command(hide = true)]
    BenchWorker(Box<bench::worker::Arguments>),
}

/// Prints panics escaped, as all else: their messages may quote what a server said.
fn escape_panics() {
    panic::set_hook(Box::new(|panic| {
        output::note(&format!("mailer: a defect, please report it: {panic}"));
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
    let done = match arguments.command {
        Command::Send(arguments) => send::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::BenchWorker(arguments) => bench::worker::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Completions(arguments) => generate::completions(&arguments),
        Command::Man(arguments) => generate::man(&arguments),
    };
    done.unwrap_or_else(|error| {
        output::complain(&error);
        Status::of(&error)
    })
    .into()
}
