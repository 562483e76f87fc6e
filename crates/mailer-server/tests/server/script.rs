//! The scripted server: it does what its script says, hears everything, and ends.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use mailer_server::{Script, ScriptedServer, Taken};
use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use crate::client::{PATIENCE, tls_config};

/// A server that may be in the middle of anything is gone within this.
const PROMPT: Duration = Duration::from_secs(5);

fn start(script: Script) -> (ScriptedServer, TcpStream) {
    let server = ScriptedServer::start(script).expect("the server starts");
    let socket = TcpStream::connect(server.addr()).expect("connected");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    socket.set_write_timeout(Some(PATIENCE)).expect("a time-out");
    (server, socket)
}

fn says(mut stream: impl Read + Write, line: &str, answer: &str) {
    stream.write_all(line.as_bytes()).expect("written");
    hears(stream, answer);
}

fn hears(mut stream: impl Read, answer: &str) {
    let mut heard = vec![0; answer.len()];
    stream.read_exact(&mut heard).expect("an answer");
    assert_eq!(String::from_utf8_lossy(&heard), answer);
}

#[test]
fn serves_until_it_is_told_otherwise() {
    let script = Script::new().reply("220 hello").serve_until("rcpt").answer("RCPT", "550 no");
    let (server, socket) = start(script.serve().announcing(&["SIZE 5"]));
    hears(&socket, "220 hello\r\n");
    says(&socket, "EHLO x\r\n", "250-mail.example.test\r\n250 SIZE 5\r\n");
    says(&socket, "MAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\n", "250 2.1.0 Sender taken\r\n550 no\r\n");
    says(&socket, "DATA\r\n", "354 Go ahead\r\n");
    says(&socket, ".\r\n", "554 5.5.1 No content\r\n");
    says(&socket, "DATA\r\n", "354 Go ahead\r\n");
    says(&socket, "..x\r\n.\r\n", "250 2.0.0 Taken\r\n");
    says(&socket, "BDAT 3 LAST\r\n.\r\n", "250 2.0.0 Taken\r\n");
    says(&socket, "QUIT\r\n", "221 2.0.0 Bye\r\n");
    drop(socket);
    let conversations = server.finish();
    let [conversation] = conversations.as_slice() else { panic!("{conversations:?}") };
    let content = |by_bdat, octets: &[u8]| Taken { by_bdat, octets: octets.to_vec() };
    assert_eq!(conversation.contents, [content(false, b"..x\r\n"), content(true, b".\r\n")]);
    assert_eq!(conversation.deviation, None);
    assert!(conversation.heard(false).ends_with(b"QUIT\r\n"));
    assert!(conversation.heard(true).is_empty());
}

#[test]
fn repeats_itself_for_each_connection_and_tells_who_deviates() {
    let (server, first) = start(Script::new().answer("EHLO", "250 hi").close());
    says(&first, "ehlo x\r\n", "250 hi\r\n");
    let second = TcpStream::connect(server.addr()).expect("connected");
    (&second).write_all(b"HELO x\r\n").expect("written");
    assert_eq!((&second).read(&mut [0; 9]).expect("closed in order"), 0);
    drop((first, second));
    let deviations: Vec<bool> =
        server.finish().iter().map(|conversation| conversation.deviation.is_some()).collect();
    assert_eq!(deviations, [false, true]);
}

#[test]
fn hears_what_comes_through_tls() {
    let script = Script::new().answer("STARTTLS", "220 go").tls().answer("EHLO", "250 hi").close();
    let (server, socket) = start(script);
    says(&socket, "STARTTLS\r\n", "220 go\r\n");
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(tls_config(server.ca_pem()), name).expect("TLS");
    let mut stream = StreamOwned::new(tls, socket);
    says(&mut stream, "EHLO x\r\n", "250 hi\r\n");
    assert_eq!(stream.read(&mut [0; 9]).expect("closed in order, by TLS too"), 0);
    drop(stream);
    let conversations = server.finish();
    assert_eq!(conversations[0].heard(false), b"STARTTLS\r\n");
    assert_eq!(conversations[0].heard(true), b"EHLO x\r\n");
}

#[test]
fn a_reset_is_one() {
    let (_server, mut socket) = start(Script::new().expect("EHLO").reset());
    socket.write_all(b"EHLO x\r\n").expect("written");
    let end = socket.read(&mut [0; 9]).expect_err("no end in order");
    assert_eq!(end.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn half_a_handshake_is_half_a_handshake() {
    let (server, socket) = start(Script::new().tls_cut_after(20));
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(tls_config(server.ca_pem()), name).expect("TLS");
    let mut stream = StreamOwned::new(tls, socket);
    let end = stream.conn.complete_io(&mut stream.sock).expect_err("no handshake");
    assert_eq!(end.kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn ends_promptly_whatever_it_is_at() {
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
