//! Third-party command-line clients against `mailer serve`. Each is a [`Client`]: its command line, and
//! its exit status for each failure.

mod curl;
mod msmtp;
mod swaks;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use libtest_mimic::Trial;
use tempfile::TempDir;

use mailer_tests::require::{Missing, Needed};

use crate::{
    child::{self, Finished, LIMIT},
    serve::{self, PASSWORD, Serve, USER},
    with,
};

const CLIENTS: [&Client; 3] = [&curl::CLIENT, &msmtp::CLIENT, &swaks::CLIENT];

/// Lines that begin with dots, and all that clients would add to a header.
const CONTENT: &str = "From: alice@example.test\n\
    To: bob@example.test\n\
    Date: Mon, 23 Nov 2026 12:00:00 +0000\n\
    Message-ID: <clients@example.test>\n\
    Subject: dots\n\
    \n\
    .dot\n\
    .\n\
    end\n";

const BOB: &str = "bob@example.test";
const CAROL: &str = "carol@example.test";

/// A program that sends mail.
struct Client {
    /// The name of its program, and in `MAILER_REQUIRE`.
    name: &'static str,
    /// A text that its output must contain, and the option that prints it.
    can: (&'static str, &'static str),
    /// Converts a content to the form that it reads.
    prepare: fn(&str) -> String,
    /// Builds its command line. The content is in a file and on stdin.
    arguments: fn(&Sending<'_>, &Path, &mut Command),
    /// Its exit status when the password is wrong,
    auth_failed: i32,
    /// and when it does not trust the certificate.
    tls_failed: i32,
    /// More ways to send a message: name and options.
    more: &'static [(&'static str, &'static [&'static str])],
    /// Its command line in `mailer compare --with`.
    with: Option<&'static str>,
    /// How its line begins that `mailer serve` prints.
    to_paste: Option<&'static str>,
    /// Whether there is such a line for an access token.
    has_token: bool,
}

/// A message to send.
struct Sending<'a> {
    port: u16,
    /// Whether to use TLS from the first byte; else STARTTLS.
    implicit: bool,
    mechanism: &'a str,
    password: &'a str,
    /// The CA to trust; else those of the machine.
    ca: Option<PathBuf>,
    recipients: &'a [&'a str],
    /// A folder for the content and more.
    folder: TempDir,
}

/// A client that is installed and supports TLS.
struct Found(&'static Client);

pub(crate) fn trials() -> Vec<Trial> {
    CLIENTS.into_iter().flat_map(trials_of).collect()
}

fn trials_of(client: &'static Client) -> Vec<Trial> {
    let needed = Needed::new(client.name, move || Found::find(client));
    let mut trials = Vec::new();
    for tls in ["starttls", "implicit"] {
        for mechanism in ["PLAIN", "LOGIN"] {
            let name = |case| format!("{case}::{tls}::{mechanism}");
            let arrives = move |found: &Found| found.arrives(tls, mechanism, &[BOB], &[]);
            trials.push(needed.trial(&name("a_mail_arrives"), arrives));
            let refused = move |found: &Found| found.has_a_wrong_password(tls, mechanism);
            trials.push(needed.trial(&name("a_wrong_password_is_refused"), refused));
        }
        let several = |found: &Found| found.arrives(tls, "PLAIN", &[BOB, CAROL], &[]);
        trials.push(needed.trial(&format!("to_two_recipients::{tls}"), several));
        let unknown = |found: &Found| found.distrusts_an_unknown_ca(tls);
        trials.push(needed.trial(&format!("an_unknown_ca_is_not_trusted::{tls}"), unknown));
    }
    if let Some(command) = client.with {
        trials.push(needed.trial("column_of_compare", |_| with::has_a_column(command)));
    }
    if let Some(begin) = client.to_paste {
        trials.push(needed.trial("the_line_of_serve_to_paste", move |_| serve::paste(begin)));
        if client.has_token {
            let paste = move |_: &Found| serve::paste_with_token(begin);
            trials.push(needed.trial("the_line_to_paste_for_a_token", paste));
        }
    }
    for (name, options) in client.more {
        let run = |found: &Found| found.arrives("starttls", "PLAIN", &[BOB, CAROL], options);
        trials.push(needed.trial(name, run));
    }
    trials
}

impl Found {
    fn find(client: &'static Client) -> Result<Self, Missing> {
        let (capability, option) = client.can;
        let said = child::run(Command::new(client.name).arg(option), LIMIT);
        let said = said.map_err(Missing::Unavailable)?;
        if said.stdout.contains(capability) {
            return Ok(Self(client));
        }
        // A program that cannot start prints the reason on stderr, such as a missing library.
        let why = said.stderr.lines().next_back().unwrap_or("it cannot do what is tried");
        let name = client.name;
        Err(Missing::Unavailable(format!("{name} {option} prints no {capability:?}: {why}")))
    }

    fn arrives(&self, tls: &str, mechanism: &str, recipients: &[&str], options: &[&str]) {
        let serve = Serve::start(tls);
        let ca = Some(serve.ca());
        let sending = Sending { mechanism, ca, recipients, ..Sending::over(tls, &serve) };
        let said = self.send(&sending, options);
        assert_eq!(said.code(), Some(0), "{said:?}");
        let received = serve.received();
        let recipients: Vec<_> = recipients.iter().map(|to| format!("<{to}>")).collect();
        let line = format!("mail from <{USER}> to {} (", recipients.join(", "));
        assert!(received.line.starts_with(&line), "{}", received.line);
        let content = String::from_utf8(received.content).expect("text was sent");
        assert_eq!(content, CONTENT.replace('\n', "\r\n"));
        assert_eq!(serve.count(), 1);
    }

    fn has_a_wrong_password(&self, tls: &str, mechanism: &str) {
        let serve = Serve::start(tls);
        let (ca, password) = (Some(serve.ca()), "not the password");
        let sending = Sending { mechanism, ca, password, ..Sending::over(tls, &serve) };
        let said = self.send(&sending, &[]);
        assert_eq!(said.code(), Some(self.0.auth_failed), "{said:?}");
        assert_eq!(serve.count(), 0);
    }

    /// Checks that the client verifies the certificate.
    fn distrusts_an_unknown_ca(&self, tls: &str) {
        let serve = Serve::start(tls);
        let said = self.send(&Sending::over(tls, &serve), &[]);
        assert_eq!(said.code(), Some(self.0.tls_failed), "{said:?}");
        assert_eq!(serve.count(), 0);
    }

    fn send(&self, sending: &Sending<'_>, options: &[&str]) -> Finished {
        let mail = sending.write("mail", &(self.0.prepare)(CONTENT));
        let mut command = Command::new(self.0.name);
        // Without this the clients read more options from the environment and the home folder.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        (self.0.arguments)(sending, &mail, &mut command);
        let stdin = Stdio::from(fs::File::open(&mail).expect("the file is there"));
        child::run_with(command.args(options), stdin, LIMIT).expect("it ends by itself")
    }
}

impl Sending<'_> {
    /// A message to bob, with the right password by AUTH PLAIN, and without a trusted CA.
    fn over(tls: &str, serve: &Serve) -> Self {
        Self {
            port: serve.port(),
            implicit: tls == "implicit",
            mechanism: "PLAIN",
            password: PASSWORD,
            ca: None,
            recipients: &[BOB],
            folder: tempfile::Builder::new().prefix("mailer-client-").tempdir().expect("a folder"),
        }
    }

    /// Writes a file, which exists as long as this.
    fn write(&self, name: &str, content: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, content).expect("a file");
        file
    }
}
