//! Tests of the scripted server: it runs its script, records all input, and stops.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use mailer_server::{ReceivedContent, Script, ScriptedServer};
use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use crate::client::{TIMEOUT, tls_config};

/// The time limit for a server to stop during any step.
const PROMPT: Duration = Duration::from_secs(5);

fn start(script: Script) -> (ScriptedServer, TcpStream) {
    let server = ScriptedServer::start(script).expect("the server starts");
    let socket = TcpStream::connect(server.addr()).expect("connected");
    socket.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    socket.set_write_timeout(Some(TIMEOUT)).expect("a time-out");
    (server, socket)
}

fn exchange(mut stream: impl Read + Write, line: &str, answer: &str) {
    stream.write_all(line.as_bytes()).expect("written");
    expect(stream, answer);
}

fn expect(mut stream: impl Read, answer: &str) {
    let mut received = vec![0; answer.len()];
    stream.read_exact(&mut received).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&received), answer);
}

#[test]
fn serve_until_answers_commands_and_leaves_the_line_that_ends_it() {
    let script = Script::new().reply("220 hello").serve_until("rcpt").answer("RCPT", "550 no");
    let (server, socket) = start(script.serve().announcing(&["SIZE 5"]));
    expect(&socket, "220 hello\r\n");
    exchange(&socket, "EHLO x\r\n", "250-mail.example.test\r\n250 SIZE 5\r\n");
    exchange(
        &socket,
        "MAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\n",
        "250 2.1.0 Sender valid\r\n550 no\r\n",
    );
    exchange(&socket, "DATA\r\n", "354 Go ahead\r\n");
    exchange(&socket, ".\r\n", "554 5.5.1 No content\r\n");
    exchange(&socket, "DATA\r\n", "354 Go ahead\r\n");
    exchange(&socket, "..x\r\n.\r\n", "250 2.0.0 Message accepted\r\n");
    exchange(&socket, "BDAT 3 LAST\r\n.\r\n", "250 2.0.0 Message accepted\r\n");
    exchange(&socket, "QUIT\r\n", "221 2.0.0 Bye\r\n");
    drop(socket);
    let conversations = server.finish();
    let [conversation] = conversations.as_slice() else { panic!("{conversations:?}") };
    let content = |by_bdat, bytes: &[u8]| ReceivedContent { by_bdat, bytes: bytes.to_vec() };
    assert_eq!(conversation.contents, [content(false, b"..x\r\n"), content(true, b".\r\n")]);
    assert_eq!(conversation.deviation, None);
    assert!(conversation.received(false).ends_with(b"QUIT\r\n"));
    assert!(conversation.received(true).is_empty());
}

#[test]
fn each_connection_runs_the_script_and_reports_a_deviation() {
    let (server, first) = start(Script::new().answer("EHLO", "250 hi").close());
    exchange(&first, "ehlo x\r\n", "250 hi\r\n");
    let second = TcpStream::connect(server.addr()).expect("connected");
    (&second).write_all(b"HELO x\r\n").expect("written");
    assert_eq!((&second).read(&mut [0; 9]).expect("closed in order"), 0);
    drop((first, second));
    let deviations: Vec<bool> =
        server.finish().iter().map(|conversation| conversation.deviation.is_some()).collect();
    assert_eq!(deviations, [false, true]);
}

#[test]
fn input_through_tls_is_recorded() {
    let script = Script::new().answer("STARTTLS", "220 go").tls().answer("EHLO", "250 hi").close();
    let (server, socket) = start(script);
    exchange(&socket, "STARTTLS\r\n", "220 go\r\n");
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(tls_config(server.ca_pem()), name).expect("TLS");
    let mut stream = StreamOwned::new(tls, socket);
    exchange(&mut stream, "EHLO x\r\n", "250 hi\r\n");
    assert_eq!(stream.read(&mut [0; 9]).expect("closed in order, by TLS too"), 0);
    drop(stream);
    let conversations = server.finish();
    assert_eq!(conversations[0].received(false), b"STARTTLS\r\n");
    assert_eq!(conversations[0].received(true), b"EHLO x\r\n");
}

#[test]
fn reset_sends_rst() {
    let (_server, mut socket) = start(Script::new().expect("EHLO").reset());
    socket.write_all(b"EHLO x\r\n").expect("written");
    let end = socket.read(&mut [0; 9]).expect_err("RST");
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn tls_cut_after_closes_within_the_handshake() {
    let (server, socket) = start(Script::new().tls_cut_after(20));
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(tls_config(server.ca_pem()), name).expect("TLS");
    let mut stream = StreamOwned::new(tls, socket);
    let end = stream.conn.complete_io(&mut stream.sock).expect_err("no handshake");
    assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn the_server_stops_promptly_during_any_step() {
    let hour = Duration::from_secs(3600);
    for script in [
        Script::new().hang(),
        Script::new().wait(hour),
        Script::new().drip("220 hello", hour),
        Script::new().flood([b'x'; 65_536], u64::MAX),
        Script::new().expect("EHLO"),
        Script::new().serve(),
        Script::new().tls(),
        Script::new().tls_drip(hour),
    ] {
        let shown = format!("{:?}", script.clone());
        let (server, socket) = start(script);
        let began = Instant::now();
        drop(server);
        assert!(began.elapsed() < PROMPT, "{:?}: {}", began.elapsed(), &shown[..60]);
        drop(socket);
    }
}
