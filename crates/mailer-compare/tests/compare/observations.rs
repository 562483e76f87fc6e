//! Whole comparisons: a small backend against the embedded server.

use std::{
    net::TcpStream,
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::lockstep::contender;
use mailer::{Envelope, Kind, Mail, Message, Outcome, Security};
use mailer_compare::{
    Comparison, Experiment, InboxCheck, findings, json,
    text::{Format, text},
};
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
    let comparison = Experiment::on_embedded(&embedded, &server, &mail()).run(contenders).unwrap();
    (embedded, comparison)
}

#[test]
fn two_equal_backends_have_equal_observations() {
    let (_embedded, comparison) = compared(&[contender("one", ""), contender("two", "")]);
    let size = CONTENT.len() as u64;
    assert_eq!(comparison.inbox, InboxCheck::Equal { size, backends: 2, mails: 2 });
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
    let findings = findings(&comparison).join("\n");
    assert!(
        findings.contains("one and two needed the same number of round trips, 12"),
        "{findings}"
    );
    assert!(findings.contains(&format!("the same {size} bytes from all 2")), "{findings}");
}

#[test]
fn each_backend_warms_up_with_the_settings_of_the_run_and_is_counted_in_a_second_session() {
    let (embedded, warm_up) = embedded::start(Security::None, Store::Memory).unwrap();
    let mut server = warm_up.clone();
    server.trust.accept_invalid_certificates();
    let made = Arc::<Mutex<Vec<bool>>>::default();
    let (inner, seen) = (contender("one", ""), Arc::clone(&made));
    let one = Contender::new("one", move |server| {
        seen.lock().unwrap().push(server.trust.accepts_invalid());
        (inner.make)(server)
    });
    let mail = mail();
    let experiment = Experiment::on_embedded(&embedded, &server, &mail).warm_up_on(&warm_up);
    let comparison = experiment.run(&[one]).unwrap();
    let made = made.lock().unwrap();
    assert_eq!(*made, [false, true, true, true], "warm-up twice, the counting session, the run");
    assert!(comparison.warmed_up);
    assert_eq!(embedded.stored().mails, 3, "warm-up, the counting session, the run");
    let counting = comparison.observations[0].counting.as_ref().unwrap();
    assert_eq!(counting.path.round_trip.as_millis(), 5);
}

#[test]
fn over_a_longer_path_round_trips_are_counted_in_the_run_itself() {
    let (embedded, server) = embedded::start(Security::None, Store::Memory).unwrap();
    let mail = mail();
    let path = Path { round_trip: Duration::from_millis(6), ..Path::default() };
    let experiment = Experiment::on_embedded(&embedded, &server, &mail).over(path);
    let comparison = experiment.run(&[contender("one", "")]).unwrap();
    assert!(comparison.observations[0].counting.is_none());
    assert_eq!(comparison.observations[0].counts().unwrap().round_trips, 12);
}

#[test]
fn no_report_contains_a_secret() {
    let (embedded, comparison) = compared(&[contender("one", "")]);
    let account = embedded.account().unwrap();
    let document = json::document(&comparison, "compare");
    let json = serde_json::to_string(&document).unwrap();
    for report in [text(&comparison, Format::default()), json, format!("{comparison:?}")] {
        assert!(report.contains("****") && report.contains("AUTH LOGIN"), "{report}");
        assert!(
            !report.contains(&account.password) && !report.contains("aHd6NC1UcTlw"),
            "{report}"
        );
    }
}

#[test]
fn a_backend_that_changes_the_mail_is_reported() {
    let (_embedded, comparison) =
        compared(&[contender("honest", ""), contender("other", "more\r\n")]);
    let InboxCheck::Differs(differences) = &comparison.inbox else { panic!("they differ") };
    assert_eq!((differences[0].reference.as_str(), differences[0].longer), ("given", 6));
    assert_eq!(differences[0].backends, ["other"]);
    assert!(differences[0].diff.ends_with(" .a dot\n+more\n"), "{}", differences[0].diff);
    let text = text(&comparison, Format::default());
    assert!(text.contains("other: not the same as the given message, 6 bytes longer."), "{text}");
}

#[test]
fn an_unreachable_server_is_reported_by_the_backend_itself() {
    let (embedded, mut server) = embedded::start(Security::None, Store::Memory).unwrap();
    // No server listens on the port of a client's connection, and no other process can get that port.
    let other_client = TcpStream::connect(embedded.addr()).unwrap();
    server.connect_to = Some(other_client.local_addr().unwrap());
    let comparison = Experiment::new(&server, &mail()).run(&[contender("one", "")]).unwrap();
    let receipt = &comparison.observations[0].receipt;
    assert_eq!(receipt.outcome, Outcome::NotSent);
    assert_eq!(receipt.error.as_ref().map(mailer::Error::kind), Some(Kind::Unreachable));
    assert_eq!(comparison.inbox, InboxCheck::Unknown);
    let text = text(&comparison, Format::default());
    assert!(text.contains("(at connect)") && text.contains("server stored no message"), "{text}");
}
