//! The order and the syntax of commands.

use mailer_server::{Config, EarlyInput, Extension, Profile};

use crate::client::{Client, plain, with};

const FROM: &str = "MAIL FROM:<a@example.com>";
const TO: &str = "RCPT TO:<b@example.com>";

#[test]
fn a_plain_gmail_profile_announces_neither_starttls_nor_auth() {
    let (_server, mut client) = plain();
    let reply = client.says("EHLO client.example", "250-mail.example.test");
    let lines: Vec<&str> = reply.lines().skip(1).collect();
    let expected = [
        "250-SIZE 35882577",
        "250-8BITMIME",
        "250-ENHANCEDSTATUSCODES",
        "250-PIPELINING",
        "250-CHUNKING",
        "250 SMTPUTF8",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn commands_out_of_order_get_503() {
    let (server, mut client) = plain();
    client.says(FROM, "503");
    client.says("EHLO client.example", "250");
    client.says(TO, "503");
    client.says("DATA", "503");
    client.says("BDAT 0 LAST", "503");
    client.says(FROM, "250");
    client.says(FROM, "503");
    client.says("DATA", "503");
    client.says(TO, "250");
    client.says("RSET", "250");
    client.says("DATA", "503");
    client.says("QUIT", "221");
    assert!(client.is_closed());
    assert!(server.mails().is_empty());
}

#[test]
fn ehlo_ends_the_open_transaction() {
    let (_server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.says(FROM, "250");
    client.says("EHLO client.example", "250");
    client.says(TO, "503");
}

#[test]
fn helo_allows_no_extension() {
    let (_server, mut client) = plain();
    assert_eq!(client.says("HELO client.example", "250"), "250 mail.example.test\r\n");
    client.says("MAIL FROM:<a@example.com> SIZE=1", "555 Parameters need EHLO");
    client.says("BDAT 0 LAST", "503 Send EHLO first");
    client.says("AUTH PLAIN AGEAYg==", "502");
    let reply = client.says(FROM, "250");
    assert!(!reply.contains("2.1.0"), "no enhanced status code: {reply}");
}

#[test]
fn the_minor_commands_have_replies() {
    let (_server, mut client) = plain();
    client.says("NOOP", "250");
    client.says("noop something", "250");
    client.says("HELP", "214");
    client.says("VRFY user", "252");
    client.says("EXPN list", "502");
    client.says("ETRN example.com", "502");
    client.says("STARTTLS", "503");
    client.says("EHLO client.example", "250");
    client.says("STARTTLS", "502");
    client.says("AUTH PLAIN AGEAYg==", "502");
    client.says("LHLO client.example", "500");
}

#[test]
fn syntax_is_exact() {
    let (_server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.says("MAIL FROM: <a@example.com>", "501 5.5.4 Write it MAIL FROM:<address>");
    client.says("MAIL FROM:<a@example.com", "501");
    client.says("MAIL FROM:<a b@example.com>", "501");
    client.says("MAIL FROM:<a@example.com> FOO=1", "555");
    client.says("MAIL FROM:<a@example.com> RET=FULL", "555");
    client.says("MAIL FROM:<a@example.com> BODY=BINARYMIME", "555");
    client.says("MAIL FROM:<>", "250");
    client.says("RCPT TO:<>", "501");
    client.says("DATA now", "501 5.5.4 Write it DATA, without arguments");
    client.says("QUIT please", "501");
    client.send(b"NOOP\n");
    client.expect("500");
    client.send(b"NO\rOP\r\n");
    client.expect("500");
    client.send(b"NOOP \x07\r\n");
    client.expect("500");
    client.says("QUIT", "221");
}

/// RFC 5321 §4.1.1 asks servers to accept it.
#[test]
fn white_space_after_a_command_is_accepted() {
    let (server, mut client) = plain();
    for white in [" ", "   ", "\t", " \t "] {
        for (command, code) in [
            ("EHLO client.example", "250"),
            ("NOOP", "250"),
            ("RSET", "250"),
            ("VRFY user", "252"),
            ("DATA", "503 5.5.1 MAIL FROM:<address> first"),
            (FROM, "250"),
            (TO, "250"),
            ("BDAT 0", "250"),
            ("BDAT 0 LAST", "250"),
            ("MAIL FROM:<a@example.com> SIZE=1", "250"),
            (TO, "250"),
            ("DATA", "354"),
            (".\r\nQUIT", "250"),
        ] {
            client.says(&format!("{command}{white}"), code);
        }
        client.expect("221");
        client = Client::connect(&server);
        client.expect("220");
    }
    assert_eq!(server.stored().mails, 8);
}

#[test]
fn addresses_outside_ascii_need_smtputf8() {
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.says("MAIL FROM:<jürgen@example.com>", "553");
    client.says(FROM, "250");
    client.says("RCPT TO:<jürgen@example.com>", "553");
    client.says("RSET", "250");
    client.says("MAIL FROM:<jürgen@example.com> SMTPUTF8 BODY=8BITMIME", "250");
    client.says("RCPT TO:<grüße@bücher.example>", "250");
    client.says("DATA", "354");
    client.send(b".\r\n");
    client.expect("250");
    let mail = &server.mails()[0];
    assert_eq!(mail.sender.as_deref(), Some("jürgen@example.com"));
    assert_eq!(mail.recipients, ["grüße@bücher.example"]);
    assert!(mail.smtputf8 && mail.body_8bit);
}

#[test]
fn the_postfix_profile_accepts_dsn_parameters() {
    let config = Config::plain().with_profile(Profile::postfix());
    let (_server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    client.says("MAIL FROM:<a@example.com> RET=HDRS ENVID=one+2Btwo", "250");
    client.says("RCPT TO:<b@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@example.com", "250");
    client.says("RCPT TO:<b@example.com> NOTIFY=SOMETIMES", "501 5.5.4 Write it NOTIFY=NEVER, or");
    client.says("RCPT TO:<b@example.com> NOTIFY=NEVER,SUCCESS", "501");
    client.says("ETRN example.com", "459");
}

#[test]
fn a_refused_recipient_does_not_affect_the_others() {
    let config = Config::plain().with_refused_recipient("Refused@example.com");
    let (server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    client.says(FROM, "250");
    client.says("RCPT TO:<refused@example.com>", "550 5.1.1");
    client.says("DATA", "503");
    client.says(TO, "250");
    client.says("DATA", "354");
    client.send(b".\r\n");
    client.expect("250");
    assert_eq!(server.mails()[0].recipients, ["b@example.com"]);
}

#[test]
fn replies_to_a_group_arrive_together() {
    let (_server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.send(format!("{FROM}\r\n{TO}\r\nRCPT TO:<c@example.com>\r\nDATA\r\n"));
    let replies = client.read();
    let codes: Vec<&str> = replies.lines().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["250", "250", "250", "354"]);
}

#[test]
fn a_group_may_begin_with_content() {
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.send(format!("{FROM}\r\n{TO}\r\nDATA\r\n"));
    for code in ["250", "250", "354"] {
        client.expect(code);
    }
    client.send(format!("one\r\n.\r\n{FROM}\r\n{TO}\r\nDATA\r\n"));
    let replies = client.read();
    assert_eq!(replies.lines().count(), 4, "{replies}");
    client.send(b"two\r\n.\r\nQUIT\r\n");
    let replies = client.read();
    assert_eq!(replies.lines().count(), 2, "{replies}");
    let contents: Vec<_> = server.mails().into_iter().map(|m| m.content.to_vec()).collect();
    assert_eq!(contents, [b"one\r\n", b"two\r\n"]);
}

#[test]
fn a_command_may_arrive_in_pieces() {
    let (_server, mut client) = plain();
    for piece in ["NO", "OP", "\r", "\nNOOP\r\n"] {
        client.send(piece);
    }
    client.expect("250");
    client.expect("250");
}

#[test]
fn a_profile_can_refuse_early_input() {
    let (_server, mut client) = with(Config::plain().with_profile(Profile::opensmtpd()));
    client.says("EHLO client.example", "250");
    client.send(format!("{FROM}\r\n{TO}\r\n"));
    client.expect("500");
    assert!(client.is_closed());

    let strict = Profile::gmail().with_early_input(EarlyInput::Refused);
    let (_server, mut client) = with(Config::plain().with_profile(strict));
    client.says("EHLO client.example", "250");
    client.send(format!("{FROM}\r\n{TO}\r\nDATA\r\n"));
    for code in ["250", "250", "354"] {
        client.expect(code);
    }
    client.send(b".\r\nNOOP\r\nNOOP\r\n");
    client.expect("250");
    client.expect("500");
    assert!(client.is_closed());
}

#[test]
fn parameters_of_extensions_that_are_not_announced_are_refused() {
    let profile = Profile::gmail().without(Extension::Size).without(Extension::SmtpUtf8);
    let (_server, mut client) = with(Config::plain().with_profile(profile));
    let reply = client.says("EHLO client.example", "250");
    assert!(!reply.contains("SIZE") && !reply.contains("SMTPUTF8"), "{reply}");
    client.says("MAIL FROM:<a@example.com> SIZE=1", "555");
    client.says("MAIL FROM:<a@example.com> SMTPUTF8", "555");
    client.says("MAIL FROM:<a@example.com> BODY=8BITMIME", "250");
}

/// As the crate's page says: RFC 2920 forbids it, and most servers accept it.
#[test]
fn a_group_of_commands_without_pipelining_is_accepted_by_default() {
    let (server, mut client) = plain();
    client.send(format!("HELO client.example\r\n{FROM}\r\n{TO}\r\nDATA\r\n"));
    for code in ["250", "250", "250", "354"] {
        client.expect(code);
    }
    client.send(b".\r\n");
    client.expect("250");
    assert_eq!(server.stored().mails, 1);
}
