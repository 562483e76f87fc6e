//! Python's standard library: the classroom notebook's two programs and `smtplib` against `mailer serve`,
//! and the `email` package, which parses what raw renders.

mod notebook;
mod rendered;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use libtest_mimic::Trial;
use mail_parser::{MessageParser, MimeHeaders as _};

use mailer_tests::require::{Missing, Needed};

use crate::{
    child::{self, Finished, LIMIT},
    serve::{self, PASSWORD, ReceivedMail, Serve, USER},
    with,
};

/// Python 3 with all modules that the programs import.
struct Python;

pub(crate) fn trials() -> Vec<Trial> {
    let python = Needed::new("python3", Python::find);
    let mut trials = vec![
        Trial::test("notebook_steps_in_the_trace_of_raw", || {
            notebook::steps_of_raw();
            Ok(())
        }),
        python.trial("notebook_high_level", notebook::high_level),
        python.trial("notebook_low_level", notebook::low_level),
        python.trial("notebook_low_level_sends_what_raw_sends", notebook::same_dialogue),
        python.trial("notebook_stops_at_a_wrong_password", notebook::wrong_password),
        python.trial("email_reads_what_raw_renders", rendered::reads_back),
        python.trial("the_line_of_serve_to_paste", |_| serve::paste("python3 ")),
        python.trial("the_line_to_paste_for_a_token", |_| serve::paste_with_token("python3 ")),
        python.trial("column_of_compare", |_| with::has_a_column(with::SMTPLIB)),
    ];
    for tls in ["starttls", "implicit"] {
        for mechanism in ["PLAIN", "LOGIN"] {
            let name = format!("smtplib::{tls}::{mechanism}");
            trials.push(python.trial(&name, move |python| smtplib(python, tls, mechanism)));
        }
    }
    trials
}

impl Python {
    fn find() -> Result<Self, Missing> {
        let mut probe = Command::new("python3");
        probe.args(["-c", "import smtplib, ssl, sys; sys.exit(sys.version_info < (3, 8))"]);
        let said = child::run(&mut probe, LIMIT).map_err(Missing::Unavailable)?;
        if said.status.success() {
            return Ok(Self);
        }
        // The last line of a traceback names what is missing.
        let why = said.stderr.lines().next_back().unwrap_or("it is older than 3.8");
        Err(Missing::Unavailable(format!("python3 cannot run the programs: {why}")))
    }

    /// Returns a command that runs a program of this repository in isolated mode.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("python3");
        command.arg("-I").arg(program);
        for name in ["HOST", "PORT", "CA", "USER", "FROM", "TO", "PASSWORD"] {
            command.env_remove(format!("SMTP_{name}"));
        }
        command
    }
}

/// A file of this repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn run(command: &mut Command) -> Finished {
    let said = child::run(command, LIMIT).expect("it ends by itself");
    for text in [&said.stdout, &said.stderr] {
        assert!(!text.contains(PASSWORD), "a password is shown: {text}");
    }
    said
}

fn smtplib(python: &Python, tls: &str, mechanism: &str) {
    let serve = Serve::start(tls);
    let mut command = python.command(&file("tests/interop/python/smtplib_client.py"));
    command.args([tls, mechanism, &serve.port().to_string()]).arg(serve.ca()).arg(USER);
    let said = run(command.env("SMTP_PASSWORD", PASSWORD));
    assert_eq!(said.code(), Some(0), "{said:?}");
    for (which, to) in [("first", "bob@example.test"), ("second", "jörg@example.test")] {
        let ReceivedMail { line, content } = serve.received();
        assert!(line.starts_with(&format!("mail from <{USER}> to <{to}> (")), "{line}");
        let message = MessageParser::default().parse(&content).expect("a message");
        assert_eq!(message.subject(), Some(format!("Grüße, the {which}").as_str()));
        assert_eq!(message.body_text(0).as_deref(), Some(".a dot\r\n..two\r\nGrüße\r\n"));
        let attachment = message.attachment(0).expect("an attachment");
        assert_eq!(attachment.attachment_name(), Some("data.bin"));
        assert_eq!(attachment.contents(), (0..=255).collect::<Vec<u8>>());
    }
    assert_eq!(serve.count(), 2);
}
