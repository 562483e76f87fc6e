//! Slow clients: every step has an absolute time limit.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use mailer_server::{Config, EmbeddedServer, Security};
use rustls::{ClientConnection, pki_types::ServerName};

use crate::client::{Client, TIMEOUT, socket, start, tls_config, with};

/// A limit far shorter than a drip, and far longer than a step of an ordinary client.
const LIMIT: Duration = Duration::from_millis(500);

/// The time between two bytes of a drip.
const PAUSE: Duration = Duration::from_millis(10);

/// Sends these bytes one by one until the server answers, and returns the answer. An empty answer is
/// the end of the connection.
fn drip(mut socket: &TcpStream, bytes: impl IntoIterator<Item = u8>) -> String {
    socket.set_read_timeout(Some(PAUSE)).expect("a time-out");
    for byte in bytes {
        socket.write_all(&[byte]).expect("the server reads");
        let mut answer = [0; 1024];
        match socket.read(&mut answer) {
            Ok(count) => return String::from_utf8_lossy(&answer[..count]).into_owned(),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the server accepted every byte");
}

/// Opens a connection, sends these commands, and waits for this reply.
fn connection(server: &EmbeddedServer, commands: &str, reply: &str) -> TcpStream {
    let socket = socket(server);
    let mut client = Client::over(socket.try_clone().expect("cloned"));
    client.send(commands);
    while !client.reply().starts_with(reply) {}
    socket
}

#[test]
fn a_command_that_drips_times_out() {
    let mut config = Config::plain();
    config.limits.command = LIMIT;
    let server = start(config);
    let answer = drip(&connection(&server, "", "220"), [b'x'; 10_000]);
    assert_eq!(answer, "421 That took too long\r\n");
}

#[test]
fn an_answer_in_auth_that_drips_times_out() {
    let mut config = Config::plain();
    config.limits.command = LIMIT;
    config.allow_auth_without_tls = true;
    let server = start(config);
    let socket = connection(&server, "EHLO c\r\nAUTH PLAIN\r\n", "334");
    assert_eq!(drip(&socket, [b'A'; 10_000]), "421 4.4.2 That took too long\r\n");
}

#[test]
fn a_tls_handshake_that_drips_times_out() {
    for security in [Security::StartTls, Security::Implicit] {
        let mut config = Config::default().with_security(security);
        config.limits.handshake = LIMIT;
        let server = start(config);
        let socket = match security {
            Security::StartTls => connection(&server, "EHLO c\r\nSTARTTLS\r\n", "220 2.0.0"),
            _ => socket(&server),
        };
        let name = ServerName::try_from("localhost").expect("a name");
        let mut tls = ClientConnection::new(tls_config(server.ca_pem()), name).expect("TLS");
        let mut hello = Vec::new();
        tls.write_tls(&mut hello).expect("a ClientHello");
        assert_eq!(drip(&socket, hello), "", "the connection closes without a reply");
    }
}

#[test]
fn content_that_drips_ends_with_the_time_limit_of_the_session() {
    let mut config = Config::plain();
    config.limits.session = LIMIT;
    let server = start(config);
    for begin in ["DATA\r\n", "BDAT 2\r\n\r\nBDAT 10000 LAST\r\n"] {
        let transaction = format!("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\n{begin}");
        let reply = if begin.starts_with("DATA") { "354" } else { "250 2.0.0" };
        let answer = drip(&connection(&server, &transaction, reply), [b'x'; 10_000]);
        assert_eq!(answer, "421 4.4.2 This session has lasted too long\r\n");
    }
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn a_busy_session_times_out_too() {
    let mut config = Config::plain();
    config.limits.session = LIMIT;
    let (_server, mut client) = with(config);
    let last = loop {
        client.send("NOOP\r\n");
        let reply = client.reply();
        if !reply.starts_with("250") {
            break reply;
        }
    };
    assert_eq!(last, "421 This session has lasted too long\r\n");
    assert!(client.is_closed());
}

#[test]
fn a_client_that_reads_no_replies_is_disconnected() {
    let mut config = Config::plain();
    config.limits.command = LIMIT;
    let server = start(config);
    let mut client = socket(&server);
    client.set_write_timeout(Some(PAUSE)).expect("a time-out");
    let group = b"HELP\r\n".repeat(10_000);
    while client.write_all(&group).is_ok() {}
    assert!(server.wait_for_sessions(TIMEOUT));
}

#[test]
fn the_longest_duration_is_no_limit() {
    let mut config = Config::plain();
    config.limits.command = Duration::MAX;
    config.limits.session = Duration::MAX;
    let (_server, mut client) = with(config);
    client.says("NOOP", "250");
}
