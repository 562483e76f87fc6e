//! Messages from pipes and devices, which may never deliver a byte or never end.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use mailer_server::Config;
use mailer_tests::binary;
use tempfile::TempDir;

use crate::{
    command::{Running, run, run_with},
    fixture::{Fixture, SMALL, backends},
};

const MESSAGE: &str = "From: ann@example.test\r\nTo: bob@example.test\r\n\r\nA line.\r\n";
const ENVELOPE: [&str; 4] = ["--from", "ann@example.test", "--to", "bob@example.test"];

/// Creates a named pipe.
fn fifo(fixture: &Fixture, name: &str) {
    let path = fixture.folder().join(name);
    assert!(Command::new("mkfifo").arg(path).status().expect("it runs").success());
}

/// Writes this to a pipe once a process opens it.
fn feed(path: &Path, content: &'static [u8]) {
    let path = path.to_owned();
    thread::spawn(move || fs::File::options().write(true).open(path)?.write_all(content));
}

#[test]
fn a_message_may_come_from_any_pipe() {
    let fixture = Fixture::start(Config::plain());
    for backend in backends() {
        for options in [&[][..], &ENVELOPE] {
            let mut command = fixture.send(backend);
            run_with(command.args(["--eml", "/dev/stdin"]).args(options), MESSAGE.as_bytes())
                .succeeds();
            assert_eq!(*fixture.take_mail().content, *MESSAGE.as_bytes(), "{backend}");

            fifo(&fixture, "pipe");
            feed(&fixture.folder().join("pipe"), MESSAGE.as_bytes());
            run(fixture.send(backend).args(["--eml", "pipe"]).args(options)).succeeds();
            assert_eq!(*fixture.take_mail().content, *MESSAGE.as_bytes(), "{backend}");
            fs::remove_file(fixture.folder().join("pipe")).expect("it is there");
        }
    }
}

#[test]
fn bodies_and_attachments_may_come_from_pipes() {
    let fixture = Fixture::start(Config::plain());
    for option in ["--body-file", "--html-file", "--attach"] {
        let mut command = fixture.send("raw");
        run_with(command.args(ENVELOPE).args([option, "/dev/stdin"]), b"A text.\n").succeeds();
        assert_ne!(fixture.take_mail().content.len(), 0);
    }
}

#[test]
fn an_idle_pipe_times_out() {
    let fixture = Fixture::start(Config::plain());
    fifo(&fixture, "pipe");
    for (option, status) in
        [("--eml", 66), ("--body-file", 66), ("--html-file", 66), ("--attach", 66), ("--ca", 78)]
    {
        let mut command = fixture.command("send");
        command.args(ENVELOPE).args(["--timeout", "0.1", option, "pipe"]);
        if option == "--ca" {
            command = binary::mailer();
            command.current_dir(fixture.folder()).args(["send", "--server", &fixture.url()]);
            command.args(SMALL).args(["--timeout", "0.1", option, "pipe"]);
        }
        let ran = run(&mut command).exits(status);
        assert!(ran.error().contains("0.1 s"), "{ran:#?}");
    }
    assert!(fixture.server.transcript().is_empty(), "a client connected");
}

#[test]
fn an_endless_source_is_refused() {
    let fixture = Fixture::start(Config::plain());
    let login = |option, source| ["--user", "ann", option, source];
    for (status, options, text) in [
        (66, &["--eml", "/dev/zero"][..], "256 MiB"),
        (66, &["--attach", "/dev/zero"], "256 MiB"),
        (78, &login("--password-file", "/dev/zero"), "64 KiB"),
        (78, &login("--password-command", "yes"), "64 KiB"),
        (78, &["--ca", "/dev/zero"], "16 MiB"),
    ] {
        let mut command = binary::mailer();
        command.current_dir(fixture.folder()).args(["send", "--server", &fixture.url()]);
        command.args(if options[0] == "--eml" { &ENVELOPE[..] } else { &SMALL });
        let ran = run(command.args(options)).exits(status);
        assert!(ran.error().contains(text), "{ran:#?}");
    }
    assert!(fixture.server.transcript().is_empty(), "a client connected");
}

#[test]
fn a_spooled_message_leaves_no_file() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("smtp://{}?tls=none", silent.local_addr().expect("an address"));
    // SIGHUP is ignored wherever the tests run under nohup, and SIGINT in the background of a script: a child inherits that.
    for signal in ["TERM", "KILL"] {
        let folder = TempDir::new().expect("there is room");
        let mut command = binary::mailer();
        command.args(["send", "--server", &url, "--eml", "-"]).env("TMPDIR", folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let running = Running::start(&mut command, MESSAGE.as_bytes());
        // The command connects when it has the complete message.
        let (_connection, _) = silent.accept().expect("it connects");
        let id = running.id().to_string();
        assert!(
            Command::new("kill").args(["-s", signal, &id]).status().expect("it runs").success()
        );
        running.wait();
        let left: Vec<_> = fs::read_dir(folder.path()).expect("it is there").collect();
        assert!(left.is_empty(), "SIG{signal} leaves {left:?}");
    }
}
