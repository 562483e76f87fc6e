//! A machine that has no thread, no file descriptor or no loopback to give: commands report it.

use std::{
    ffi::OsStr,
    io::Read as _,
    net::TcpStream,
    process::{Command, Stdio},
};

use mailer_server::Config;
use mailer_tests::binary;

use crate::{
    command::{Running, run},
    fixture::{Fixture, SMALL},
};

/// More octets of stack for each thread than any machine has, so that none can be started.
const NO_STACK: (&str, &str) = ("RUST_MIN_STACK", "1152921504606846976");

/// The command, in a shell that may open so many files.
fn with_files(count: u32, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -n {count}; exec \"$0\" \"$@\""));
    command.arg(binary::path()).args(arguments).env_remove("SMTP_PASSWORD");
    command
}

#[test]
fn without_threads_raw_sends_and_everything_else_says_so() {
    let fixture = Fixture::start(Config::plain());
    let url = fixture.url().replace("localhost", "127.0.0.1");
    let send = |options: &[&str]| {
        let mut command = binary::mailer();
        command.env(NO_STACK.0, NO_STACK.1).arg("send").args(SMALL).args(options);
        run(&mut command)
    };
    // An address needs no resolver, whose system call takes no time-out.
    send(&["--server", &url]).succeeds();
    fixture.take_mail();
    let resolver = send(&["--server", &fixture.url()]).exits(75);
    assert!(resolver.complaint().contains("cannot start a thread"), "{resolver:#?}");
    let lettre = send(&["--server", &url, "--backend", "lettre"]).exits(75);
    assert!(lettre.complaint().contains("cannot start a thread"), "{lettre:#?}");
    for (arguments, status) in [(&["compare"][..], 70), (&["bench"], 70), (&["serve"], 70)] {
        let ran = run(binary::mailer().args(arguments).env(NO_STACK.0, NO_STACK.1)).exits(status);
        assert_ne!(ran.complaint(), "", "{ran:#?}");
    }
}

/// Whatever the limit is hit by, each command ends by itself, and with a status of the table.
#[cfg(unix)]
#[test]
fn without_file_descriptors_commands_end_and_say_why() {
    for (count, command, status) in [(4, "compare", 70), (5, "compare", 70), (4, "serve", 78)] {
        let ran = run(&mut with_files(count, &[command])).exits(status);
        assert!(ran.complaint().contains("Too many open files"), "{ran:#?}");
    }
    // Enough to start with, and too few to reach the end.
    let ran = run(&mut with_files(8, &["compare", "--timeout", "5"]));
    assert!([0, 70, 75].contains(&ran.status), "{ran:#?}");
}

#[cfg(unix)]
#[test]
fn a_server_without_file_descriptors_says_so_and_goes_on_when_it_has_some() {
    let mut command = with_files(8, &["serve", "--tls", "none"]);
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()), b"");
    let (lines, complaints) = (running.lines(), running.complaints());
    let first = lines.next();
    let address = first.trim_start_matches("serving smtp://").trim_end_matches("?tls=none");
    let connect = || TcpStream::connect(address).expect("the backlog has room");
    let many: Vec<TcpStream> = (0..8).map(|_| connect()).collect();
    assert!(complaints.next().contains("Too many open files"));
    drop(many);
    let mut greeting = [0; 4];
    connect().read_exact(&mut greeting).expect("it is greeted");
    assert_eq!(&greeting, b"220 ");
}

/// The program in a network namespace of its own.
#[cfg(target_os = "linux")]
fn isolated(program: &OsStr) -> Command {
    let mut command = Command::new("unshare");
    command.arg("-rn").arg(program);
    command
}

/// In a network namespace of its own the loopback is down. Where no such namespace can be made, there
/// is nothing to try.
#[cfg(target_os = "linux")]
#[test]
fn without_a_loopback_commands_say_so() {
    let works = isolated("true".as_ref()).stderr(Stdio::null()).status();
    if !works.is_ok_and(|status| status.success()) {
        return;
    }
    for (command, status) in [("compare", 70), ("bench", 70), ("serve", 78)] {
        let ran = run(isolated(binary::path().as_os_str()).arg(command)).exits(status);
        assert!(ran.complaint().contains("cannot be connected to"), "{command}: {ran:#?}");
    }
}
