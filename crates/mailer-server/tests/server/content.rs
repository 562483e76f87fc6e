//! Content after DATA.

use std::net::Shutdown;

use mailer_server::{Config, EmbeddedServer};

use crate::client::{Client, plain, socket, start, with};

/// Sends EHLO and the commands up to DATA.
fn ready(client: &mut Client) {
    client.says("EHLO client.example", "250");
    again(client);
}

fn again(client: &mut Client) {
    client.says("MAIL FROM:<a@example.com>", "250");
    client.says("RCPT TO:<b@example.com>", "250");
    client.says("DATA", "354");
}

fn contents(server: &EmbeddedServer) -> Vec<Vec<u8>> {
    server.mails().into_iter().map(|m| m.content.to_vec()).collect()
}

#[test]
fn dots_are_unstuffed_on_the_first_line_too() {
    let (server, mut client) = plain();
    ready(&mut client);
    client.send(b"..\r\n.x\r\n..y\r\na..\r\n\r\n.\r\n");
    client.expect("250");
    assert_eq!(contents(&server), [b".\r\nx\r\n.y\r\na..\r\n\r\n"]);
}

#[test]
fn empty_content_is_a_message() {
    let (server, mut client) = plain();
    ready(&mut client);
    client.send(b".\r\n");
    client.expect("250");
    assert_eq!(contents(&server), [b""]);
}

#[test]
fn the_end_is_found_wherever_the_input_is_split() {
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    for cut in 1..9 {
        again(&mut client);
        let (first, second) = b"a\r\n..b\r\n.\r\n".split_at(cut);
        client.send(first);
        client.send(second);
        client.expect("250");
    }
    assert!(contents(&server).iter().all(|c| c == b"a\r\n.b\r\n"));
}

#[test]
fn a_bare_line_end_does_not_end_the_content_and_is_refused() {
    let ends =
        ["\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\n\n.\r\n", "\r\n.\r\r\n"];
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    for end in ends {
        again(&mut client);
        client.send(format!("a{end}MAIL FROM:<evil@example.com>\r\nRSET\r\n.\r\n"));
        client.expect("554 5.6.0");
        client.says("NOOP", "250");
    }
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn every_byte_value_is_stored_unchanged() {
    let mut body: Vec<u8> = (0..=255_u8).filter(|b| !b"\r\n".contains(b)).collect();
    body.extend_from_slice(b"\r\n");
    let (server, mut client) = plain();
    ready(&mut client);
    client.send([&body[..], b".\r\n"].concat());
    client.expect("250");
    assert_eq!(contents(&server), [body]);
}

#[test]
fn size_is_enforced_at_mail_and_within_content() {
    let mut config = Config::plain();
    config.size_limit = Some(1000);
    let (server, mut client) = with(config);
    let reply = client.says("EHLO client.example", "250");
    assert!(reply.contains("250-SIZE 1000\r\n"), "{reply}");
    client.says("MAIL FROM:<a@example.com> SIZE=1001", "552 5.3.4");
    client.says("MAIL FROM:<a@example.com> SIZE=1000", "250");
    client.says("RSET", "250");

    again(&mut client);
    client.send("x".repeat(998) + "\r\n.\r\n");
    client.expect("250");
    again(&mut client);
    client.send("x".repeat(999) + "\r\n.\r\n");
    client.expect("552 5.3.4");
    again(&mut client);
    client.send("y".repeat(500_000) + "\r\n.\r\n");
    client.expect("552 5.3.4");
    assert_eq!(server.stored().mails, 1);
}

#[test]
fn a_message_without_its_end_is_not_stored() {
    let server = start(Config::plain());
    let socket = socket(&server);
    let mut client = Client::over(socket.try_clone().expect("cloned"));
    client.expect("220");
    ready(&mut client);
    client.send(b"half of it\r\n");
    socket.shutdown(Shutdown::Write).expect("shut");
    assert!(client.is_closed(), "the session has ended");
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn a_large_message_is_stored_whole() {
    let body = "0123456789abcdef0123456789abcdef\r\n..dots\r\n".repeat(100_000);
    let (server, mut client) = plain();
    ready(&mut client);
    client.send(&body);
    client.send(b".\r\n");
    client.expect("250");
    let expected = body.replace("\r\n..", "\r\n.");
    assert!(contents(&server) == [expected.as_bytes()], "the stored content differs");
}
