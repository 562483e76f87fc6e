//! The envelope of a message: its sender, and requests for delivery status notifications.

use mailer_server::{Config, Profile};

use crate::{
    command::run,
    fixture::{Fixture, backends},
};

const DSN: [&str; 6] = ["--notify", "success,delay", "--ret", "hdrs", "--envid", "order 7+1"];

/// A server without TLS and AUTH, and with DSN.
fn with_dsn() -> Fixture {
    let mut config = Config::plain();
    config.profile = Profile::named("postfix").expect("a profile");
    Fixture::start(config)
}

/// Returns the lines of the clients that begin with this verb.
fn commands(fixture: &Fixture, verb: &str) -> Vec<String> {
    let lines = fixture.server.transcript().into_iter().map(|line| line.text);
    lines.filter(|text| text.starts_with(verb)).collect()
}

#[test]
fn the_sender_of_the_envelope_may_differ_from_the_author() {
    let fixture = Fixture::start(Config::plain());
    fixture.file("mail.eml", "From: root\nTo: bob@example.test\n\nx\n");
    let draft = ["--from", "ann@example.test", "--to", "bob@example.test", "--body", "x"];
    for backend in backends() {
        for content in [&draft[..], &["--eml", "mail.eml"]] {
            for (value, sender) in [
                ("bounces+7@example.test", Some("bounces+7@example.test")),
                ("<bounces@example.test>", Some("bounces@example.test")),
                ("<>", None),
            ] {
                let mut command = fixture.send(backend);
                run(command.args(content).args(["--envelope-from", value])).succeeds();
                let mail = fixture.take_mail();
                assert_eq!(mail.sender.as_deref(), sender, "{backend} {value}");
                assert!(String::from_utf8_lossy(&mail.content).contains("From: "), "{backend}");
            }
        }
        let mut command = fixture.send(backend);
        run(command.args(draft).args(["--envelope-from", ""])).succeeds();
        assert_eq!(fixture.take_mail().sender.as_deref(), Some("ann@example.test"));
    }
    let null_author = ["--from", "<>", "--to", "b@example.test", "--body", "x"];
    let ran = run(fixture.send("raw").args(null_author)).exits(65);
    assert!(ran.error().contains("--envelope-from"), "{ran:#?}");
}

#[test]
fn notifications_are_asked_for_where_the_server_offers_dsn() {
    let fixture = with_dsn();
    let mut command = fixture.send_small("raw");
    run(command.args(["--cc", "cid@example.test"]).args(DSN)).succeeds();
    let mail = commands(&fixture, "MAIL FROM");
    assert!(mail[0].contains(" RET=HDRS ENVID=order+207+2B1"), "{mail:?}");
    let recipients = commands(&fixture, "RCPT TO");
    assert_eq!(recipients.len(), 2);
    assert!(
        recipients.iter().all(|line| line.contains("> NOTIFY=SUCCESS,DELAY")),
        "{recipients:?}"
    );
    fixture.file("mail.eml", "From: a@example.test\nTo: bob@example.test\n\nx\n");
    let mut prepared = fixture.send("raw");
    run(prepared.args(["--eml", "mail.eml", "--notify", "NEVER"])).succeeds();
    assert!(commands(&fixture, "RCPT TO").iter().any(|line| line.contains(" NOTIFY=NEVER")));
}

#[test]
fn a_message_that_asks_for_notifications_is_not_sent_to_a_server_without_dsn() {
    let fixture = Fixture::start(Config::plain());
    for option in DSN.chunks(2) {
        let ran = run(fixture.send_small("raw").args(option)).exits(65);
        assert!(ran.error().contains("DSN") && ran.error().contains(option[0]), "{ran:#?}");
    }
    assert!(fixture.server.take_mails().is_empty());
    let ran = run(with_dsn().send_small("lettre").args(DSN)).exits(65);
    assert!(ran.error().contains("lettre") && ran.error().contains("raw"), "{ran:#?}");
}

#[test]
fn values_that_are_not_requests_are_refused_before_any_connection() {
    let fixture = with_dsn();
    for (status, options, text) in [
        (65, ["--notify", "sometimes"], "success"),
        (65, ["--notify", "never,success"], "never"),
        (64, ["--ret", "half"], "hdrs"),
        (65, ["--envid", "a\r\nRSET"], "printable"),
        (65, ["--envelope-from", "bounces"], "bounces"),
        (65, ["--envelope-from", "a@example.test>\r\nRSET"], "address"),
    ] {
        let ran = run(fixture.send_small("raw").args(options)).exits(status);
        assert!(ran.stderr.contains(text), "{options:?}: {ran:#?}");
    }
    assert!(fixture.server.transcript().is_empty(), "a client connected");
}

#[test]
fn the_error_about_a_refused_recipient_names_it() {
    let config = Config::plain().with_refused_recipient("bob@example.test");
    let fixture = Fixture::start(config);
    for backend in backends() {
        for copies in [&[][..], &["--cc", "cid@example.test"]] {
            let ran = run(fixture.send_small(backend).args(copies)).exits(69);
            let text = "the server refused the recipient bob@example.test (at RCPT TO)";
            assert!(ran.error().starts_with(text), "{backend}: {ran:#?}");
        }
    }
}
