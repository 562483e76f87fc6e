//! A machine without free threads, file descriptors or a loopback interface: commands report it.

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

/// A stack size in bytes that no machine has, so that no thread can start.
const NO_STACK: (&str, &str) = ("RUST_MIN_STACK", "1152921504606846976");

/// Returns the command in a shell that limits the number of open files.
fn with_files(count: u32, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -n {count}; exec \"$0\" \"$@\""));
    command.arg(binary::path()).args(arguments).env_remove("SMTP_PASSWORD");
    command
}

#[test]
fn without_threads_raw_sends_and_other_commands_report_it() {
    let fixture = Fixture::start(Config::plain());
    let url = fixture.url().replace("localhost", "127.0.0.1");
    let send = |options: &[&str]| {
        let mut command = binary::mailer();
        command.env(NO_STACK.0, NO_STACK.1).arg("send").args(SMALL).args(options);
        run(&mut command)
    };
    // An IP address needs no resolver thread.
    send(&["--server", &url]).succeeds();
    fixture.take_mail();
    let resolver = send(&["--server", &fixture.url()]).exits(75);
    assert!(resolver.error().contains("cannot start a thread"), "{resolver:#?}");
    let lettre = send(&["--server", &url, "--backend", "lettre"]).exits(75);
    assert!(lettre.error().contains("cannot start a thread"), "{lettre:#?}");
    for (arguments, status) in [(&["compare"][..], 70), (&["bench"], 70), (&["serve"], 70)] {
        let ran = run(binary::mailer().args(arguments).env(NO_STACK.0, NO_STACK.1)).exits(status);
        assert_ne!(ran.error(), "", "{ran:#?}");
    }
}

/// Checks that each command ends, with a documented status, wherever it reaches the limit.
#[cfg(unix)]
#[test]
fn without_file_descriptors_commands_end_and_report_it() {
    for (count, command, status) in [(4, "compare", 70), (5, "compare", 70), (4, "serve", 78)] {
        let ran = run(&mut with_files(count, &[command])).exits(status);
        assert!(ran.error().contains("Too many open files"), "{ran:#?}");
    }
    // Enough to start, and too few to finish.
    let ran = run(&mut with_files(8, &["compare", "--timeout", "5"]));
    assert!([0, 70, 75].contains(&ran.status), "{ran:#?}");
}

#[cfg(unix)]
#[test]
fn a_server_without_file_descriptors_reports_it_and_continues_when_it_has_some() {
    let mut command = with_files(8, &["serve", "--tls", "none"]);
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()), b"");
    let (lines, errors) = (running.lines(), running.errors());
    let first = lines.next();
    let address = first.trim_start_matches("serving smtp://").trim_end_matches("?tls=none");
    let connect = || TcpStream::connect(address).expect("the backlog has room");
    let many: Vec<TcpStream> = (0..8).map(|_| connect()).collect();
    // The lines to paste come first.
    while !errors.next().contains("Too many open files") {}
    drop(many);
    let mut greeting = [0; 4];
    connect().read_exact(&mut greeting).expect("a greeting");
    assert_eq!(&greeting, b"220 ");
}

/// Returns the program in a network namespace of its own.
#[cfg(target_os = "linux")]
fn isolated(program: &OsStr) -> Command {
    let mut command = Command::new("unshare");
    command.arg("-rn").arg(program);
    command
}

/// In a new network namespace the loopback interface is down. The test does nothing where the system allows
/// no such namespace.
#[cfg(target_os = "linux")]
#[test]
fn without_a_loopback_interface_commands_report_it() {
    let works = isolated("true".as_ref()).stderr(Stdio::null()).status();
    if !works.is_ok_and(|status| status.success()) {
        return;
    }
    for (command, status) in [("compare", 70), ("bench", 70), ("serve", 78)] {
        let ran = run(isolated(binary::path().as_os_str()).arg(command)).exits(status);
        assert!(ran.error().contains("can connect to 127.0.0.1"), "{command}: {ran:#?}");
    }
}
