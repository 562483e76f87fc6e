//! The transcript: order, content and masking.

use base64::{Engine, engine::general_purpose::STANDARD};
use mailer_server::{Config, EmbeddedServer, Peer};

use crate::client::{plain, plain_response, secured, start};

fn lines(server: &EmbeddedServer) -> Vec<String> {
    let shown = |line: mailer_server::TranscriptLine| {
        let side = if line.from == Peer::Client { "C" } else { "S" };
        format!("{side}{}: {}", if line.inside_tls { "*" } else { "" }, line.text)
    };
    server.transcript().into_iter().map(shown).collect()
}

#[test]
fn lines_are_in_order_and_content_is_one_line() {
    let (server, mut client) = plain();
    client.says("HELO client.example", "250");
    client.send(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");
    for code in ["250", "250", "354"] {
        client.expect(code);
    }
    client.send(b"secret content\r\n.\r\nQUIT\r\n");
    client.expect("250");
    client.expect("221");
    let expected = [
        "S: 220 mail.example.test ESMTP ready",
        "C: HELO client.example",
        "S: 250 mail.example.test",
        "C: MAIL FROM:<a@example.com>",
        "C: RCPT TO:<b@example.com>",
        "C: DATA",
        "S: 250 Sender valid",
        "S: 250 Recipient valid",
        "S: 354 Go ahead, end with a dot on a line of its own",
        "C: (16 bytes of content)",
        "C: QUIT",
        "S: 250 Stored as 1-1",
    ];
    assert_eq!(lines(&server)[..12], expected);
    let times: Vec<_> = server.transcript().into_iter().map(|line| line.at).collect();
    assert!(times.is_sorted());
}

#[test]
fn secrets_are_masked() {
    let server = start(Config::default());
    let account = server.account().expect("an account").clone();
    let (user, password) = (STANDARD.encode(&account.user), STANDARD.encode(&account.password));
    let plain = plain_response(&account);

    let mut client = secured(&server);
    client.says("AUTH PLAIN", "334");
    client.says(&plain, "235");
    client.says(&format!("AUTH PLAIN {plain}"), "503");
    client.says(&password, "500");
    let mut client = secured(&server);
    client.says(&format!("AUTH LOGIN {user}"), "334");
    client.says(&password, "235");

    let lines = lines(&server);
    for secret in [&plain, &user, &password, &account.password] {
        assert!(!lines.iter().any(|line| line.contains(secret.as_str())), "{secret} in {lines:#?}");
    }
    assert!(lines.contains(&"C*: AUTH PLAIN ***".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"C*: ***".to_owned()), "{lines:#?}");
}

#[test]
fn no_transcript_is_kept_where_it_is_turned_off() {
    let server = start(Config::plain().without_transcript());
    let mut client = crate::client::Client::connect(&server);
    client.expect("220");
    assert!(server.transcript().is_empty());
}

#[test]
fn round_trips_are_counted_for_each_session() {
    // A group whose replies leave one by one is still a group.
    let pause = std::time::Duration::from_millis(1);
    let fault = mailer_server::Fault::at(mailer_server::Point::Mail).split(pause);
    let config = Config::default().with_auth_required(false).with_session_tickets(0);
    let server = start(config.with_fault(fault));
    // EHLO, STARTTLS, the handshake, and EHLO again.
    let mut client = secured(&server);
    assert_eq!(server.round_trips(1), 4);
    client.send(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");
    for code in ["250", "250", "354"] {
        client.expect(code);
    }
    client.send(b"content\r\n.\r\n");
    client.expect("250");
    assert_eq!((server.round_trips(1), server.round_trips(2)), (6, 0));
}
