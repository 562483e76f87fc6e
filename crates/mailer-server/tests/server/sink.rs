//! The sink over real sockets.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use mailer_server::{Security, Sink};
use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use crate::client::{Client, TIMEOUT, tls_config};

fn connect(sink: &Sink) -> TcpStream {
    let socket = TcpStream::connect(sink.addr()).expect("connected");
    socket.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    socket
}

#[test]
fn the_replies_to_what_arrives_together_leave_together() {
    let sink = Sink::start(Security::Plain).expect("a sink");
    let mut socket = connect(&sink);
    let mut buffer = [0; 1024];
    let _greeting = socket.read(&mut buffer).expect("a greeting");
    let message = b"MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nBDAT 3 LAST\r\nx\r\n";
    socket.write_all(&message.repeat(20)).expect("written");
    let replies = b"250 2.0.0 Ok\r\n".repeat(60);
    let count = socket.read(&mut buffer).expect("replies");
    assert_eq!(buffer.get(..count), Some(replies.as_slice()));
    assert_eq!((sink.messages(), sink.bytes()), (20, 60));
}

#[test]
fn a_sink_accepts_a_large_message_inside_tls() {
    let sink = Sink::start(Security::StartTls).expect("a sink");
    let socket = connect(&sink);
    let mut client = Client::over(socket.try_clone().expect("cloned"));
    client.expect("220");
    client.says("EHLO client.example", "250");
    client.says("STARTTLS", "220");
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(tls_config(sink.ca_pem()), name).expect("TLS");
    let mut client = Client::over(StreamOwned::new(tls, socket));
    client.says("EHLO client.example", "250");
    client.says("DATA", "354");
    let lines = "A line of thirty-two bytes, yes\r\n".repeat(100_000);
    client.says(&format!("{lines}."), "250");
    client.says("QUIT", "221");
    assert_eq!((sink.messages(), sink.bytes()), (1, lines.len() as u64));
}

#[test]
fn commands_in_the_clear_after_starttls_end_the_connection() {
    let sink = Sink::start(Security::StartTls).expect("a sink");
    let mut client = Client::over(connect(&sink));
    client.expect("220");
    client.says("STARTTLS\r\nEHLO client.example", "220");
    assert!(client.is_closed());
}

#[test]
fn dropping_a_sink_ends_open_connections() {
    let sink = Sink::start(Security::Plain).expect("a sink");
    let mut client = Client::over(connect(&sink));
    client.expect("220");
    drop(sink);
    assert!(client.is_closed());
}
