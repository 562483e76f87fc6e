//! Profiles of servers that break or punish fast flights.

use std::io::Write;

use mailer_server::{Config, EmbeddedServer, Extension, MailLimit, Profile};

use crate::client::{Client, Gathered, socket, start, tls, with};

const FROM: &str = "MAIL FROM:<a@example.com>\r\n";
const NEXT_FROM: &str = "MAIL FROM:<z@example.com>\r\n";
const TO: &str = "RCPT TO:<b@example.com>\r\n";
const TO_NOBODY: &str = "RCPT TO:<nobody@example.com>\r\n";
const END: &str = "one\r\n.\r\n";

fn profile(profile: Profile) -> Config {
    Config::plain().with_profile(profile).with_refused_recipient("nobody@example.com")
}

/// A client in the clear that has said hello.
fn greeted(config: Config) -> (EmbeddedServer, Client) {
    let (server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    (server, client)
}

/// The same inside TLS, where each piece it sends is a record.
fn secured(named: Profile) -> (EmbeddedServer, Client) {
    let config = Config::implicit().with_profile(named).with_auth_required(false);
    let server = start(config);
    let mut client = Client::over(Gathered(tls(&server, socket(&server))));
    client.expect("220");
    client.says("EHLO client.example", "250");
    (server, client)
}

fn expect_all(client: &mut Client, codes: &[&str]) {
    codes.iter().for_each(|code| _ = client.expect(code));
}

/// One group, so that the content is what comes next.
fn begin_mail(client: &mut Client) {
    client.send(format!("{FROM}{TO}DATA\r\n"));
    expect_all(client, &["250", "250", "354"]);
}

fn senders(server: &EmbeddedServer) -> Vec<String> {
    server.mails().into_iter().filter_map(|mail| mail.sender).collect()
}

#[test]
fn chasquid_drops_what_came_with_the_dot() {
    let (server, mut client) = greeted(profile(Profile::chasquid()));
    begin_mail(&mut client);
    client.send(format!("{END}{NEXT_FROM}{TO}DATA\r\n"));
    client.expect("250");
    // Nothing is left of the group: this is the next thing it hears.
    client.says("NOOP", "250 2.0.0 Nothing");
    begin_mail(&mut client);
    client.send(END);
    client.expect("250");
    assert_eq!(server.stored().mails, 2);
}

#[test]
fn chasquid_drops_the_rest_of_the_record_only() {
    let (server, mut client) = secured(Profile::chasquid());
    begin_mail(&mut client);
    let rest = format!("{NEXT_FROM}{TO}");
    client.send_pieces(&[&format!("{END}QUIT\r\n"), &rest, "DATA\r\n"]);
    expect_all(&mut client, &["250", "250", "250", "354"]);
    client.send_pieces(&["one\r", "\n.\r\nQUIT\r\n", "NOOP\r\n"]);
    expect_all(&mut client, &["250", "250 2.0.0 Nothing"]);
    assert_eq!(senders(&server), ["a@example.com", "z@example.com"]);
}

#[test]
fn chasquid_takes_a_record_that_comes_in_pieces() {
    let profile = Profile::chasquid();
    let config = Config::implicit().with_profile(profile).with_auth_required(false);
    let server = start(config);
    let socket = socket(&server);
    let mut stream = tls(&server, socket.try_clone().expect("cloned"));
    stream.conn.complete_io(&mut stream.sock).expect("a handshake");
    stream.conn.writer().write_all(b"EHLO client.example\r\n").expect("encrypted");
    let mut record = Vec::new();
    stream.conn.write_tls(&mut record).expect("written");
    for piece in record.chunks(3) {
        (&socket).write_all(piece).expect("sent");
    }
    let mut client = Client::over(stream);
    expect_all(&mut client, &["220", "250"]);
}

#[test]
fn other_servers_take_what_came_with_the_dot() {
    let (server, mut client) = secured(Profile::postfix());
    begin_mail(&mut client);
    client.send(format!("{END}{NEXT_FROM}{TO}DATA\r\n"));
    expect_all(&mut client, &["250", "250", "250", "354"]);
    client.send(format!("{END}QUIT\r\n"));
    expect_all(&mut client, &["250", "221"]);
    assert_eq!(senders(&server), ["a@example.com", "z@example.com"]);
}

fn haraka_refuses_what_came_before_its_reply(server: &EmbeddedServer, client: &mut Client) {
    begin_mail(client);
    client.send(format!("{END}{NEXT_FROM}"));
    client.send(format!("{TO}DATA\r\nNO\u{7}OP\r\nRS"));
    expect_all(client, &["250", "503", "503", "503 pipelined after end of DATA", "500"]);
    // What was not a line yet comes later, and in its place.
    client.send("ET\r\n");
    client.expect("250");
    begin_mail(client);
    client.send(format!("{END}QUIT\r\n"));
    expect_all(client, &["250", "503"]);
    client.says("QUIT", "221");
    assert_eq!(senders(server), ["a@example.com"; 2]);
}

#[test]
fn haraka_refuses_what_follows_the_dot() {
    let (server, mut client) = greeted(profile(Profile::haraka()));
    haraka_refuses_what_came_before_its_reply(&server, &mut client);
}

#[test]
fn haraka_refuses_what_follows_the_dot_inside_tls() {
    let (server, mut client) = secured(Profile::haraka());
    haraka_refuses_what_came_before_its_reply(&server, &mut client);
}

#[test]
fn haraka_stores_a_mail_whose_client_is_gone() {
    let server = start(profile(Profile::haraka()));
    let socket = socket(&server);
    let mut client = Client::over(socket.try_clone().expect("cloned"));
    client.expect("220");
    client.says("EHLO client.example", "250");
    begin_mail(&mut client);
    client.send(END);
    socket.shutdown(std::net::Shutdown::Write).expect("shut");
    client.expect("250");
    assert!(client.is_closed());
}

#[test]
fn exim_sends_the_next_mail_from_the_previous_sender() {
    let (server, mut client) = greeted(profile(Profile::exim()));
    client.send(format!("{FROM}{TO_NOBODY}BDAT 3 LAST\r\n1\r\n"));
    expect_all(&mut client, &["250", "550", "503"]);
    client.send(format!("{NEXT_FROM}{TO}BDAT 3 LAST\r\n2\r\n"));
    expect_all(&mut client, &["503", "250", "250"]);
    assert_eq!(senders(&server), ["a@example.com"]);
    // With RSET before each MAIL all is well.
    client.send(format!("RSET\r\n{FROM}{TO_NOBODY}BDAT 3 LAST\r\n3\r\n"));
    client.send(format!("RSET\r\n{NEXT_FROM}{TO}BDAT 3 LAST\r\n4\r\n"));
    expect_all(&mut client, &["250", "250", "550", "503", "250", "250", "250", "250"]);
    assert_eq!(senders(&server), ["a@example.com", "z@example.com"]);
}

#[test]
fn postfix_ends_a_transaction_with_its_last_chunk() {
    let (server, mut client) = greeted(profile(Profile::postfix()));
    client.send(format!("{FROM}{TO_NOBODY}BDAT 3\r\n1\r\nBDAT 0 LAST\r\n"));
    expect_all(&mut client, &["250", "550", "503", "503"]);
    client.send(format!("{NEXT_FROM}{TO}BDAT 3 LAST\r\n2\r\n"));
    expect_all(&mut client, &["250", "250", "250"]);
    assert_eq!(senders(&server), ["z@example.com"]);
}

/// Every server that was tried does this.
#[test]
fn a_refused_data_leaves_the_transaction_open() {
    for named in [Profile::postfix(), Profile::exim(), Profile::chasquid(), Profile::haraka()] {
        let (server, mut client) = greeted(profile(named));
        client.send(format!("{FROM}{TO_NOBODY}DATA\r\n"));
        expect_all(&mut client, &["250", "550", "503"]);
        client.send(format!("{NEXT_FROM}{TO}DATA\r\n"));
        expect_all(&mut client, &["503", "250", "354"]);
        client.send(END);
        client.expect("250");
        assert_eq!(senders(&server), ["a@example.com"]);
    }
}

#[test]
fn exim_takes_a_chunk_beyond_size_for_commands() {
    let (server, mut client) = greeted(profile(Profile::exim().with_size(10)));
    client.send(format!("{FROM}{TO}BDAT 8\r\n123456\r\nBDAT 6 LAST\r\nNOOP\r\n"));
    expect_all(&mut client, &["250", "250", "250", "552", "250 Nothing"]);
    // With SIZE there is no transaction, and the chunk is thrown away.
    client.send(format!("MAIL FROM:<a@example.com> SIZE=12\r\n{TO}BDAT 12 LAST\r\n"));
    client.send("NOOP\r\nNOOP\r\nHELP\r\n");
    expect_all(&mut client, &["552", "503", "503", "214"]);
    client.send(format!("{NEXT_FROM}{TO}BDAT 10 LAST\r\n12345678\r\n"));
    expect_all(&mut client, &["250", "250", "250"]);
    assert_eq!(senders(&server), ["z@example.com"]);
}

#[test]
fn a_connection_has_its_number_of_mails() {
    for (limit, code) in [(MailLimit::Busy(2), "452"), (MailLimit::Closing(2), "421")] {
        let limited = Profile { mail_limit: limit, ..Profile::postfix() };
        let (_server, mut client) = greeted(profile(limited));
        for code in ["250", "250", code, code] {
            client.send(FROM);
            client.expect(code);
            client.says("RSET", "250");
        }
    }
}

#[test]
fn chasquid_takes_101_recipients() {
    let (_server, mut client) = greeted(profile(Profile::chasquid()));
    client.send(format!("{FROM}{}", TO.repeat(102)));
    expect_all(&mut client, &["250"; 102]);
    client.expect("452");
}

#[test]
fn the_fast_flows_are_announced_where_they_are_broken() {
    let announces = |profile: Profile, extension| profile.extensions.contains(&extension);
    for named in [Profile::chasquid(), Profile::haraka(), Profile::exim()] {
        assert!(announces(named, Extension::Pipelining));
    }
    assert!(announces(Profile::exim(), Extension::Chunking));
}
