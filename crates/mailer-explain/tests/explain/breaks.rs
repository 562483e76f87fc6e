//! Every broken dialogue with the embedded server: what it answers is what the notes teach.

use mailer::{Envelope, Security, Server};
use mailer_compare::observation::Speaker;
use mailer_explain::{BREAKS, Break, BrokenDialogue, Target};
use mailer_lab::embedded;
use mailer_server::{EmbeddedServer, Store};

/// A message with a lone dot in its body.
pub(crate) const CONTENT: &[u8] =
    b"Subject: a dot\r\n\r\nBefore the dot.\r\n.\r\nAfter the dot.\r\n";

pub(crate) fn envelope() -> Envelope {
    let address = |text: &str| text.parse().expect("an address");
    let envelope =
        Envelope::new(Some(address("ann@example.test")), vec![address("bob@example.test")]);
    envelope.expect("an envelope")
}

fn run(name: &str, embedded: &EmbeddedServer, server: &Server) -> BrokenDialogue {
    let envelope = envelope();
    let target = Target::new(server, &envelope, CONTENT).with_inbox(embedded);
    let found = Break::find(name).expect("its name");
    found.run(&target).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns what the client sent in the broken part.
fn sent(dialogue: &BrokenDialogue) -> Vec<&str> {
    let lines = dialogue.lines.iter().filter(|line| line.speaker == Speaker::Client);
    lines.map(|line| line.text.as_str()).collect()
}

/// The codes of the embedded server with STARTTLS and AUTH, the last one to QUIT.
const CODES: [(&str, &[u16]); 6] = [
    ("early-talk", &[220, 250, 221]),
    ("no-cr", &[500, 221]),
    ("skip-ehlo", &[503, 503, 221]),
    ("wrong-password", &[535, 221]),
    ("data-first", &[250, 503, 221]),
    ("lone-dot", &[250, 250, 354, 250, 500, 500, 221]),
];

#[test]
fn the_embedded_server_answers_each_break() {
    let (embedded, server) = embedded::start(Security::Required, Store::Memory).unwrap();
    assert_eq!(CODES.map(|(name, _)| name).to_vec(), names());
    for (name, codes) in CODES {
        let dialogue = run(name, &embedded, &server);
        assert_eq!(dialogue.codes(), codes, "{name}: {dialogue:#?}");
        let stored = dialogue.stored.as_ref().map(Vec::len);
        assert_eq!(stored, Some(usize::from(name == "lone-dot")), "{name}");
    }
}

#[test]
fn each_break_works_with_every_kind_of_tls() {
    for security in [Security::Implicit, Security::None] {
        let (embedded, server) = embedded::start(security, Store::Memory).unwrap();
        for (name, codes) in CODES {
            let dialogue = run(name, &embedded, &server);
            assert_eq!(dialogue.codes(), codes, "{name}, {security:?}: {dialogue:#?}");
        }
    }
}

#[test]
fn each_break_sends_what_its_note_says() {
    let (embedded, server) = embedded::start(Security::Required, Store::Memory).unwrap();
    let lines = |name| run(name, &embedded, &server);
    let early = lines("early-talk");
    assert!(early.before.is_empty() && early.lines[0].speaker == Speaker::Client, "{early:#?}");
    // Only CR LF ends a line here, so the LF is part of the text.
    assert_eq!(sent(&lines("no-cr"))[0], format!("EHLO {}\n", server.hello));
    let skipped = lines("skip-ehlo");
    assert_eq!(sent(&skipped)[..2], ["AUTH LOGIN", "MAIL FROM:<ann@example.test>"]);
    assert_eq!(skipped.before.last(), Some(&mailer::Step::Tls));
    assert_eq!(sent(&lines("data-first"))[1], "DATA");
    let lone_dot = lines("lone-dot");
    assert_eq!(sent(&lone_dot).iter().filter(|line| **line == ".").count(), 2);
    let stored = lone_dot.stored.unwrap();
    let stored = String::from_utf8_lossy(&stored[0]);
    assert!(stored.ends_with("Before the dot.\r\n") && !stored.contains("After"), "{stored}");
}

#[test]
fn no_secret_is_in_a_dialogue() {
    let (embedded, server) = embedded::start(Security::Required, Store::Memory).unwrap();
    let password = server.credentials.as_ref().unwrap().secret().reveal().to_owned();
    for name in names() {
        let text = format!("{:?}", run(name, &embedded, &server));
        assert!(!text.contains(&password) && !text.contains("not-this-one"), "{name}: {text}");
    }
    let wrong = run("wrong-password", &embedded, &server);
    assert_eq!(sent(&wrong), ["AUTH PLAIN ****", "QUIT"]);
    let text = format!("{wrong:?}");
    let user = server.credentials.as_ref().unwrap().user();
    assert!(!text.contains(user), "the user's own name is not used: {text}");
}

#[test]
fn a_login_is_never_sent_without_tls_unless_the_user_turned_tls_off() {
    // The server has no TLS, and the user did not ask for a session without it.
    let (_embedded, mut server) = embedded::start(Security::None, Store::Memory).unwrap();
    server.security = Security::Required;
    let envelope = envelope();
    let target = Target::new(&server, &envelope, CONTENT);
    for name in ["wrong-password", "data-first", "lone-dot", "skip-ehlo"] {
        let error = Break::find(name).unwrap().run(&target).unwrap_err();
        assert_eq!(error.step(), Some(mailer::Step::StartTls), "{name}: {error}");
    }
}

fn names() -> Vec<&'static str> {
    BREAKS.iter().map(|one| one.name).collect()
}
