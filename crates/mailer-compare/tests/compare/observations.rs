//! The whole comparison, with a small backend of the test's own against the embedded server.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, atomic::AtomicBool},
};

use crate::lockstep::contender;
use mailer::{Envelope, Kind, Mail, Message, Outcome, Security, Server};
use mailer_compare::{Comparison, Experiment, InboxCheck, compare, findings, json, text::text};
use mailer_lab::{Contender, embedded};
use mailer_link::Path;
use mailer_server::{EmbeddedServer, Store};

const CONTENT: &str = "Subject: hello\r\n\r\nHello, Bob.\r\n.a dot\r\n";

fn mail() -> Mail {
    let recipients =
        vec!["bob@example.test".parse().unwrap(), "carol@example.test".parse().unwrap()];
    let envelope = Envelope::new(Some("ann@example.test".parse().unwrap()), recipients).unwrap();
    Mail::new(envelope, Message::from_bytes(CONTENT).unwrap())
}

fn compared(contenders: &[Contender]) -> (EmbeddedServer, Comparison) {
    let (embedded, server) = embedded::start(Security::None, Store::Memory).unwrap();
    let stored = || Some(embedded::take_contents(&embedded));
    let (mail, interrupted) = (mail(), AtomicBool::new(false));
    let experiment =
        Experiment { warm_up: Some(&server), ..experiment(&server, &mail, &stored, &interrupted) };
    let comparison = compare(contenders, &experiment).unwrap();
    (embedded, comparison)
}

/// One message to this server, without a warm-up.
fn experiment<'a>(
    server: &'a Server,
    mail: &'a Mail,
    take_stored: &'a dyn Fn() -> Option<Vec<Vec<u8>>>,
    interrupted: &'a AtomicBool,
) -> Experiment<'a> {
    Experiment {
        server,
        mail,
        mails: 1,
        take_stored,
        warm_up: None,
        path: Path::default(),
        keep_packets: false,
        external_clients: None,
        interrupted,
        known_causes: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn two_of_the_same_kind_come_out_the_same() {
    let (_embedded, comparison) = compared(&[contender("one", ""), contender("two", "")]);
    let octets = CONTENT.len() as u64;
    assert_eq!(comparison.stored, InboxCheck::Equal { octets, backends: 2, mails: 2 });
    for observation in &comparison.observations {
        assert_eq!(observation.receipt.outcome, Outcome::Accepted);
        assert_eq!(observation.mechanism(), Some("LOGIN"));
        // Connect, greeting; EHLO, AUTH with two answers, MAIL, two RCPT, DATA, content, QUIT.
        let counts = observation.counts().unwrap();
        assert_eq!((counts.round_trips, counts.flights, observation.writes()), (12, 10, Some(10)));
        let by_phase: Vec<_> =
            observation.spans().iter().map(|s| (s.phase.name(), s.round_trips.unwrap())).collect();
        let wanted = [
            ("connect", 1),
            ("greeting", 1),
            ("EHLO", 1),
            ("AUTH", 3),
            ("envelope", 4),
            ("content", 0),
            ("final reply", 1),
            ("QUIT", 1),
        ];
        assert_eq!(by_phase, wanted);
    }
    let [one, two] = comparison.observations.as_slice() else { panic!("two observations") };
    assert_eq!(one.counts(), two.counts());
    let told = findings(&comparison).join("\n");
    assert!(told.contains("one and two needed the same number of round trips, 12"), "{told}");
    assert!(told.contains(&format!("the same {octets} octets from all 2")), "{told}");
}

#[test]
fn the_warm_up_makes_each_backend_with_the_settings_of_the_run() {
    let (embedded, warm_up) = embedded::start(Security::None, Store::Memory).unwrap();
    let mut server = warm_up.clone();
    server.trust.accept_invalid_certificates();
    let made = Arc::<Mutex<Vec<bool>>>::default();
    let (inner, seen) = (contender("one", ""), Arc::clone(&made));
    let one = Contender::new("one", move |server| {
        seen.lock().unwrap().push(server.trust.accepts_invalid());
        (inner.make)(server)
    });
    let stored = || Some(embedded::take_contents(&embedded));
    let (mail, interrupted) = (mail(), AtomicBool::new(false));
    let experiment =
        Experiment { warm_up: Some(&warm_up), ..experiment(&server, &mail, &stored, &interrupted) };
    let comparison = compare(&[one], &experiment).unwrap();
    assert_eq!(*made.lock().unwrap(), [false, true, true], "warm-up, and the run's twice");
    assert!(comparison.warmed_up);
    assert_eq!(embedded.stored().mails, 2, "nothing more was sent");
}

#[test]
fn the_report_holds_no_secret() {
    let (embedded, comparison) = compared(&[contender("one", "")]);
    let account = embedded.account().unwrap();
    let document = json::document(&comparison, "compare");
    let json = serde_json::to_string(&document).unwrap();
    for report in [text(&comparison, false), json, format!("{comparison:?}")] {
        assert!(report.contains("****") && report.contains("AUTH LOGIN"), "{report}");
        assert!(
            !report.contains(&account.password) && !report.contains("aHd6NC1UcTlw"),
            "{report}"
        );
    }
}

#[test]
fn a_backend_that_changes_the_mail_is_found_out() {
    let (_embedded, comparison) =
        compared(&[contender("honest", ""), contender("other", "more\r\n")]);
    let InboxCheck::Differs(differences) = &comparison.stored else { panic!("they differ") };
    assert_eq!((differences[0].reference.as_str(), differences[0].longer), ("given", 6));
    assert_eq!(differences[0].backends, ["other"]);
    assert!(differences[0].diff.ends_with(" .a dot\n+more\n"), "{}", differences[0].diff);
    let text = text(&comparison, false);
    assert!(text.contains("other: not the same as what was given, 6 octets longer."), "{text}");
}

#[test]
fn a_server_that_is_not_there_is_the_backends_own_finding() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_embedded, mut server) = embedded::start(Security::None, Store::Memory).unwrap();
    server.connect_to = Some(gone);
    let (mail, interrupted) = (mail(), AtomicBool::new(false));
    let experiment = experiment(&server, &mail, &|| None, &interrupted);
    let comparison = compare(&[contender("one", "")], &experiment).unwrap();
    let receipt = &comparison.observations[0].receipt;
    assert_eq!(receipt.outcome, Outcome::NotSent);
    assert_eq!(receipt.error.as_ref().map(mailer::Error::kind), Some(Kind::Unreachable));
    assert_eq!(comparison.stored, InboxCheck::Unknown);
    assert!(text(&comparison, false).contains("(at connect)"));
}
