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
use tempfile::TempDir;

use crate::{
    command::{Lines, Running, run},
    fixture::{SMALL, backends},
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
        command.current_dir(folder.path()).stdout(Stdio::piped());
        let mut running = Running::start(command.env("SMTP_PASSWORD", PASSWORD), b"");
        let lines = running.lines();
        let first = lines.next();
        let url = first.strip_prefix("serving ").unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { url, lines, running, folder }
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
        let line = serving.lines.next();
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
    assert!(serving.lines.next().contains(" in mails"), "the line names the file");
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
        let line = serving.lines.next();
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
}

#[test]
fn an_unknown_profile_or_an_invalid_address_is_64() {
    let serve = |options: &[&str]| run(binary::mailer().arg("serve").args(options)).exits(64);
    let ran = serve(&["--profile", "nonsense"]);
    assert!(Profile::NAMES.iter().all(|name| ran.stderr.contains(name)), "{ran:#?}");
    serve(&["--listen", "nowhere"]);
    serve(&["--timeout", "0"]);
    serve(&["--session-timeout", "soon"]);
}
