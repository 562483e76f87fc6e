//! Outcomes and kinds of errors when the server refuses, fails or keeps silent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod common;

use std::{
    thread,
    time::{Duration, Instant},
};

use common::{Recorder, mail, mail_to, settings_for, start};
use mailer::{
    Error, Kind, Mail, Mailer, Mechanism, Message, Outcome, Receipt, Retry, Security, Server,
    Setting, Step, Timeouts,
};
use mailer_lettre::{LettreConnection, LettreMailer};
use mailer_server::{CertificateKind, Config, Extension, Fault, Point, Profile};

/// A time-out that is short, for silent servers, but long enough for every other reply on a busy machine.
const SHORT: Duration = Duration::from_millis(600);

fn both(settings: &Server) -> [Box<dyn Mailer>; 2] {
    [
        Box::new(LettreMailer::new(settings).unwrap()),
        Box::new(LettreConnection::new(settings).unwrap()),
    ]
}

/// Returns a server with TLS and AUTH only if the step needs them, because they are slow.
fn config_for(step: Step) -> Config {
    match step {
        Step::StartTls | Step::Tls | Step::Auth => Config::default(),
        _ => Config::plain(),
    }
}

/// Sends a mail to such a server with both mailers.
fn receipts(config: &Config, change: impl Fn(&mut Server)) -> [Receipt; 2] {
    [0, 1].map(|which| {
        let server = start(config.clone());
        let mut settings = settings_for(&server);
        change(&mut settings);
        let [pooled, direct] = both(&settings);
        let mut mailer = if which == 0 { pooled } else { direct };
        mailer.send(&mail_to(&["bob@example.com", "eve@example.com"]))
    })
}

fn assert_all(
    config: &Config,
    change: impl Fn(&mut Server),
    wanted: (Outcome, Kind, Step),
) -> [Receipt; 2] {
    receipts(config, change).map(|receipt| {
        let error = receipt.error.as_ref().unwrap();
        let found = (receipt.outcome, error.kind(), error.step().unwrap());
        assert_eq!(found, wanted, "{receipt:#?}");
        receipt
    })
}

#[test]
fn the_kind_of_a_refusal_depends_on_step_and_code() {
    use Kind::{Authentication, Refused, Temporary, Tls};
    use Outcome::{NotSent, Rejected};
    for (point, reply, outcome, kind, step) in [
        (Point::Greeting, "554 5.7.1 not you", NotSent, Refused, Step::Greeting),
        (Point::Greeting, "421 4.3.2 busy", NotSent, Temporary, Step::Greeting),
        (Point::Ehlo, "550 5.7.1 no", NotSent, Refused, Step::Ehlo),
        (Point::StartTls, "502 5.5.1 no", NotSent, Tls, Step::StartTls),
        (Point::StartTls, "454 4.7.0 later", NotSent, Temporary, Step::StartTls),
        (Point::Auth, "535 5.7.8 wrong", NotSent, Authentication, Step::Auth),
        (Point::Auth, "454 4.7.0 later", NotSent, Temporary, Step::Auth),
        (Point::Mail, "550 5.7.1 no", Rejected, Refused, Step::Mail),
        (Point::Mail, "421 4.3.2 bye", Rejected, Temporary, Step::Mail),
        (Point::Rcpt, "450 4.2.1 later", Rejected, Temporary, Step::Recipient),
        (Point::Data, "554 5.5.1 no", Rejected, Refused, Step::Data),
        (
            Point::EndOfData,
            "550-5.7.1 spam\r\n550 5.7.1 and more",
            Rejected,
            Refused,
            Step::EndOfData,
        ),
        (Point::EndOfData, "452 4.3.1 full", Rejected, Temporary, Step::EndOfData),
    ] {
        let config = config_for(step).with_fault(Fault::at(point).reply(reply));
        for receipt in assert_all(&config, |_| {}, (outcome, kind, step)) {
            let found = receipt.error.unwrap().reply().unwrap().clone();
            assert_eq!(found.lines().count(), reply.lines().count(), "lines are kept");
            assert_eq!(receipt.reply.is_some(), step == Step::EndOfData);
        }
    }
}

#[test]
fn the_first_refused_recipient_ends_the_transaction() {
    let config = Config::plain().with_refused_recipient("eve@example.com");
    let wanted = (Outcome::Rejected, Kind::Refused, Step::Recipient);
    for receipt in assert_all(&config, |_| {}, wanted) {
        let codes: Vec<_> = receipt.recipients.iter().map(|r| r.as_ref().map(|r| r.code)).collect();
        assert_eq!(codes, [Some(250), Some(550)]);
    }
}

#[test]
fn a_lost_connection_leaves_the_outcome_unknown_only_after_the_end_of_data() {
    use Outcome::{NotSent, Unknown};
    for (point, outcome, step) in [
        (Point::Greeting, NotSent, Step::Greeting),
        (Point::Ehlo, NotSent, Step::Ehlo),
        (Point::TlsHandshake, NotSent, Step::Tls),
        (Point::Auth, NotSent, Step::Auth),
        (Point::Mail, NotSent, Step::Mail),
        (Point::Rcpt, NotSent, Step::Recipient),
        (Point::Data, NotSent, Step::Data),
        (Point::EndOfData, Unknown, Step::EndOfData),
    ] {
        for fault in [Fault::at(point).close(), Fault::at(point).reset()] {
            let config = config_for(step).with_fault(fault);
            assert_all(&config, |_| {}, (outcome, Kind::Lost, step));
        }
    }
}

#[test]
fn silence_leaves_the_outcome_unknown_only_after_the_end_of_data() {
    use Outcome::{NotSent, Unknown};
    // All run at once, because each only waits.
    thread::scope(|scope| {
        for (point, outcome, step) in [
            (Point::Greeting, NotSent, Step::Greeting),
            (Point::TlsHandshake, NotSent, Step::Tls),
            (Point::Auth, NotSent, Step::Auth),
            (Point::Rcpt, NotSent, Step::Recipient),
            (Point::EndOfData, Unknown, Step::EndOfData),
        ] {
            let silence = Fault::at(point).delay(SHORT * 100).silence();
            let config = config_for(step).with_fault(silence);
            scope.spawn(move || {
                let short = |settings: &mut Server| settings.timeouts = Timeouts::all(SHORT);
                assert_all(&config, short, (outcome, Kind::TimedOut, step));
            });
        }
    });
}

#[test]
fn a_malformed_reply_is_a_protocol_error() {
    for (point, bytes, step) in [
        (Point::Greeting, &b"hello there\r\n"[..], Step::Greeting),
        (Point::Ehlo, b"250-one\r\n251 two\r\n", Step::Ehlo),
        (Point::Mail, b"999 what\r\n", Step::Mail),
        (Point::Mail, b"250 gr\xfc\xdfe\r\n", Step::Mail),
        (Point::EndOfData, b"ok\r\n", Step::EndOfData),
    ] {
        let config = Config::plain().with_fault(Fault::at(point).raw(bytes));
        let outcome = if step == Step::EndOfData { Outcome::Unknown } else { Outcome::NotSent };
        assert_all(&config, |_| {}, (outcome, Kind::Protocol, step));
    }
}

#[test]
fn a_354_after_the_end_of_data_leaves_the_outcome_unknown() {
    let config = Config::plain().with_fault(Fault::at(Point::EndOfData).reply("354 and now?"));
    assert_all(&config, |_| {}, (Outcome::Unknown, Kind::Protocol, Step::EndOfData));
}

#[test]
fn a_missing_extension_or_mechanism_is_an_error() {
    let without = |extension| Config::default().with_profile(Profile::gmail().without(extension));
    let starttls = without(Extension::StartTls);
    assert_all(&starttls, |_| {}, (Outcome::NotSent, Kind::Tls, Step::StartTls));
    let as_opportunistic = |settings: &mut Server| settings.security = Security::Opportunistic;
    assert_all(&starttls, as_opportunistic, (Outcome::NotSent, Kind::Tls, Step::StartTls));
    let login_only = Config::default().with_profile(Profile::gmail().with_mechanisms(["LOGIN"]));
    let plain = |settings: &mut Server| settings.mechanisms = vec![Mechanism::Plain];
    assert_all(&login_only, plain, (Outcome::NotSent, Kind::Authentication, Step::Auth));
}

#[test]
fn opportunistic_without_credentials_sends_with_and_without_tls() {
    for config in [Config::plain(), Config::default().with_auth_required(false)] {
        let has_tls = config.security != mailer_server::Security::Plain;
        let server = start(config);
        let mut settings = settings_for(&server);
        settings.security = Security::Opportunistic;
        settings.credentials = None;
        for mut mailer in both(&settings) {
            let recorder = Recorder::new();
            mailer.trace_to(Some(recorder.clone()));
            assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted);
            assert_eq!(recorder.lines().iter().any(|line| line == "TLS"), has_tls);
        }
    }
}

#[test]
fn non_ascii_content_and_addresses_need_an_extension() {
    for (extension, content, recipient) in [
        (Extension::EightBitMime, "a: b\r\n\r\ngrüße\r\n", "bob@example.com"),
        (Extension::SmtpUtf8, "a: b\r\n\r\nhello\r\n", "jörg@example.com"),
        // So long that the connection without the pool writes it in pieces.
        (Extension::EightBitMime, &"grüße\r\n".repeat(20_000), "bob@example.com"),
        (Extension::SmtpUtf8, &"hello\r\n".repeat(20_000), "jörg@example.com"),
    ] {
        let profile = Profile::gmail().without(extension);
        let server = start(Config::plain().with_profile(profile));
        let special =
            Mail::new(common::envelope(&[recipient]), Message::from_bytes(content).unwrap());
        for mut mailer in both(&settings_for(&server)) {
            let error = mailer.send(&special).error.unwrap();
            assert_eq!((error.kind(), error.step()), (Kind::Message, Some(Step::Mail)));
            mailer.open().expect("the connection still works");
            assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted);
        }
    }
}

#[test]
fn an_invalid_certificate_is_refused_with_a_hint() {
    for kind in [CertificateKind::Expired, CertificateKind::WrongHost, CertificateKind::SelfSigned]
    {
        for config in [Config::default(), Config::implicit()] {
            let config = config.with_certificate(kind);
            assert_all(&config, |_| {}, (Outcome::NotSent, Kind::Tls, Step::Tls));
            let accept = |settings: &mut Server| settings.trust.accept_invalid_certificates();
            for receipt in receipts(&config, accept) {
                assert_eq!(receipt.outcome, Outcome::Accepted, "{kind:?}");
            }
        }
    }
    let server = start(Config::default());
    let mut settings = settings_for(&server);
    settings.trust = mailer::Trust::default();
    let error = open_error(&settings);
    assert_eq!(error.settings(), [Setting::Trust], "{error:?}");
}

#[test]
fn the_hint_names_the_scheme_for_the_other_kind_of_port() {
    let plain = start(Config::plain());
    let mut settings = settings_for(&plain);
    settings.security = Security::Implicit;
    let error = open_error(&settings);
    assert_eq!((error.kind(), error.step()), (Kind::Tls, Some(Step::Tls)));
    assert!(error.hint().is_some_and(|advice| advice.contains("smtp://")), "{error:?}");

    let implicit = start(Config::implicit());
    let mut settings = settings_for(&implicit);
    (settings.security, settings.timeouts) = (Security::Required, Timeouts::all(SHORT));
    let error = open_error(&settings);
    assert_eq!((error.kind(), error.step()), (Kind::TimedOut, Some(Step::Greeting)));
    assert!(error.hint().is_some_and(|advice| advice.contains("smtps://")), "{error:?}");
}

fn open_error(settings: &Server) -> Error {
    let [mut pooled, mut direct] = both(settings);
    let (error, other) = (pooled.open().unwrap_err(), direct.open().unwrap_err());
    assert_eq!((error.kind(), error.step()), (other.kind(), other.step()));
    error
}

#[test]
fn a_port_without_a_listener_is_unreachable() {
    let gone = start(Config::plain());
    let mut settings = settings_for(&gone);
    drop(gone);
    let error = open_error(&settings);
    assert_eq!((error.kind(), error.step()), (Kind::Unreachable, Some(Step::Connect)));

    settings.connect_to = None;
    settings.host = "host.invalid".parse().unwrap();
    let error = open_error(&settings);
    assert_eq!((error.kind(), error.step()), (Kind::Unreachable, Some(Step::Connect)));
    assert!(error.to_string().contains("resolved"), "{error}");
}

/// A reply that arrives line by line, each in time for lettre, and ends late.
fn slow_reply(point: Point) -> Fault {
    let line = |fault: Fault, _| fault.raw("250-still here\r\n").delay(SHORT / 2);
    (0..10).fold(Fault::at(point).nth(1), line).raw("250 done\r\n")
}

/// Sets deadlines that end before the slow reply does.
fn shorten_deadlines(settings: &mut Server) {
    settings.timeouts = Timeouts::all(SHORT / 10);
    settings.timeouts.quit = SHORT;
}

#[test]
fn a_slow_reply_is_abandoned_and_its_mail_is_not_sent_later() {
    let server = start(Config::plain().with_fault(slow_reply(Point::Mail)));
    let mut settings = settings_for(&server);
    shorten_deadlines(&mut settings);
    let mut mailer = LettreMailer::new(&settings).unwrap();
    let receipt = mailer.send(&mail());
    let error = receipt.error.unwrap();
    assert_eq!((receipt.outcome, error.kind()), (Outcome::NotSent, Kind::TimedOut), "{error:?}");
    assert_eq!(error.step(), Some(Step::Mail));
    assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted, "on a new connection");
    // When the reply ends, the abandoned worker sends QUIT and nothing else.
    let first_session_has = |command: &str| {
        server.transcript().iter().any(|line| line.session == 1 && line.text.starts_with(command))
    };
    let deadline = Instant::now() + SHORT * 100;
    while !first_session_has("QUIT") {
        assert!(
            !server.wait_for_mails(2, SHORT / 10),
            "the mail was sent after it was reported as not sent"
        );
        assert!(Instant::now() < deadline, "the worker has not stopped");
    }
    assert!(!first_session_has("RCPT"));
}

/// The deadline of one reply is long before that of all steps together.
#[test]
fn a_slow_reply_is_abandoned_at_its_own_deadline() {
    let server = start(Config::plain().with_fault(slow_reply(Point::Mail)));
    let mut settings = settings_for(&server);
    settings.timeouts = Timeouts::all(SHORT);
    let receipt = LettreMailer::new(&settings).unwrap().send(&mail());
    let error = receipt.error.expect("the reply takes five times as long as it may");
    let found = (receipt.outcome, error.kind(), error.step());
    assert_eq!(found, (Outcome::NotSent, Kind::TimedOut, Some(Step::Mail)), "{error:?}");
}

#[test]
fn the_total_limit_ends_a_message_with_many_slow_recipients() {
    let slow = Fault::at(Point::Rcpt).delay(SHORT / 3);
    let server = start(Config::plain().with_fault(slow));
    let mut settings = settings_for(&server);
    settings.timeouts.total = Some(SHORT * 2);
    let recipients: Vec<String> = (0..30).map(|n| format!("user{n}@example.com")).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    for mut mailer in both(&settings) {
        let receipt = mailer.send(&mail_to(&recipients));
        let error = receipt.error.as_ref().unwrap();
        let found = (receipt.outcome, error.kind(), error.step());
        assert_eq!(found, (Outcome::NotSent, Kind::TimedOut, Some(Step::Recipient)), "{error:?}");
        assert!(error.to_string().contains("in total"), "{error}");
        assert!(receipt.recipients.last().unwrap().is_none(), "the server was not done");
    }
}

#[test]
fn the_total_limit_after_the_end_of_data_leaves_the_outcome_unknown() {
    let silence = Fault::at(Point::EndOfData).silence();
    let server = start(Config::plain().with_fault(silence));
    let mut settings = settings_for(&server);
    settings.timeouts.total = Some(SHORT);
    for mut mailer in both(&settings) {
        let receipt = mailer.send(&mail());
        let error = receipt.error.as_ref().unwrap();
        let found = (receipt.outcome, error.kind(), error.step());
        assert_eq!(found, (Outcome::Unknown, Kind::TimedOut, Some(Step::EndOfData)), "{error:?}");
        assert_eq!(receipt.retry(), Retry::InDoubt);
    }
}

#[test]
fn a_slow_reply_after_the_end_of_data_leaves_the_outcome_unknown() {
    let server = start(Config::plain().with_fault(slow_reply(Point::EndOfData)));
    let mut settings = settings_for(&server);
    shorten_deadlines(&mut settings);
    let receipt = LettreMailer::new(&settings).unwrap().send(&mail());
    let error = receipt.error.unwrap();
    let found = (receipt.outcome, error.kind(), error.step());
    assert_eq!(found, (Outcome::Unknown, Kind::TimedOut, Some(Step::EndOfData)));
}

#[test]
fn a_silent_tls_handshake_is_abandoned() {
    // A listener that never accepts: TCP connects, and no byte ever arrives.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = Server::new("localhost".parse().unwrap(), 465, Security::Implicit);
    settings.connect_to = Some(listener.local_addr().unwrap());
    settings.timeouts = Timeouts::all(SHORT / 6);
    let error = open_error(&settings);
    assert_eq!(error.kind(), Kind::TimedOut, "{error:?}");
}

#[test]
fn closing_reports_a_failed_quit_and_changes_no_outcome() {
    for (fault, kind) in [
        (Fault::at(Point::Quit).close(), Kind::Lost),
        (Fault::at(Point::Quit).reply("421 4.3.2 in a hurry"), Kind::Temporary),
    ] {
        for which in 0..2 {
            let server = start(Config::plain().with_fault(fault.clone()));
            let [pooled, direct] = both(&settings_for(&server));
            let mut mailer = if which == 0 { pooled } else { direct };
            assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted);
            let error = mailer.close().unwrap_err();
            assert_eq!((error.kind(), error.step()), (kind, Some(Step::Quit)));
            mailer.close().expect("no connection is open");
            assert_eq!(mailer.send(&mail()).outcome, Outcome::Accepted, "it opens again");
        }
    }
}

#[test]
fn valid_addresses_that_lettre_does_not_parse_are_sent() {
    let long = format!("{}@example.com", "a".repeat(80));
    let recipients = ["bob@example.com", "\"\"@example.com", long.as_str()];
    let server = start(Config::plain());
    for mut mailer in both(&settings_for(&server)) {
        let receipt = mailer.send(&mail_to(&recipients));
        assert_eq!(receipt.outcome, Outcome::Accepted, "{:?}", receipt.error);
        mailer.close().unwrap();
        let [mail] = server.take_mails().try_into().unwrap();
        assert_eq!(mail.recipients, recipients);
    }
}
