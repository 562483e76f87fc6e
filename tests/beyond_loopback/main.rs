//! A server beyond loopback: `compare` and `bench` ask before their first connection.
//!
//! The address is in a separate network namespace, in which this program runs again, so nothing leaves
//! the machine. Where the system does not allow such a namespace, every trial is ignored with the reason.

mod namespace;

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    process::{Command, ExitCode, Output, Stdio},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use mailer_backends::BACKENDS;
use mailer_server::{Config, EmbeddedServer};
use mailer_tests::binary;

use namespace::{ADDRESS, MIXED, Namespace};

/// The exit status of a usage error.
const USAGE: i32 = 64;

fn main() -> ExitCode {
    match Namespace::enter() {
        Namespace::Entered => run(None),
        Namespace::Left(code) => code,
        Namespace::Impossible(reason) => run(Some(&reason)),
    }
}

fn run(ignored: Option<&str>) -> ExitCode {
    let trial = |(name, test): (String, Test)| {
        let reason = ignored.map(str::to_owned);
        Trial::ignorable_test(name, move || match reason {
            Some(reason) => Ok(Completion::ignored_with(reason)),
            None => test().map(|()| Completion::Completed),
        })
    };
    let trials = tests().into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

type Test = Box<dyn FnOnce() -> Result<(), Failed> + Send>;

/// Command lines that would reach the server, and a part of the question.
const ASKING: [(&str, &[&str], &str); 7] = [
    (
        "a_message_by_each_backend",
        &["compare"],
        "make 3 deliveries (3 messages to 1 recipient each",
    ),
    ("a_bench_of_few_messages", &["bench"], "open 9 connections"),
    ("many_connections", &["bench", "--connections=200"], "open 1800 connections"),
    ("many_recipients", &["bench", "--to=c@example.test", "--messages=50"], "300 deliveries"),
    ("handshakes", &["bench", "--workload=handshake", "--messages=7"], "open 21 connections"),
    ("a_time", &["bench", "--duration=2", "--backend=raw"], "accepts in 2.00 s"),
    ("a_warm_up", &["bench", "--warm-up=2", "--backend=raw"], "accepts in 2.00 s"),
];

/// How the command line names the server.
#[derive(Clone, Copy)]
enum Named {
    Option,
    Variable,
}

fn tests() -> Vec<(String, Test)> {
    let mut tests: Vec<(String, Test)> = Vec::new();
    for (name, arguments, words) in ASKING {
        for (how, named) in [("server", Named::Option), ("SMTP_URL", Named::Variable)] {
            let test = move || is_asked(ADDRESS, named, arguments, words);
            tests.push((format!("{name}_needs_consent::{how}"), Box::new(test)));
        }
    }
    let mixed = || is_asked(MIXED, Named::Option, &["bench"], "open 9 connections");
    tests.push(("a_name_with_one_address_beyond_loopback_needs_consent".into(), Box::new(mixed)));
    tests.push(("with_yes_nothing_is_asked".into(), Box::new(with_yes)));
    tests
}

/// Checks that the command ends before its first connection, and describes what it would cause.
fn is_asked(host: &str, named: Named, arguments: &[&str], words: &str) -> Result<(), Failed> {
    let listener = TcpListener::bind(SocketAddr::new(ADDRESS.parse()?, 0))?;
    listener.set_nonblocking(true)?;
    let url = format!("smtp://{host}:{}?tls=none", listener.local_addr()?.port());
    let mut command = command(arguments);
    match named {
        Named::Option => command.args(["--server", &url]),
        Named::Variable => command.env("SMTP_URL", &url),
    };
    let Output { status, stderr, .. } = command.output()?;
    let complaint = String::from_utf8_lossy(&stderr);
    let is_error_and_hint = matches!(
        complaint.lines().collect::<Vec<_>>().as_slice(),
        [error, hint] if error.starts_with("mailer: ") && hint.starts_with("hint: ")
    );
    if status.code() != Some(USAGE) || !is_error_and_hint {
        return Err(format!("{status}: {complaint}").into());
    }
    for part in [words, "pass --yes", &url] {
        if !complaint.contains(part) {
            return Err(format!("{part} is not in {complaint}").into());
        }
    }
    // A connection would wait here, even after its client has closed it.
    match listener.accept() {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        accepted => Err(format!("the command connected: {accepted:?}").into()),
    }
}

fn with_yes() -> Result<(), Failed> {
    let config = Config::plain().with_listen(SocketAddr::new(ADDRESS.parse()?, 0));
    let server = EmbeddedServer::start(config)?;
    let url = format!("smtp://{}?tls=none", server.addr());
    for (arguments, each) in [(["bench", "--messages=2"], 2), (["compare", "--messages=2"], 2)] {
        let output = command(&arguments).args(["--yes", "--server", &url]).output()?;
        let stored = server.take_mails().len();
        if !output.status.success() || stored != each * BACKENDS.len() {
            return Err(format!("{stored} messages arrived: {output:?}").into());
        }
    }
    Ok(())
}

/// Returns a command without a terminal, so that its questions get no answer.
fn command(arguments: &[&str]) -> Command {
    let mut command = binary::mailer();
    command.args(arguments).args(["--from=ann@example.test", "--to=bob@example.test"]);
    command.stdin(Stdio::null());
    command
}
