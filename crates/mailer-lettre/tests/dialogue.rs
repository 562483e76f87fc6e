//! The trace of lettre's dialogue: what it shows, and what it hides.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod common;

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use common::{CONTENT, OwnedEvent, Recorder, envelope, mail, mail_to, settings_for, start};
use mailer::{Event, Mail, Mailer, Mechanism, Message, Outcome, Server, Trace, What};
use mailer_lettre::{LettreConnection, LettreMailer};
use mailer_server::{Account, Config, Fault, Point};
use tracing::{
    Metadata, Subscriber,
    field::Field,
    span::{Attributes, Id, Record},
    subscriber::with_default,
};

fn traced(mailer: &mut dyn Mailer) -> Vec<String> {
    let recorder = Recorder::new();
    mailer.trace_to(Some(recorder.clone()));
    mailer.open().unwrap();
    assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted);
    mailer.close().unwrap();
    recorder.lines()
}

const POOL_DIALOGUE: &str = "\
greeting < 220
EHLO > EHLO [127.0.0.1]
EHLO < 250
STARTTLS > STARTTLS
STARTTLS < 220
TLS
EHLO inside TLS > EHLO [127.0.0.1]
EHLO inside TLS < 250
AUTH > AUTH PLAIN ****
AUTH < 235
NOOP > NOOP
NOOP < 250
NOOP > NOOP
NOOP < 250
MAIL FROM > MAIL FROM:<ann@example.com>
MAIL FROM < 250
RCPT TO > RCPT TO:<bob@example.com>
RCPT TO < 250
DATA > DATA
DATA < 354
37 bytes
2 bytes
end of data > .
end of data < 250
QUIT > QUIT
QUIT < 221
closed after Some(12) writes";

#[test]
fn a_trace_shows_every_step_in_order_without_secrets() {
    let server = start(Config::default());
    let lines = traced(&mut LettreMailer::new(&settings_for(&server)).unwrap());
    assert_eq!(lines, POOL_DIALOGUE.lines().collect::<Vec<_>>());
    let mails = server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(&*mails[0].content, CONTENT.as_bytes());
}

#[test]
fn a_connection_without_the_pool_sends_no_noop() {
    let server = start(Config::default());
    let lines = traced(&mut LettreConnection::new(&settings_for(&server)).unwrap());
    let wanted = POOL_DIALOGUE.lines().filter(|line| !line.starts_with("NOOP"));
    let wanted = wanted.map(|line| line.replace("12) writes", "10) writes")).collect::<Vec<_>>();
    assert_eq!(lines, wanted);
    assert_eq!(&*server.mails()[0].content, CONTENT.as_bytes());
}

#[test]
fn on_the_callers_thread_the_dialogue_is_the_same() {
    let server = start(Config::default());
    let mut mailer = LettreMailer::new(&settings_for(&server)).unwrap().on_callers_thread();
    assert_eq!(traced(&mut mailer), POOL_DIALOGUE.lines().collect::<Vec<_>>());
}

#[test]
fn implicit_tls_has_one_ehlo() {
    let server = start(Config::implicit());
    let lines = traced(&mut LettreConnection::new(&settings_for(&server)).unwrap());
    assert_eq!(
        lines[0..4],
        ["greeting < 220", "EHLO > EHLO [127.0.0.1]", "EHLO < 250", "AUTH > AUTH PLAIN ****"]
    );
}

#[test]
fn without_a_sink_no_event_is_reported_and_the_next_sink_receives_the_rest() {
    let server = start(Config::plain());
    let mut mailer = LettreMailer::new(&settings_for(&server)).unwrap();
    let (first, second) = (Recorder::new(), Recorder::new());
    mailer.trace_to(Some(first.clone()));
    mailer.open().unwrap();
    mailer.trace_to(None);
    assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted);
    mailer.trace_to(Some(second.clone()));
    mailer.close().unwrap();
    assert_eq!(first.lines().last().unwrap(), "NOOP < 250");
    assert_eq!(second.lines(), ["QUIT > QUIT", "QUIT < 221", "closed after Some(9) writes"]);
}

#[test]
fn every_event_names_a_line_of_lettre() {
    let server = start(Config::default());
    let mut mailer = LettreMailer::new(&settings_for(&server)).unwrap();
    let recorder = Recorder::new();
    mailer.trace_to(Some(recorder.clone()));
    assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted);
    mailer.close().unwrap();
    let mut lines = Vec::new();
    for (event, source) in recorder.events() {
        if matches!(event, OwnedEvent::Closed(_)) {
            continue;
        }
        let source = source.unwrap_or_else(|| panic!("{event:?} has no source"));
        assert!(source.file.starts_with("lettre-0.11.23/src/transport/smtp/"), "{source}");
        if let OwnedEvent::Sent(..) | OwnedEvent::Content(_) = event {
            lines.push(source.to_string());
        }
    }
    let count = lines.len();
    lines.sort();
    lines.dedup();
    // One line sends EHLO twice, and one line ends the content and sends the final dot.
    assert_eq!(lines.len(), count - 2, "{lines:#?}");
}

/// Returns everything that a program could print of a session that fails at AUTH.
fn everything_printable(settings: &Server) -> String {
    let mut mailer = LettreMailer::new(settings).unwrap();
    let recorder = Recorder::new();
    mailer.trace_to(Some(recorder.clone()));
    let receipt = mailer.send(&mail());
    let error = receipt.error.clone().unwrap();
    format!("{:?} {receipt:?} {error} {:?}", recorder.events(), error.cause())
}

#[test]
fn neither_the_password_nor_its_base64_is_shown_even_if_the_server_repeats_it() {
    let (user, password) = ("ann@example.com", "open-sesame");
    let plain = STANDARD.encode(format!("\0{user}\0{password}"));
    let encoded = STANDARD.encode(password);
    let echoes = format!("501 5.5.2 what is {plain} or {encoded} or {password}?");
    for (mechanism, fault) in [
        (Mechanism::Plain, Fault::at(Point::Auth).reply(&*echoes)),
        (
            Mechanism::Plain,
            Fault::at(Point::Auth).raw(format!("{echoes}{echoes}\r\n").replace("501 ", "xx")),
        ),
        (Mechanism::Login, Fault::at(Point::AuthResponse).nth(2).reply(&*echoes)),
        (Mechanism::Login, Fault::at(Point::AuthResponse).nth(2).close()),
        (Mechanism::Login, Fault::at(Point::Auth).reply(format!("334 {encoded}"))),
    ] {
        let account = Account::new(user, password);
        let server = start(Config::default().with_account(account).with_fault(fault.clone()));
        let mut settings = settings_for(&server);
        settings.mechanisms = vec![mechanism];
        let shown = everything_printable(&settings);
        assert!(shown.contains("AUTH"), "{shown}");
        for secret in [password, &plain, &encoded] {
            assert!(!shown.contains(secret), "{fault:?}: {shown}");
        }
    }
}

#[test]
fn every_line_of_auth_login_is_masked() {
    let server = start(Config::default());
    let mut settings = settings_for(&server);
    settings.mechanisms = vec![Mechanism::Login];
    let lines = traced(&mut LettreConnection::new(&settings).unwrap());
    let auth: Vec<_> = lines.iter().filter(|line| line.starts_with("AUTH")).collect();
    let wanted = [
        "AUTH > AUTH LOGIN",
        "AUTH < 334",
        "AUTH > ****",
        "AUTH < 334",
        "AUTH > ****",
        "AUTH < 235",
    ];
    assert_eq!(auth, wanted);
}

#[test]
fn a_trace_shows_that_a_broken_connection_is_replaced() {
    let server = start(Config::plain().with_fault(Fault::at(Point::Noop).nth(2).close()));
    let mut mailer = LettreMailer::new(&settings_for(&server)).unwrap();
    let recorder = Recorder::new();
    mailer.open().unwrap();
    mailer.trace_to(Some(recorder.clone()));
    let receipt = mailer.send(&mail_to(&["bob@example.com", "eve@example.com"]));
    assert_eq!(receipt.outcome, Outcome::Accepted);
    assert!(receipt.recipients.iter().all(|reply| reply.as_ref().is_some_and(|r| r.code == 250)));
    let lines = recorder.lines();
    let at = |wanted: &str| lines.iter().position(|line| line.contains(wanted)).unwrap();
    assert!(at("NOOP > NOOP") < at("closed") && at("closed") < at("greeting < 220"), "{lines:#?}");
}

/// A trace that wants no sources does not wait until debug information is read.
#[test]
fn events_have_no_source_if_the_trace_wants_none() {
    struct Without(Arc<Recorder>);

    impl Trace for Without {
        fn event(&self, event: &Event<'_>) {
            self.0.event(event);
        }

        fn wants_sources(&self) -> bool {
            false
        }
    }

    let server = start(Config::default());
    let mut mailer = LettreMailer::new(&settings_for(&server)).unwrap();
    let recorder = Recorder::new();
    mailer.trace_to(Some(Arc::new(Without(recorder.clone()))));
    mailer.open().unwrap();
    let events = recorder.events();
    assert!(!events.is_empty() && events.iter().all(|(_, source)| source.is_none()), "{events:?}");
}

/// A subscriber like a program's own, which keeps the text of each event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "a program"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut |_: &Field, value: &dyn Debug| {
            self.0.lock().unwrap().push(format!("{value:?}"));
        });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A trace that writes to the program's log.
struct Logging;

impl Trace for Logging {
    fn event(&self, event: &Event<'_>) {
        if let What::Sent { line, .. } = event.what {
            tracing::info!(target: "a program", "{line}");
        }
    }
}

#[test]
fn a_trace_can_log_through_tracing() {
    let server = start(Config::plain());
    let mailer = || LettreMailer::new(&settings_for(&server)).unwrap();
    for mut mailer in [mailer(), mailer().on_callers_thread()] {
        let log = Log::default();
        mailer.trace_to(Some(Arc::new(Logging)));
        with_default(log.clone(), || {
            assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted);
            mailer.close().unwrap();
        });
        let lines = log.0.lock().unwrap();
        let steps = lines.iter().map(|line| line.split([' ', ':']).next().unwrap());
        let wanted = ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"];
        assert_eq!(steps.collect::<Vec<_>>(), wanted, "{lines:?}");
    }
}

/// A trace that sends each written line to a channel.
struct LineSender(Mutex<mpsc::Sender<String>>);

impl Trace for LineSender {
    fn event(&self, event: &Event<'_>) {
        if let What::Sent { line, .. } = event.what {
            let _ = self.0.lock().unwrap().send(line.to_owned());
        }
    }
}

#[test]
fn with_the_guard_events_arrive_while_lettre_waits() {
    let server = start(Config::plain().with_fault(Fault::at(Point::Mail).silence()));
    let (lines, written) = mpsc::channel();
    let settings = settings_for(&server);
    let sending = thread::spawn(move || {
        let mut mailer = LettreMailer::new(&settings).unwrap();
        mailer.trace_to(Some(Arc::new(LineSender(Mutex::new(lines)))));
        mailer.send(&mail())
    });
    assert!(written.iter().any(|line| line.starts_with("MAIL")), "lettre still waits");
    drop(server);
    assert!(sending.join().unwrap().error.is_some());
}

/// Returns content of several pieces in which every line, and so every piece, begins with `line`.
fn long_content(line: &str) -> String {
    let line = format!("{line:-<14}\r\n");
    format!("{:-<14}\r\n\r\n{}--\r\n", "Subject: ", line.repeat(10_000))
}

#[test]
fn pieces_of_content_are_never_mistaken_for_commands() {
    let server = start(Config::plain());
    for line in ["QUIT", ".", "..", "<CRLF>.", "\u{e9}"] {
        let content = long_content(line);
        let mail =
            Mail::new(envelope(&["bob@example.com"]), Message::from_bytes(&*content).unwrap());
        let mut mailer = LettreConnection::new(&settings_for(&server)).unwrap();
        let recorder = Recorder::new();
        mailer.trace_to(Some(recorder.clone()));
        assert_eq!(mailer.send(&mail).outcome, Outcome::Accepted);
        mailer.close().unwrap();
        assert!(*server.take_mails()[0].content == *content.as_bytes(), "{line}");
        let pieces = recorder.events().into_iter().filter_map(|(event, _)| match event {
            OwnedEvent::Content(bytes) => Some(bytes),
            _ => None,
        });
        let pieces: Vec<_> = pieces.collect();
        assert!(pieces.len() > 2, "{} pieces", pieces.len());
        assert!(pieces.concat() == content.as_bytes(), "{line}");
        let steps = recorder.lines().iter().filter(|line| line.contains(" > ")).count();
        assert_eq!(steps, "EHLO MAIL RCPT DATA . QUIT".split(' ').count());
    }
}
