//! swaks, the tester's SMTP client, against `mailer serve`.

use std::process::Command;

use libtest_mimic::Trial;

use crate::{
    child::{self, LIMIT, Said},
    require::{Missing, Needed},
    serve::{PASSWORD, Serve, USER},
};

/// Its exit status when authentication fails.
const AUTH_FAILED: i32 = 28;

/// Its exit status when TLS cannot be had, or the certificate is not believed.
const TLS_FAILED: i32 = 29;

/// As `--data` takes it.
const DATA: &str =
    "From: alice@example.test\\nTo: bob@example.test\\nSubject: swaks\\n\\n.dot\\n.\\nend";

const CONTENT: &str = "From: alice@example.test\r\n\
    To: bob@example.test\r\n\
    Subject: swaks\r\n\
    \r\n\
    .dot\r\n\
    .\r\n\
    end\r\n";

/// How a mail is sent that must arrive: name, `--tls` of the server, options of the client.
const SENDING: &[(&str, &str, &[&str])] = &[
    ("starttls_plain", "starttls", &["--tls", "--auth", "PLAIN"]),
    ("starttls_login", "starttls", &["--tls", "--auth", "LOGIN"]),
    ("implicit_plain", "implicit", &["--tls-on-connect", "--auth", "PLAIN"]),
    ("implicit_login", "implicit", &["--tls-on-connect", "--auth", "LOGIN"]),
    ("pipelined", "starttls", &["--tls", "--auth", "PLAIN", "--pipeline"]),
];

/// That swaks is there, TLS included.
struct Swaks;

pub(crate) fn trials() -> Vec<Trial> {
    let swaks = Needed::new("swaks", Swaks::find);
    let mut trials = vec![
        swaks.trial("wrong_password", wrong_password),
        swaks.trial("unknown_authority", unknown_authority),
    ];
    for (name, tls, options) in SENDING {
        trials.push(swaks.trial(name, move |swaks| arrives(swaks, tls, options)));
    }
    trials
}

impl Swaks {
    fn find() -> Result<Self, Missing> {
        let said = child::run(Command::new("swaks").arg("--support"), LIMIT)
            .map_err(Missing::Unavailable)?;
        // Debian merely recommends the module: it may be missing where swaks is not.
        if said.stdout.contains("TLS supported") {
            Ok(Self)
        } else {
            Err(Missing::Unavailable("swaks lacks TLS: it needs Net::SSLeay".into()))
        }
    }

    /// Sends with these options; the certificate is verified.
    fn send(&self, serve: &Serve, password: &str, options: &[&str]) -> Said {
        let mut command = Command::new("swaks");
        // No configuration file, and no option but ours: swaks reads both kinds.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.args(["--server", "127.0.0.1", "--port", &serve.port().to_string()]);
        command.args(["--from", USER, "--to", "bob@example.test", "--data", DATA]);
        command.args(["--helo", "client.example.test", "--timeout", "30", "--tls-verify"]);
        command.args(["--auth-user", USER]).env("SWAKS_OPT_auth_password", password);
        command.args(options);
        child::run(&mut command, LIMIT).expect("it ends by itself")
    }

    /// The same, believing the server's CA.
    fn send_with_ca(&self, serve: &Serve, password: &str, options: &[&str]) -> Said {
        let ca = serve.ca();
        let trust = ["--tls-ca-path", ca.to_str().expect("a path of ours")];
        self.send(serve, password, &[options, &trust].concat())
    }
}

fn arrives(swaks: &Swaks, tls: &str, options: &[&str]) {
    let serve = Serve::start(tls);
    let said = swaks.send_with_ca(&serve, PASSWORD, options);
    assert_eq!(said.code(), Some(0), "{said:?}");
    let taken = serve.taken();
    let line = format!("mail from <{USER}> to <bob@example.test> ({} octets) in ", CONTENT.len());
    assert!(taken.line.starts_with(&line), "{}", taken.line);
    assert_eq!(String::from_utf8(taken.content).as_deref(), Ok(CONTENT));
    assert_eq!(serve.count(), 1);
}

fn wrong_password(swaks: &Swaks) {
    let serve = Serve::start("starttls");
    let said = swaks.send_with_ca(&serve, "not the password", &["--tls", "--auth", "PLAIN"]);
    assert_eq!(said.code(), Some(AUTH_FAILED), "{said:?}");
    assert!(said.stdout.contains("<~* 535 "), "{said:?}");
    assert_eq!(serve.count(), 0);
}

/// That the certificate is verified at all.
fn unknown_authority(swaks: &Swaks) {
    let serve = Serve::start("starttls");
    let said = swaks.send(&serve, PASSWORD, &["--tls", "--auth", "PLAIN"]);
    assert_eq!(said.code(), Some(TLS_FAILED), "{said:?}");
    assert_eq!(serve.count(), 0);
}
