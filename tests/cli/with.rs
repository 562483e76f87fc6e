//! `compare --with`: external clients as further columns, and commands that cannot be run.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use mailer_tests::binary;
use serde_json::Value;

use crate::{
    command::{Ran, Running, run},
    schema::Schema,
};

/// Runs `compare` with these commands as well.
fn compare(commands: &[&str], options: &[&str]) -> Ran {
    let mut command = binary::mailer();
    command.arg("compare").args(options);
    for with in commands {
        command.args(["--with", with]);
    }
    run(&mut command)
}

fn result<'a>(document: &'a Value, name: &str) -> &'a Value {
    let results = document["results"].as_array().expect("results are a list");
    results.iter().find(|result| result["backend"] == name).expect("it has a column")
}

#[test]
fn a_command_that_sends_nothing_is_an_error_in_its_column() {
    let document = compare(&["false", "nosuchprogram {host}"], &["--json"]).exits(78).json();
    Schema::load("result").check(&document);
    for (name, cause) in [("false", "exit status: 1"), ("nosuchprogram", "cannot be run")] {
        let result = result(&document, name);
        assert_eq!(result["outcome"], "not_sent");
        assert_eq!(result["flights"], Value::Null);
        let shown = result["error"]["cause"].as_str().unwrap_or_default();
        assert!(shown.contains(cause), "{shown}");
    }
    assert_eq!(result(&document, "raw")["outcome"], "accepted");
}

#[cfg(unix)]
#[test]
fn the_output_of_a_program_is_shown_with_its_password_masked() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let password_of = |run: &str| {
        let file = folder.path().join(run);
        let name = file.display();
        let script = format!("sh -c 'echo {{password}} | tee {name} >&2; exit 3'");
        let ran = compare(&[&script], &[]).exits(78);
        let password = std::fs::read_to_string(&file).expect("it was written");
        for shown in [&ran.stdout, &ran.stderr] {
            assert!(shown.contains("exit status: 3") && shown.contains("****"), "{shown}");
            assert!(!shown.contains(password.trim()), "{shown}");
        }
        password
    };
    assert_ne!(password_of("first"), password_of("second"), "each run has another password");
}

#[cfg(unix)]
#[test]
fn a_command_that_hangs_is_killed_with_its_children() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let file = folder.path().join("child");
    let script = format!("sh -c 'sleep 600 & echo $! >{}; wait'", file.display());
    let ran = compare(&[&script], &["--with-timeout", "0.5", "--json"]).exits(75);
    assert_eq!(result(&ran.json(), "sh")["error"]["kind"], "timed_out");
    assert_ends(&std::fs::read_to_string(&file).expect("it was written"));
}

#[cfg(unix)]
#[test]
fn a_child_that_outlives_its_program_is_killed() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let file = folder.path().join("child");
    let name = file.display();
    let mut children = vec![format!("sleep 600 & echo $! >{name}")];
    if cfg!(target_os = "linux") {
        // A child that leaves the process group of its program, as daemons do.
        children.push(format!(
            "setsid sh -c \"echo \\$\\$ >{name}.new; mv {name}.new {name}; sleep 600\" & \
            while [ ! -e {name} ]; do sleep 0.1; done"
        ));
    }
    for child in children {
        compare(&[&format!("sh -c '{child}'")], &["--json"]).exits(78);
        assert_ends(&std::fs::read_to_string(&file).expect("it was written"));
        std::fs::remove_file(&file).expect("it was written");
    }
}

#[cfg(unix)]
#[test]
fn the_files_for_a_program_are_private_whatever_the_umask() {
    for umask in ["0", "022", "0777"] {
        let script = "sh -c 'ls -ld \"$(dirname {eml})\" {eml} {ca}; exit 3'";
        let mut command = Command::new("sh");
        let mailer = format!("umask {umask}; exec \"$0\" compare --json --with \"$1\"");
        command.args(["-c", &mailer]).arg(binary::path()).arg(script);
        let document = run(command.env_remove("SMTP_URL")).exits(78).json();
        let shown = result(&document, "sh")["error"]["cause"].as_str().unwrap_or_default();
        let modes = shown.split_whitespace().filter_map(|word| word.get(..10));
        let modes: Vec<&str> =
            modes.filter(|mode| mode.contains('-') && mode.contains("rw")).collect();
        assert_eq!(modes, ["drwx------", "-rw-------", "-rw-------"], "umask {umask}: {shown}");
    }
}

#[cfg(unix)]
#[test]
fn each_placeholder_has_an_environment_variable() {
    let script = r#"sh -c 'for it in {host} {port} {ca} {user} {password} {from} {to} {eml} {mails}
        do echo "$it"; done >a
        for it in "$MAILER_HOST" "$MAILER_PORT" "$MAILER_CA" "$MAILER_USER" "$MAILER_PASSWORD" \
            "$MAILER_FROM" "$MAILER_TO" "$MAILER_EML" "$MAILER_MAILS"
        do echo "$it"; done >b'"#;
    let folder = tempfile::tempdir().expect("there is room for files");
    let mut compare = binary::mailer();
    run(compare.current_dir(folder.path()).args(["compare", "--with", script])).exits(78);
    let read = |name| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
    assert_eq!(read("a").lines().count(), 9);
    assert_eq!(read("a"), read("b"));
}

#[test]
fn an_address_does_not_become_a_command() {
    let folder = tempfile::tempdir().expect("there is room for files");
    let message = "From: a@example.test\r\nTo: <`touch${IFS}run`@example.test>\r\n\r\nx\r\n";
    std::fs::write(folder.path().join("mail.eml"), message).expect("it can be written");
    let compare = |with: &str| {
        let mut compare = binary::mailer();
        compare.current_dir(folder.path()).args(["compare", "--eml", "mail.eml", "--with", with]);
        run(&mut compare)
    };
    let ran = compare("sh -c 'echo \"{to}\"'").exits(65);
    assert!(ran.error().contains("\"$MAILER_TO\""), "{ran:#?}");
    compare("sh -c 'echo \"$MAILER_TO\"'").exits(78);
    assert!(!folder.path().join("run").exists());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_kills_its_children_and_reports_what_it_has() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().expect("there is room for files");
        let file = folder.path().join("child");
        // Moved into place, so that it is never read half written.
        let name = file.display();
        let script = format!("sh -c 'sleep 600 & echo $! >{name}.new; mv {name}.new {name}; wait'");
        let mut command = binary::mailer();
        command.args(["compare", "--json", "--with", &script, "--with", "false"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let running = Running::start(&mut command, b"");
        let deadline = Instant::now() + Duration::from_secs(60);
        while !file.exists() {
            assert!(Instant::now() < deadline, "the command does not run");
            std::thread::yield_now();
        }
        let child = std::fs::read_to_string(&file).expect("it was written");
        let kill = Command::new("kill").args([signal, &running.id().to_string()]).status();
        assert!(kill.expect("kill is there").success());
        let (status, printed) = running.end();
        assert_eq!(status, 130);
        assert_ends(&child);
        let document: Value = serde_json::from_str(&printed).expect("it prints what it has");
        Schema::load("result").check(&document);
        assert_eq!(document["interrupted"], true);
        assert_eq!(result(&document, "lettre")["outcome"], "accepted");
        assert_eq!(result(&document, "sh")["error"]["kind"], "lost");
        // The next command was not run.
        assert!(!printed.contains("\"backend\": \"false\""), "{printed}");
    }
}

/// Waits until a process that was killed has ended.
#[cfg(unix)]
#[track_caller]
fn assert_ends(process: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while is_running(process.trim()) {
        assert!(Instant::now() < deadline, "{process} still runs");
        std::thread::yield_now();
    }
}

/// Returns whether a process runs. A zombie does not.
#[cfg(unix)]
fn is_running(process: &str) -> bool {
    let ps = Command::new("ps").args(["-o", "stat=", "-p", process]).output();
    let stat = String::from_utf8(ps.expect("ps runs").stdout).expect("a state is text");
    !stat.trim().is_empty() && !stat.starts_with('Z')
}

#[test]
fn with_needs_a_program_and_the_embedded_server() {
    for arguments in [
        ["--with", "swaks", "--server", "smtp://localhost:1"],
        ["--with", "a 'b", "--link-rtt", "0"],
        ["--with", "", "--link-rtt", "0"],
    ] {
        let ran = run(binary::mailer().arg("compare").args(arguments)).exits(64);
        assert_eq!(ran.stdout, "");
    }
    let mut named = binary::mailer();
    named.args(["compare", "--with", "swaks"]).env("SMTP_URL", "smtp://localhost:1");
    assert!(run(&mut named).exits(64).error().contains("--with"));
}
