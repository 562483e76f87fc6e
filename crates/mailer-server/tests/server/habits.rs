//! Profiles of servers that do not support every flight of a fast client.

use std::io::Write;

use mailer_server::{Config, EmbeddedServer, Extension, MailLimit, Profile};

use crate::client::{BufferedTls, Client, socket, start, tls, with};

const FROM: &str = "MAIL FROM:<a@example.com>\r\n";
const NEXT_FROM: &str = "MAIL FROM:<z@example.com>\r\n";
const TO: &str = "RCPT TO:<b@example.com>\r\n";
const TO_REFUSED: &str = "RCPT TO:<refused@example.com>\r\n";
const END: &str = "one\r\n.\r\n";

fn profile(profile: Profile) -> Config {
    Config::plain().with_profile(profile).with_refused_recipient("refused@example.com")
}

/// Connects a client without TLS that has sent EHLO.
fn greeted(config: Config) -> (EmbeddedServer, Client) {
    let (server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    (server, client)
}

/// Connects a client with TLS that has sent EHLO, and sends each piece as a record.
fn secured(named: Profile) -> (EmbeddedServer, Client) {
    let config = Config::implicit().with_profile(named).with_auth_required(false);
    let server = start(config);
    let mut client = Client::over(BufferedTls(tls(&server, socket(&server))));
    client.expect("220");
    client.says("EHLO client.example", "250");
    (server, client)
}

fn expect_all(client: &mut Client, codes: &[&str]) {
    codes.iter().for_each(|code| _ = client.expect(code));
}

/// Sends the commands up to DATA in one group.
fn begin_mail(client: &mut Client) {
    client.send(format!("{FROM}{TO}DATA\r\n"));
    expect_all(client, &["250", "250", "354"]);
}

fn senders(server: &EmbeddedServer) -> Vec<String> {
    server.mails().into_iter().filter_map(|mail| mail.sender).collect()
}

#[test]
fn chasquid_drops_commands_that_arrive_with_the_final_dot() {
    let (server, mut client) = greeted(profile(Profile::chasquid()));
    begin_mail(&mut client);
    client.send(format!("{END}{NEXT_FROM}{TO}DATA\r\n"));
    client.expect("250");
    // Nothing is left of the group: NOOP is the next command that it reads.
    client.says("NOOP", "250 2.0.0 Nothing");
    begin_mail(&mut client);
    client.send(END);
    client.expect("250");
    assert_eq!(server.stored().mails, 2);
}

#[test]
fn chasquid_drops_only_the_rest_of_the_record() {
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
fn chasquid_accepts_a_record_that_arrives_in_pieces() {
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
fn other_servers_accept_commands_that_arrive_with_the_final_dot() {
    let (server, mut client) = secured(Profile::postfix());
    begin_mail(&mut client);
    client.send(format!("{END}{NEXT_FROM}{TO}DATA\r\n"));
    expect_all(&mut client, &["250", "250", "250", "354"]);
    client.send(format!("{END}QUIT\r\n"));
    expect_all(&mut client, &["250", "221"]);
    assert_eq!(senders(&server), ["a@example.com", "z@example.com"]);
}

fn assert_commands_before_the_reply_are_refused(server: &EmbeddedServer, client: &mut Client) {
    begin_mail(client);
    client.send(format!("{END}{NEXT_FROM}"));
    client.send(format!("{TO}DATA\r\nNO\u{7}OP\r\nRS"));
    expect_all(client, &["250", "503", "503", "503 pipelined after end of DATA", "500"]);
    // A line that was incomplete then is read later, as usual.
    client.send("ET\r\n");
    client.expect("250");
    begin_mail(client);
    client.send(format!("{END}QUIT\r\n"));
    expect_all(client, &["250", "503"]);
    client.says("QUIT", "221");
    assert_eq!(senders(server), ["a@example.com"; 2]);
}

#[test]
fn haraka_refuses_commands_after_the_final_dot() {
    let (server, mut client) = greeted(profile(Profile::haraka()));
    assert_commands_before_the_reply_are_refused(&server, &mut client);
}

#[test]
fn haraka_refuses_commands_after_the_final_dot_inside_tls() {
    let (server, mut client) = secured(Profile::haraka());
    assert_commands_before_the_reply_are_refused(&server, &mut client);
}

#[test]
fn haraka_stores_a_message_whose_client_has_gone() {
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
    client.send(format!("{FROM}{TO_REFUSED}BDAT 3 LAST\r\n1\r\n"));
    expect_all(&mut client, &["250", "550", "503"]);
    client.send(format!("{NEXT_FROM}{TO}BDAT 3 LAST\r\n2\r\n"));
    expect_all(&mut client, &["503", "250", "250"]);
    assert_eq!(senders(&server), ["a@example.com"]);
    // With RSET before each MAIL the sender is right.
    client.send(format!("RSET\r\n{FROM}{TO_REFUSED}BDAT 3 LAST\r\n3\r\n"));
    client.send(format!("RSET\r\n{NEXT_FROM}{TO}BDAT 3 LAST\r\n4\r\n"));
    expect_all(&mut client, &["250", "250", "550", "503", "250", "250", "250", "250"]);
    assert_eq!(senders(&server), ["a@example.com", "z@example.com"]);
}

#[test]
fn postfix_ends_a_transaction_with_its_last_chunk() {
    let (server, mut client) = greeted(profile(Profile::postfix()));
    client.send(format!("{FROM}{TO_REFUSED}BDAT 3\r\n1\r\nBDAT 0 LAST\r\n"));
    expect_all(&mut client, &["250", "550", "503", "503"]);
    client.send(format!("{NEXT_FROM}{TO}BDAT 3 LAST\r\n2\r\n"));
    expect_all(&mut client, &["250", "250", "250"]);
    assert_eq!(senders(&server), ["z@example.com"]);
}

/// Every server that we tested does this.
#[test]
fn a_refused_data_leaves_the_transaction_open() {
    for named in [Profile::postfix(), Profile::exim(), Profile::chasquid(), Profile::haraka()] {
        let (server, mut client) = greeted(profile(named));
        client.send(format!("{FROM}{TO_REFUSED}DATA\r\n"));
        expect_all(&mut client, &["250", "550", "503"]);
        client.send(format!("{NEXT_FROM}{TO}DATA\r\n"));
        expect_all(&mut client, &["503", "250", "354"]);
        client.send(END);
        client.expect("250");
        assert_eq!(senders(&server), ["a@example.com"]);
    }
}

#[test]
fn exim_reads_a_chunk_beyond_size_as_commands() {
    let (server, mut client) = greeted(profile(Profile::exim().with_size(10)));
    client.send(format!("{FROM}{TO}BDAT 8\r\n123456\r\nBDAT 6 LAST\r\nNOOP\r\n"));
    expect_all(&mut client, &["250", "250", "250", "552", "250 Nothing"]);
    // With SIZE there is no transaction, and the chunk is discarded.
    client.send(format!("MAIL FROM:<a@example.com> SIZE=12\r\n{TO}BDAT 12 LAST\r\n"));
    client.send("NOOP\r\nNOOP\r\nHELP\r\n");
    expect_all(&mut client, &["552", "503", "503", "214"]);
    client.send(format!("{NEXT_FROM}{TO}BDAT 10 LAST\r\n12345678\r\n"));
    expect_all(&mut client, &["250", "250", "250"]);
    assert_eq!(senders(&server), ["z@example.com"]);
}

#[test]
fn the_number_of_transactions_per_connection_is_limited() {
    for (limit, code) in [(MailLimit::Busy(2), "452"), (MailLimit::Closing(2), "421")] {
        let limited = Profile::postfix().with_mail_limit(limit);
        let (_server, mut client) = greeted(profile(limited));
        for code in ["250", "250", code, code] {
            client.send(FROM);
            client.expect(code);
            client.says("RSET", "250");
        }
    }
}

#[test]
fn chasquid_accepts_101_recipients() {
    let (_server, mut client) = greeted(profile(Profile::chasquid()));
    client.send(format!("{FROM}{}", TO.repeat(102)));
    expect_all(&mut client, &["250"; 102]);
    client.expect("452");
}

#[test]
fn profiles_announce_the_extensions_that_they_break() {
    let announces = |profile: Profile, extension| profile.extensions.contains(&extension);
    for named in [Profile::chasquid(), Profile::haraka(), Profile::exim()] {
        assert!(announces(named, Extension::Pipelining));
    }
    assert!(announces(Profile::exim(), Extension::Chunking));
}
