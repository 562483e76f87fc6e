//! `serve`: the embedded server for other clients, `mailer send` among them.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};
#[cfg(unix)]
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use mailer_server::{Extension, Profile};
use mailer_tests::binary;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    command::{Lines, Running, run},
    fixture::{SMALL, backends},
    schema::Schema,
};

const USER: &str = "alice@example.test";
const PASSWORD: &str = "open sesame";

/// A running server; dropping this kills it.
struct Serving {
    url: String,
    lines: Lines,
    running: Running,
    folder: TempDir,
}

impl Serving {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = binary::mailer();
        command.arg("serve").args(options);
        Self::start_command(command, folder)
    }

    fn start_command(mut command: Command, folder: TempDir) -> Self {
        command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running::start(command.env("SMTP_PASSWORD", PASSWORD), b"");
        let lines = running.lines();
        let first = lines.next();
        let url = first.strip_prefix("serving ").unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { url, lines, running, folder }
    }

    /// Waits for the line of the next accepted message. The fields of its header follow, indented.
    fn mail(&self) -> String {
        loop {
            let line = self.lines.next();
            if !line.starts_with("  ") {
                return line;
            }
        }
    }

    fn send(&self, backend: &str) -> Command {
        let mut command = binary::mailer();
        command.current_dir(self.folder.path()).args(["send", "--backend", backend]);
        command.args(["--server", &self.url]).args(SMALL);
        command
    }
}

#[test]
fn a_client_that_logs_in_delivers_and_serve_prints_each_message() {
    let serving = Serving::start(&["--user", USER, "--ca-out", "ca.pem"]);
    assert!(serving.url.starts_with("smtp://127.0.0.1:"), "{}", serving.url);
    for backend in backends() {
        let mut send = serving.send(backend);
        run(send.args(["--ca", "ca.pem", "--user", USER]).env("SMTP_PASSWORD", PASSWORD))
            .succeeds();
        let line = serving.mail();
        assert!(
            line.starts_with("mail from <alice@example.test> to <bob@example.test> ("),
            "{line}"
        );
    }
    let mut without_login = serving.send("raw");
    run(without_login.args(["--ca", "ca.pem"])).exits(69);
}

#[test]
fn tls_may_be_implicit_or_absent() {
    let implicit = Serving::start(&["--tls", "implicit", "--ca-out", "ca.pem"]);
    assert!(implicit.url.starts_with("smtps://"), "{}", implicit.url);
    run(implicit.send("raw").args(["--ca", "ca.pem"])).succeeds();
    let plain = Serving::start(&["--tls", "none"]);
    assert!(plain.url.ends_with("?tls=none"), "{}", plain.url);
    run(&mut plain.send("raw")).succeeds();
    let with_login = Serving::start(&["--tls", "none", "--user", USER]);
    let mut send = with_login.send("raw");
    run(send.args(["--user", USER]).env("SMTP_PASSWORD", PASSWORD)).succeeds();
}

#[test]
fn a_maildir_keeps_the_messages() {
    let serving = Serving::start(&["--tls", "none", "--maildir", "mails"]);
    run(&mut serving.send("raw")).succeeds();
    assert!(serving.mail().contains(" in mails"), "the line names the file");
    let header: Vec<String> = (0..5).map(|_| serving.lines.next()).collect();
    assert!(header.contains(&"  Subject: small".to_owned()), "{header:?}");
    let files: Vec<_> = fs::read_dir(serving.folder.path().join("mails/new"))
        .expect("it is a maildir")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    let [file] = files.as_slice() else { panic!("not one mail: {files:?}") };
    let content = fs::read_to_string(file).expect("the mail can be read");
    assert!(content.contains("Subject: small\r\n") && content.contains("A line."), "{content}");
}

/// Returns a client that has sent these commands without TLS and has read the reply with this code.
#[cfg(unix)]
fn client(serving: &Serving, commands: &str, code: &str) -> BufReader<TcpStream> {
    let address = serving.url.trim_start_matches("smtp://").trim_end_matches("?tls=none");
    let mut client = TcpStream::connect(address).expect("it listens");
    client.set_read_timeout(Some(Duration::from_secs(60))).expect("it can be set");
    client.write_all(commands.as_bytes()).expect("it reads");
    let mut client = BufReader::new(client);
    while !line(&mut client).starts_with(code) {}
    client
}

#[cfg(unix)]
fn line(client: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    assert_ne!(
        client.read_line(&mut line).expect("it answers"),
        0,
        "the server closed the connection"
    );
    line
}

#[cfg(unix)]
#[test]
fn a_signal_ends_sessions_with_421_and_leaves_no_partial_message() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let mut serving = Serving::start(&["--tls", "none", "--maildir", "mails"]);
        let transaction = "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.test>\r\nDATA\r\nhalf";
        let mut clients =
            [client(&serving, "EHLO c\r\n", "250 "), client(&serving, transaction, "354")];
        let files = |part: &str| {
            fs::read_dir(serving.folder.path().join("mails").join(part)).expect("a folder").count()
        };
        assert_eq!((files("tmp"), files("new")), (1, 0));
        serving.running.signal(signal);
        for client in &mut clients {
            let reply = line(client);
            assert!(reply.starts_with("421 4.3.2 "), "{reply}");
            assert_eq!(client.read_to_end(&mut Vec::new()).expect("it closes in order"), 0);
        }
        assert_eq!(serving.running.status(&serving.lines), 130, "{signal}");
        assert_eq!((files("tmp"), files("new")), (0, 0));
    }
}

#[cfg(unix)]
#[test]
fn a_client_that_exceeds_a_limit_gets_421() {
    for options in [["--timeout", "0.2"], ["--session-timeout", "0.2"]] {
        let serving = Serving::start(&[&["--tls", "none"], &options[..]].concat());
        let mut client = client(&serving, "EHLO c\r\n", "250 ");
        let reply = line(&mut client);
        assert!(reply.starts_with("421 4.4.2 "), "{options:?}: {reply}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_maildir_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    for umask in ["0", "077", "0277"] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut shell = Command::new("sh");
        let serve = "umask $1; exec \"$0\" serve --tls none --maildir deep/mails";
        let mailer = binary::mailer();
        shell.args(["-c", serve]).arg(mailer.get_program()).arg(umask);
        let serving = Serving::start_command(shell, folder);
        run(&mut serving.send("raw")).succeeds();
        let line = serving.mail();
        let (_, file) = line.rsplit_once(" in ").expect("a message is in a file");
        let mode = |path: &str| {
            let metadata = fs::metadata(serving.folder.path().join(path)).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode(file), 0o600, "umask {umask}");
        for folder in ["deep", "deep/mails", "deep/mails/tmp", "deep/mails/new", "deep/mails/cur"] {
            assert_eq!(mode(folder), 0o700, "{folder}, umask {umask}");
        }
    }
}

#[test]
fn serve_announces_the_extensions_of_its_profile() {
    for name in Profile::NAMES {
        let serving = Serving::start(&["--tls", "none", "--profile", name]);
        let ran = run(serving.send("raw").arg("--trace")).exits(0);
        let profile = Profile::named(name).expect("it is in the list");
        let announces = profile.extensions.contains(&Extension::Pipelining);
        assert_eq!(ran.stderr.contains("PIPELINING"), announces, "{name}: {ran:#?}");
    }
}

#[test]
fn a_port_in_use_or_an_invalid_maildir_is_78() {
    let serve = |options: &[&str]| run(binary::mailer().arg("serve").args(options)).exits(78);
    let busy = Serving::start(&["--tls", "none"]);
    let address = busy.url.trim_start_matches("smtp://").trim_end_matches("?tls=none");
    assert!(serve(&["--listen", address]).error().contains(address));
    assert!(serve(&["--user", USER]).error().contains("SMTP_PASSWORD"));
    let no_folder = Path::new("no").join("such").join("folder.pem");
    let no_folder = no_folder.to_str().expect("it is UTF-8");
    assert!(serve(&["--maildir", "/dev/null/mails"]).error().contains("--maildir"));
    assert!(serve(&["--ca-out", no_folder]).error().contains(no_folder));
    assert!(serve(&["--ca-dir", "/dev/null/ca"]).error().contains("--ca-dir"));
    assert!(serve(&["--cert", no_folder, "--key", no_folder]).error().contains(no_folder));
    assert!(serve(&["--rules", no_folder]).error().contains(no_folder));
    let rules = busy.folder.path().join("rules");
    fs::write(&rules, "RCPT 450\n\nRCTP 450\n").expect("written");
    let rules = rules.to_str().expect("it is UTF-8");
    assert!(serve(&["--rules", rules]).error().contains("line 3, word 1, \"RCTP\""));
}

#[test]
fn an_unknown_profile_or_an_invalid_address_is_64() {
    let serve = |options: &[&str]| run(binary::mailer().arg("serve").args(options)).exits(64);
    let ran = serve(&["--profile", "nonsense"]);
    assert!(Profile::NAMES.iter().all(|name| ran.stderr.contains(name)), "{ran:#?}");
    serve(&["--listen", "nowhere"]);
    serve(&["--cert", "cert.pem"]);
    serve(&["--user", USER, "--accept-any-login"]);
    assert!(serve(&["--fault", "RCPT 45"]).stderr.contains("word 2, \"45\""));
    assert!(serve(&["--rate-limit", "5"]).stderr.contains("5/min"));
    serve(&["--timeout", "0"]);
    serve(&["--session-timeout", "soon"]);
}

#[test]
fn the_ca_is_made_once_and_only_its_owner_can_read_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca_dir = folder.path().join("deep/ca");
    let ca = ca_dir.join("ca.pem");
    let (ca_dir, ca) = (ca_dir.to_str().expect("UTF-8"), ca.to_str().expect("UTF-8"));
    let mut authorities = Vec::new();
    for tls in ["starttls", "implicit"] {
        let serving = Serving::start(&["--ca-dir", ca_dir, "--tls", tls, "--ca-out", "copy.pem"]);
        run(serving.send("raw").args(["--ca", ca])).succeeds();
        serving.mail();
        authorities.push(fs::read_to_string(ca).expect("it is kept"));
        authorities
            .push(fs::read_to_string(serving.folder.path().join("copy.pem")).expect("a copy"));
    }
    assert!(authorities.iter().all(|it| *it == authorities[0]), "{authorities:?}");
    assert!(!authorities[0].contains("PRIVATE"), "the key is in another file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = fs::metadata(Path::new(ca_dir).join("ca-key.pem")).expect("it is there");
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn any_login_is_accepted_and_none_is_needed() {
    let serving = Serving::start(&["--tls", "none", "--accept-any-login"]);
    let mut send = serving.send("raw");
    run(send.args(["--user", "root"]).env("SMTP_PASSWORD", "anything")).succeeds();
    run(&mut serving.send("raw")).succeeds();
}

#[test]
fn rules_and_rate_limits_make_the_server_misbehave() {
    let serving = Serving::start(&["--tls", "none", "--fault", "RCPT to=bob@* 450 '4.2.1 Busy'"]);
    let error = run(&mut serving.send("raw")).exits(75);
    assert!(error.error().contains("450 4.2.1 Busy"), "{error:#?}");
    let limited = Serving::start(&["--tls", "none", "--rate-limit", "1/h", "--rtt", "2"]);
    run(&mut limited.send("raw")).succeeds();
    let error = run(&mut limited.send("raw")).exits(75);
    assert!(error.error().contains("421 4.7.0 Too many messages"), "{error:#?}");
}

#[test]
fn a_port_is_one_of_localhost() {
    let serving = Serving::start(&["--listen", "0", "--tls", "none"]);
    assert!(serving.url.starts_with("smtp://localhost:"), "{}", serving.url);
    run(&mut serving.send("raw")).succeeds();
}

/// Starts `serve --json`, and returns it with its first event and its schema.
fn start_json(options: &[&str]) -> (Lines, Running, TempDir, Value, Schema) {
    let (folder, schema) = (tempfile::tempdir().expect("a folder"), Schema::load("serve"));
    let mut command = binary::mailer();
    command.args(["serve", "--json", "--ca-dir", "ca"]).args(options).current_dir(folder.path());
    command.env("SMTP_PASSWORD", PASSWORD).stdout(Stdio::piped());
    let mut running = Running::start(&mut command, b"");
    let lines = running.lines();
    let first = event(&lines, &schema);
    (lines, running, folder, first, schema)
}

/// Waits for the next event, and checks it.
fn event(lines: &Lines, schema: &Schema) -> Value {
    let line = lines.next();
    let event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    schema.check(&event);
    event
}

#[test]
fn events_are_lines_of_json_that_match_the_schema_without_passwords() {
    let options = ["--user", USER, "--trace", "--fault", "NOOP drop 50%", "--seed", "7"];
    let (lines, _running, folder, first, schema) = start_json(&options);
    assert_eq!((&first["event"], &first["seed"]), (&"serving".into(), &7.into()));
    let url = first["url"].as_str().expect("a URL").to_owned();
    let send = |options: &[&str], password: &str| {
        let mut command = binary::mailer();
        command.current_dir(folder.path()).args(["send", "--server", &url, "--user", USER]);
        run(command.args(SMALL).args(options).env("SMTP_PASSWORD", password)).status
    };
    // No CA, a wrong password, and a message that arrives.
    assert_eq!(send(&[], PASSWORD), 76);
    assert_eq!(send(&["--ca", "ca/ca.pem"], "wrong sesame"), 77);
    assert_eq!(send(&["--ca", "ca/ca.pem"], PASSWORD), 0);
    let mut found = Vec::new();
    while found.last() != Some(&"message".to_owned()) {
        let event = event(&lines, &schema);
        let text = event.to_string();
        assert!(!text.contains("sesame"), "{text}");
        let name = event["event"].as_str().expect("a name").to_owned();
        match name.as_str() {
            "login_failed" => assert_eq!(
                (&event["user"], &event["reason"], &event["code"]),
                (&USER.into(), &"wrong password".into(), &535.into())
            ),
            "message" => {
                assert_eq!(
                    (&event["user"], &event["recipients"][0]),
                    (&USER.into(), &"bob@example.test".into())
                );
                let fields = event["header"].as_array().expect("fields");
                assert!(fields.iter().any(|it| it["name"] == "Subject" && it["value"] == "small"));
            }
            _ => {}
        }
        found.push(name);
    }
    for name in ["tls_failed", "login_failed", "line"] {
        assert!(found.iter().any(|it| it == name), "{found:?}");
    }
}

#[test]
fn the_line_to_paste_for_mailer_sends_at_the_first_try() {
    for options in
        [&[][..], &["--tls", "implicit", "--user", USER], &["--tls", "none", "--listen", "0"]]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = binary::mailer();
        command.arg("serve").args(options).current_dir(folder.path());
        command.env("SMTP_PASSWORD", PASSWORD).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::start(&mut command, b"");
        let (lines, errors) = (running.lines(), running.errors());
        assert!(lines.next().starts_with("serving "));
        let line = loop {
            let line = errors.next();
            assert!(!line.contains(PASSWORD), "{line}");
            if line.starts_with("mailer send ") {
                break line;
            }
        };
        let mut shell = Command::new("sh");
        let mailer = binary::mailer();
        let program = Path::new(mailer.get_program()).display().to_string();
        shell.args(["-c", &line.replacen("mailer", &program, 1)]).env("SMTP_PASSWORD", PASSWORD);
        run(shell.env_remove("SMTP_URL")).succeeds();
        assert!(lines.next().starts_with("mail from <ann@example.test> to <bob@example.test>"));
    }
}
