//! Limits, errors and the stop of the server.

use std::{
    io::Write,
    net::TcpStream,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use mailer_server::Config;
use proptest::{
    prelude::*,
    test_runner::{Config as Runs, TestRunner},
};

use crate::client::{Client, TIMEOUT, plain, socket, start, with};

#[test]
fn a_recipient_beyond_the_limit_gets_452() {
    let mut config = Config::plain();
    config.limits.recipients = 2;
    let (_server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    client.says("MAIL FROM:<a@example.com>", "250");
    for code in ["250", "250", "452 4.5.3"] {
        client.says("RCPT TO:<b@example.com>", code);
    }
}

#[test]
fn long_lines_are_refused_and_lines_without_end_close_the_connection() {
    let (_server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.says(&format!("NOOP {}", "x".repeat(505)), "250");
    client.says(&format!("NOOP {}", "x".repeat(506)), "500");
    client.send([b'x'; 20_000]);
    client.expect("500");
    assert!(client.is_closed());
}

#[test]
fn too_many_errors_end_the_session() {
    let mut config = Config::plain();
    config.limits.errors = 3;
    let (_server, mut client) = with(config);
    for _ in 0..3 {
        client.says("WHAT", "500");
    }
    client.send(b"WHAT\r\n");
    client.expect("500");
    client.expect("421");
    assert!(client.is_closed());
}

#[test]
fn commands_after_a_refused_mail_do_not_count_as_errors() {
    let mut config = Config::plain();
    config.limits.errors = 3;
    let (_server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    for _ in 0..5 {
        client.says("RCPT TO:<b@example.com>", "503");
        client.says("DATA", "503");
    }
    client.says("NOOP", "250");
}

#[test]
fn a_silent_client_gets_421() {
    let mut config = Config::plain();
    config.limits.command = Duration::from_millis(20);
    let (_server, mut client) = with(config);
    client.expect("421 That took too long");
    assert!(client.is_closed());
}

#[test]
fn a_stopped_server_sends_421_and_closes() {
    let (server, mut client) = plain();
    let addr = server.addr();
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < Duration::from_secs(10));
    client.expect("421");
    assert!(client.is_closed());
    assert!(TcpStream::connect(addr).is_err());
}

#[test]
fn a_hook_that_does_not_return_cannot_block_a_limited_stop() {
    let (reached, hook) = mpsc::channel();
    let server = start(Config::plain().with_on_mail(move |_| {
        let _ = reached.send(());
        loop {
            thread::park();
        }
    }));
    let mut client = Client::connect(&server);
    client.expect("220");
    client.send("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.com>\r\nBDAT 2 LAST\r\n\r\n");
    hook.recv_timeout(TIMEOUT).expect("the message is stored");
    assert!(!server.stop_within(Duration::from_millis(1)));

    let (server, mut client) = plain();
    assert!(server.stop_within(TIMEOUT));
    client.expect("421");
}

#[test]
fn a_client_that_does_not_read_cannot_block_the_stop() {
    let server = start(Config::plain());
    let mut client = socket(&server);
    client.set_write_timeout(Some(Duration::from_millis(100))).expect("a time-out");
    let group = b"HELP\r\n".repeat(10_000);
    while client.write_all(&group).is_ok() {}
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_silent_client_in_the_handshake_cannot_block_the_stop() {
    let server = start(Config::implicit());
    let _client = socket(&server);
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// The server answers or closes on any input, stores nothing, and serves the next client.
#[test]
fn random_bytes_do_no_harm() {
    let server = start(Config::plain());
    let runs = Runs { cases: 64, failure_persistence: None, ..Runs::default() };
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..600),
        "((MAIL FROM:<|RCPT TO:<|BDAT |AUTH |EHLO |[ -~]{0,9})[ -~]{0,30}(\r\n|\n|\r|\0)){0,9}"
            .prop_map(String::into_bytes),
    ];
    let outcome = TestRunner::new(runs).run(&bytes, |bytes| {
        let mut socket = socket(&server);
        // The server may have closed the connection already.
        let _ = socket.write_all(&bytes);
        drop(socket);
        let mut client = Client::connect(&server);
        client.expect("220");
        client.says("QUIT", "221");
        Ok(())
    });
    outcome.expect("no harm");
    assert_eq!(server.stored().mails, 0);
}
