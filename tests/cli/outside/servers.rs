//! Hostile text from servers, from clients of `serve` and from programs of `--with`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::Duration,
};

use mailer_server::{Script, ScriptedServer};
use mailer_tests::binary;
use tempfile::TempDir;

use super::{HOSTILE, IN_ADDRESS, assert_safe, safe, safe_page};
use crate::{
    command::Running,
    fixture::{HELLO, backends},
};

/// Far longer than any reply takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Returns servers that send hostile text in every reply, or at one step.
fn scripts() -> Vec<(&'static str, Script)> {
    let hello = format!("250-{HOSTILE}\n250-SMTPUTF8 {HOSTILE}\n250-{HOSTILE}\n250 AUTH PLAIN");
    let until = |line: &str| {
        let begun = Script::new().reply(&format!("220 mail {HOSTILE}")).answer("EHLO", &hello);
        begun.answer("AUTH", &format!("235 {HOSTILE}")).serve_until(line)
    };
    let no = |code: u16| format!("{code}-5.7.1 {HOSTILE}\n{code} {HOSTILE}");
    let offers = format!("250-mail\n250 AUTH X{HOSTILE}");
    let greets = || Script::new().reply("220 mail");
    vec![
        ("accepts", until(".").reply(&format!("250 {HOSTILE}")).serve()),
        ("greets with 554", Script::new().reply(&no(554)).close()),
        ("greets with no code", Script::new().reply(HOSTILE).close()),
        ("refuses EHLO", greets().answer("EHLO", &no(550)).close()),
        ("answers EHLO with no code", greets().answer("EHLO", &format!("25{HOSTILE}")).close()),
        ("offers another AUTH", greets().answer("EHLO", &offers).serve()),
        ("refuses AUTH", greets().answer("EHLO", &hello).answer("AUTH", &no(535)).serve()),
        (
            "sends a challenge to AUTH",
            greets().answer("EHLO", &hello).answer("AUTH", &no(334)).serve(),
        ),
        ("refuses the sender", until("MAIL").answer("MAIL", &no(550)).serve()),
        ("refuses a recipient", until("RCPT").answer("RCPT", &no(450)).serve()),
        ("refuses DATA", until("DATA").answer("DATA", &no(554)).serve()),
        ("refuses the message", until(".").reply(&no(552)).serve()),
        ("sends no valid reply", until(".").reply(&format!("2x0 {HOSTILE}")).close()),
        ("refuses QUIT", until("QUIT").answer("QUIT", &no(500)).close()),
    ]
}

/// A server with this script, and a folder for files.
struct Scene {
    server: ScriptedServer,
    folder: TempDir,
}

impl Scene {
    fn start(script: Script) -> Self {
        let server = ScriptedServer::start(script).expect("the server starts");
        Self { server, folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = binary::mailer();
        let url = format!("smtp://{}?tls=none", self.server.addr());
        command.current_dir(self.folder.path()).args([verb, "--server", &url, "--hello", HELLO]);
        command.args(["--user", "ann", "--timeout", "20"]).env("SMTP_PASSWORD", "sesame");
        command.args(["--from", "ann@example.test", "--to", "bob@example.test"]);
        command
    }
}

#[test]
fn send_escapes_the_replies_of_a_server() {
    for (name, script) in scripts() {
        for options in [["--trace"], ["--json"]] {
            for backend in backends() {
                let scene = Scene::start(script.clone());
                let mut send = scene.command("send");
                send.args(["--backend", backend, "--body", "x"]).args(options);
                let ran = safe(&mut send);
                if options == ["--json"] {
                    assert!(ran.json().to_string().contains("RED"), "{name}: {ran:#?}");
                }
                assert!(!ran.stdout.is_empty(), "{name}: {ran:#?}");
            }
        }
    }
}

#[test]
fn check_escapes_the_replies_of_a_server() {
    for (name, script) in scripts() {
        for options in [&[][..], &["--json"], &["--trace"]] {
            let scene = Scene::start(script.clone());
            let mut check = binary::mailer();
            let url = format!("smtp://{}?tls=none", scene.server.addr());
            check.args(["check", "--server", &url, "--hello", HELLO, "--timeout", "20"]);
            check.args(["--user", "ann"]).env("SMTP_PASSWORD", "sesame").args(options);
            let ran = safe(&mut check);
            if options == ["--json"] {
                assert_eq!(ran.json()["command"], "check", "{name}: {ran:#?}");
            }
        }
    }
}

/// Returns the scripts whose text appears in places that `send` does not have.
fn a_few() -> impl Iterator<Item = (&'static str, Script)> {
    let few = ["accepts", "offers another AUTH", "refuses a recipient", "sends no valid reply"];
    scripts().into_iter().filter(move |(name, _)| few.contains(name))
}

#[test]
fn compare_escapes_the_replies_of_a_server() {
    for (name, script) in a_few() {
        let scene = Scene::start(script);
        let mut compare = scene.command("compare");
        let ran = safe(compare.args(["--body", "x", "--yes", "--html", "page.html"]));
        assert!(ran.stdout.contains("RED"), "{name}: {ran:#?}");
        assert!(safe_page(&compare, "page.html").contains("RED"), "{name}");
        let ran = safe(scene.command("compare").args(["--body", "x", "--yes", "--json"]));
        assert!(ran.json().to_string().contains("RED"), "{name}");
    }
}

#[test]
fn bench_escapes_the_replies_of_a_server() {
    for (name, script) in a_few() {
        let scene = Scene::start(script);
        let bench = |options: &[&str]| {
            let mut bench = scene.command("bench");
            bench.args(["--messages", "1", "--rounds", "1", "--warm-up", "0", "--yes"]);
            bench.args(options);
            bench
        };
        let mut page = bench(&["--html", "page.html"]);
        let ran = safe(&mut page);
        let says_no = name != "accepts";
        assert_eq!(ran.stdout.contains("RED"), says_no, "{name}: {ran:#?}");
        assert_eq!(safe_page(&page, "page.html").contains("RED"), says_no, "{name}");
        safe(&mut bench(&["--json"])).json();
    }
}

#[test]
fn serve_escapes_the_commands_of_a_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let maildir = folder.path().join(format!("m{IN_ADDRESS}"));
    let mut command = binary::mailer();
    command.args(["serve", "--tls", "none", "--maildir"]).arg(&maildir).stdout(Stdio::piped());
    let mut running = Running::start(&mut command, b"");
    let lines = running.lines();
    let first = lines.next();
    let address = first.trim_start_matches("serving smtp://").trim_end_matches("?tls=none");
    let mut client = TcpStream::connect(address).expect("it listens");
    client.set_read_timeout(Some(LIMIT)).expect("a limit can be set");
    let mut replies = BufReader::new(client.try_clone().expect("a socket")).lines();
    let mut said = |lines: &str| -> String {
        client.write_all(lines.as_bytes()).expect("it reads");
        let mut replies = replies.by_ref().map(|line| line.expect("it answers"));
        replies.find(|line| line.as_bytes().get(3) == Some(&b' ')).unwrap_or_default()
    };
    assert!(said("").starts_with("220"));
    said("EHLO x\r\n");
    let sender = format!("MAIL FROM:<{IN_ADDRESS}@example.test> SMTPUTF8\r\n");
    let mut accepted = 0;
    for recipient in [IN_ADDRESS, "\"\u{9d}0;t\u{9c}\"", "\u{9b}2J", "\"a\u{2028}b\""] {
        said(&sender);
        said(&format!("RCPT TO:<{recipient}@example.test>\r\n"));
        if said("DATA\r\n").starts_with("354") {
            assert!(said("Subject: x\r\n\r\nx\r\n.\r\n").starts_with("250"));
            accepted += 1;
            assert_safe(&lines.next(), "serve");
        }
        said("RSET\r\n");
    }
    assert!(accepted > 0, "no message was accepted");
}

/// A program can bring in text by its output, its name and its exit status.
#[cfg(unix)]
#[test]
fn compare_escapes_the_output_of_a_program() {
    use std::{fs, os::unix::fs::symlink};

    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("said"), format!("{HOSTILE}\n\0\u{b}{HOSTILE}")).expect("a file");
    let named = folder.path().join(format!("p{IN_ADDRESS}\u{9b}\n"));
    symlink("/bin/sh", &named).expect("a link can be made");
    let named = format!("'{}' -c 'exit 3'", named.display());
    for options in [&["--no-recordings", "--html", "page.html"][..], &["--json"]] {
        let mut compare = binary::mailer();
        compare.current_dir(folder.path()).arg("compare").args(options);
        compare.args(["--with", "sh -c 'cat said; cat said >&2; exit 3'", "--with", &named]);
        compare.args(["--with", &format!("no{HOSTILE}such")]);
        let ran = safe(&mut compare).exits(78);
        assert!(ran.stdout.contains("RED"), "{ran:#?}");
        if options != ["--json"] {
            assert!(safe_page(&compare, "page.html").contains("RED"));
        }
    }
}
