//! What the server reports while it runs: failed logins and handshakes, lines, and headers of messages.

use std::{
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use mailer_server::{Account, Config, Event, EventHook, LineHook, Peer, Store};

use crate::client::{Client, TIMEOUT, socket, start, tls};

/// Makes the configuration send its events to a channel.
fn events(config: &mut Config) -> Receiver<Event> {
    let (sender, events) = mpsc::channel();
    config.on_event = Some(EventHook::new(move |event: &Event| {
        let _ = sender.send(event.clone());
    }));
    events
}

#[test]
fn a_failed_login_is_reported_with_user_and_reason() {
    let mut config = Config::plain().with_account(Account::new("user", "secret"));
    config.limits.failed_login_delay = Duration::ZERO;
    config.limits.failed_logins = 10;
    config.allow_auth_without_tls = true;
    let events = events(&mut config);
    let server = start(config);
    let mut client = Client::connect(&server);
    client.expect("220");
    client.says("EHLO client.example", "250");
    for (command, code, user, reason) in [
        ("AUTH PLAIN AHVzZXIAd3Jvbmc=", 535, Some("user"), "wrong password"),
        ("AUTH PLAIN AHJvb3QAd3Jvbmc=", 535, Some("root"), "there is no such user"),
        ("AUTH PLAIN !", 501, None, "base64"),
        ("AUTH CRAM-MD5", 504, None, "mechanism"),
    ] {
        client.says(command, &code.to_string());
        let event = events.recv_timeout(TIMEOUT).expect("an event");
        let Event::LoginFailed { session: 1, user: by, reason: why, code: replied } = event else {
            panic!("{event:?}")
        };
        assert_eq!((by.as_deref(), replied), (user, code), "{command}");
        assert!(why.to_lowercase().contains(reason), "{command}: {why}");
    }
    client.says("AUTH PLAIN AHVzZXIAc2VjcmV0", "235");
    assert!(events.try_recv().is_err(), "a login that succeeds is no event");
}

#[test]
fn any_login_is_accepted_where_configured_and_none_is_needed() {
    let mut config = Config::plain().with_auth_required(false);
    config.accounts.clear();
    config.accept_any_login = true;
    config.allow_auth_without_tls = true;
    let server = start(config);
    let mut client = Client::connect(&server);
    client.expect("220");
    assert!(client.says("EHLO client.example", "250").contains("AUTH"));
    client.says("MAIL FROM:<a@example.com>", "250");
    client.says("RSET", "250");
    client.says("AUTH PLAIN AHJvb3QAd3Jvbmc=", "235");
}

#[test]
fn a_failed_handshake_is_reported_with_its_reason() {
    let mut config = Config::implicit();
    let events = events(&mut config);
    let server = start(config);
    let stranger = start(Config::implicit());
    // This client trusts the CA of another server.
    let mut stream = tls(&stranger, socket(&server));
    assert!(stream.conn.complete_io(&mut stream.sock).is_err(), "the CA is not trusted");
    let event = events.recv_timeout(TIMEOUT).expect("an event");
    let Event::TlsFailed { session: 1, reason } = event else { panic!("{event:?}") };
    assert!(reason.contains("received fatal alert"), "{reason}");
}

#[test]
fn lines_are_reported_as_they_pass_without_a_transcript() {
    let (sender, lines) = mpsc::channel();
    let mut config = Config::plain().without_transcript();
    config.on_line = Some(LineHook::new(move |line: &mailer_server::TranscriptLine| {
        let _ = sender.send((line.from, line.text.clone()));
    }));
    let server = start(config);
    let mut client = Client::connect(&server);
    client.expect("220");
    client.says("NOOP", "250");
    let next = || lines.recv_timeout(TIMEOUT).expect("a line");
    assert_eq!(next(), (Peer::Server, "220 mail.example.test ESMTP ready".to_owned()));
    assert_eq!(next(), (Peer::Client, "NOOP".to_owned()));
    assert_eq!(next().0, Peer::Server);
    assert!(server.transcript().is_empty());
}

#[test]
fn a_message_has_its_header_with_any_store_if_configured() {
    let (sender, headers) = mpsc::channel();
    let mut config = Config::plain().with_store(Store::Count).with_on_mail(move |mail| {
        let _ = sender.send(mail.header.clone());
    });
    for keeps in [true, false] {
        config.keep_headers = keeps;
        let server = start(config.clone());
        let mut client = Client::connect(&server);
        client.expect("220");
        client.says("EHLO client.example", "250");
        client.send(b"MAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nBDAT 9\r\nSubject: ");
        client.send(b"BDAT 18 LAST\r\nhello\r\n\r\nA line.\r\n");
        for _ in 0..4 {
            client.expect("250");
        }
        let header = headers.recv_timeout(TIMEOUT).expect("a message");
        let expected: &[u8] = if keeps { b"Subject: hello\r\n" } else { b"" };
        assert_eq!(&*header, expected);
    }
}
