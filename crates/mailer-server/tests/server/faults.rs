//! Faults: the server misbehaves on request.

use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

use mailer_server::{Config, EmbeddedServer, Fault, Point, Store};

use crate::client::{Client, secured, socket, start, with};

const FROM: &str = "MAIL FROM:<a@example.com>";
const TO: &str = "RCPT TO:<b@example.com>";

fn faulty(fault: Fault) -> Config {
    Config::plain().with_fault(fault)
}

#[test]
fn a_refusal_does_not_change_the_state() {
    let fault = Fault::at(Point::Rcpt).nth(1).reply("450 4.2.1 Busy");
    let (server, mut client) = with(faulty(fault));
    client.says("EHLO client.example", "250");
    client.says(FROM, "250");
    assert_eq!(client.says(TO, "450"), "450 4.2.1 Busy\r\n");
    client.says("DATA", "503");
    client.says("RCPT TO:<c@example.com>", "250");
    client.says("DATA", "354");
    client.send(b".\r\n");
    client.expect("250");
    assert_eq!(server.mails()[0].recipients, ["c@example.com"]);
}

#[test]
fn a_positive_reply_replaces_the_normal_one() {
    let fault = Fault::at(Point::Ehlo).reply("250-other.example\n250 PIPELINING");
    let (_server, mut client) = with(faulty(fault));
    let reply = client.says("EHLO client.example", "250");
    assert_eq!(reply, "250-other.example\r\n250 PIPELINING\r\n");
    client.says(FROM, "250");
}

#[test]
fn content_refused_at_its_end_is_not_stored() {
    let fault = Fault::at(Point::EndOfData).nth(1).reply("554 5.7.1 Spam");
    let (server, mut client) = with(faulty(fault));
    client.says("EHLO client.example", "250");
    for code in ["554", "250"] {
        client.says(FROM, "250");
        client.says(TO, "250");
        client.says("DATA", "354");
        client.send(b"x\r\n.\r\n");
        client.expect(code);
    }
    assert_eq!(server.stored().mails, 1);
}

#[test]
fn silence_after_the_content_stores_it_without_a_reply() {
    let fault = Fault::at(Point::EndOfData).silence().close();
    let (server, mut client) = with(faulty(fault));
    client.says("EHLO client.example", "250");
    client.says(FROM, "250");
    client.says(TO, "250");
    client.says("DATA", "354");
    client.send(b"x\r\n.\r\n");
    assert!(client.is_closed());
    assert_eq!(server.stored().mails, 1);
}

#[test]
fn after_a_refusing_greeting_only_quit_works() {
    let (_server, mut client) = {
        let server = start(faulty(Fault::at(Point::Greeting).reply("554 No service")));
        let client = Client::connect(&server);
        (server, client)
    };
    client.expect("554 No service");
    client.says("EHLO client.example", "503");
    client.says("QUIT", "221");
}

#[test]
fn a_reply_within_the_content_is_the_only_one() {
    let fault = Fault::at(Point::Content).nth(1).reply("552 5.3.4 Enough");
    let (server, mut client) = with(faulty(fault));
    client.says("EHLO client.example", "250");
    client.says(FROM, "250");
    client.says(TO, "250");
    client.says("DATA", "354");
    client.send(b"the first line\r\n");
    client.expect("552");
    client.send(b"the rest\r\n.\r\n");
    client.says(FROM, "250");
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn injected_bytes_arrive_with_the_reply() {
    let fault = Fault::at(Point::Noop).inject_after(*b"250 one too many\r\n");
    let (_server, mut client) = with(faulty(fault));
    client.send(b"NOOP\r\n");
    assert_eq!(client.read(), "250 Nothing done\r\n250 one too many\r\n");
}

#[test]
fn a_reply_can_be_sent_in_pieces() {
    let fault =
        Fault::at(Point::Mail).raw(*b"25").delay(Duration::from_millis(1)).raw(*b"0 ok\r\n");
    let (_server, mut client) = with(faulty(fault));
    client.says("HELO client.example", "250");
    assert_eq!(client.says(FROM, "250"), "250 ok\r\n");
    client.says(TO, "250");
}

#[test]
fn a_delay_ends_when_the_server_stops() {
    let fault = Fault::at(Point::Noop).delay(Duration::from_millis(30));
    let long = Fault::at(Point::Rset).delay(Duration::from_secs(600));
    let (server, mut client) = with(faulty(fault).with_fault(long));
    let begin = Instant::now();
    client.says("NOOP", "250");
    assert!(begin.elapsed() >= Duration::from_millis(30));
    client.send(b"RSET\r\n");
    drop(server);
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[test]
fn reset_sends_rst() {
    let (_server, mut client) = {
        let server = start(faulty(Fault::at(Point::Greeting).reset()));
        let client = socket(&server);
        (server, client)
    };
    let error = client.read(&mut [0; 16]).expect_err("RST");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn bytes_can_replace_the_handshake() {
    let mut config = Config::default().with_auth_required(false);
    config = config.with_fault(Fault::at(Point::TlsHandshake).raw(*b"554 in the clear\r\n"));
    let (_server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    client.says("STARTTLS", "220");
    client.expect("554 in the clear");
    assert!(client.is_closed());
}

#[test]
fn bytes_can_be_injected_after_the_220_to_starttls() {
    let fault = Fault::at(Point::StartTls).inject_after(*b"250 injected\r\n");
    let (_server, mut client) = with(Config::default().with_fault(fault));
    client.says("EHLO client.example", "250");
    client.send(b"STARTTLS\r\n");
    assert!(client.read().ends_with("TLS\r\n250 injected\r\n"));
}

#[test]
fn a_reply_can_be_sent_byte_by_byte() {
    let pause = Duration::from_millis(1);
    let normal = Fault::at(Point::Noop).drip(pause);
    let given = Fault::at(Point::Mail).reply("250 ok").drip(pause);
    let (server, mut client) = with(faulty(normal).with_fault(given));
    client.says("EHLO client.example", "250");
    let begin = Instant::now();
    assert_eq!(client.says("NOOP", "250"), "250 2.0.0 Nothing done\r\n");
    assert!(begin.elapsed() >= pause * 24);
    client.send(format!("{FROM}\r\n"));
    let mut received = client.read();
    assert!(received.len() < 8, "it arrived at once: {received:?}");
    while !received.ends_with('\n') {
        received.push_str(&client.read());
    }
    assert_eq!(received, "250 ok\r\n");
    client.says(TO, "250");
    assert!(server.transcript().iter().any(|line| line.text == "250 2.0.0 Nothing done"));
}

#[test]
fn a_reply_can_be_split_within_its_code() {
    let pause = Duration::from_millis(50);
    let (_server, mut client) = with(faulty(Fault::at(Point::Ehlo).split(pause)));
    let begin = Instant::now();
    client.send(b"EHLO client.example\r\n");
    let mut received = client.read();
    assert!(begin.elapsed() >= pause);
    assert_eq!(received, "25");
    while !received.contains("\r\n250 ") || !received.ends_with('\n') {
        received.push_str(&client.read());
    }
    assert!(received.starts_with("250-mail.example.test "), "{received:?}");
    client.says("NOOP", "250");
}

#[test]
fn earlier_replies_drip_too_and_inside_tls() {
    let fault = Fault::at(Point::Rcpt).reply("450 no").drip(Duration::ZERO);
    let config = Config::default().with_auth_required(false).with_fault(fault);
    let server = start(config);
    let mut client = secured(&server);
    client.send(format!("{FROM}\r\n{TO}\r\nNOOP\r\n"));
    for code in ["250", "450 no", "250"] {
        client.expect(code);
    }
}

#[test]
fn a_server_that_stops_reading_continues_after_the_given_time() {
    let time = Duration::from_millis(30);
    let (_server, mut client) = with(faulty(Fault::at(Point::Mail).stop_reading(time)));
    client.says("EHLO client.example", "250");
    let begin = Instant::now();
    // The reply arrives at once.
    client.says(FROM, "250");
    client.says(TO, "250");
    assert!(begin.elapsed() >= time);
}

#[test]
fn a_server_can_stop_reading_forever() {
    let server = start(faulty(Fault::at(Point::Content).stop_reading(Duration::MAX)));
    let mut socket = socket(&server);
    let mut client = Client::over(socket.try_clone().expect("cloned"));
    client.expect("220");
    client.says("EHLO client.example", "250");
    client.says(FROM, "250");
    client.says(TO, "250");
    client.says("DATA", "354");
    socket.set_write_timeout(Some(Duration::from_millis(100))).expect("a time-out");
    let block = vec![b'x'; 1024 * 1024];
    let refused = (0..64).find_map(|_| socket.write_all(&block).err()).expect("it is full");
    assert!(matches!(refused.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{refused}");
    assert_stops_promptly(server);
}

#[test]
fn a_fault_that_waits_does_not_delay_the_stop() {
    let long = Duration::from_mins(10);
    for fault in [
        Fault::at(Point::Noop).drip(long),
        Fault::at(Point::Noop).stop_reading(long),
        Fault::at(Point::Noop).stop_reading(Duration::MAX),
    ] {
        let (server, mut client) = with(faulty(fault).with_store(Store::Count));
        client.send(b"NOOP\r\n");
        // The session waits once it has received the command.
        while !server.transcript().iter().any(|line| line.text == "NOOP") {
            std::thread::yield_now();
        }
        assert_stops_promptly(server);
    }
}

fn assert_stops_promptly(server: EmbeddedServer) {
    let begin = Instant::now();
    drop(server);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn rules_apply_by_sender_recipient_and_rate() {
    let rules = "
        RCPT to=bob@* from=ann@* 550 '5.1.1 No such user'
        DATA to=cid@*            451
        MAIL from=<>             421 over 1/h
    ";
    let mut config = Config::plain();
    config.faults = Fault::parse_rules(rules).expect("rules");
    let (_server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    client.says("MAIL FROM:<ann@example.com>", "250");
    assert_eq!(client.says("RCPT TO:<bob@example.com>", "550"), "550 5.1.1 No such user\r\n");
    client.says("RCPT TO:<cid@example.com>", "250");
    client.says("DATA", "451");
    client.says("RSET", "250");
    client.says("MAIL FROM:<dan@example.com>", "250");
    client.says("RCPT TO:<bob@example.com>", "250");
    for reply in ["250", "421"] {
        client.says("RSET", "250");
        client.says("MAIL FROM:<>", reply);
    }
    assert!(client.is_closed(), "the connection ends after 421");
}
