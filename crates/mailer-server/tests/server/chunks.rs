//! Content by BDAT

use mailer_server::{Config, Extension, Profile};

use crate::client::{plain, with};

const ENVELOPE: &str = "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n";

#[test]
fn chunks_are_put_together_and_not_unstuffed() {
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.send(format!("{ENVELOPE}BDAT 5\r\n..a\r\nBDAT 3\r\n.\r\nBDAT 0 LAST\r\n"));
    for code in ["250", "250", "250", "250", "250"] {
        client.expect(code);
    }
    let mail = &server.mails()[0];
    assert_eq!(&*mail.content, b"..a\r\n.\r\n");
    assert!(mail.via_bdat);
}

#[test]
fn one_flight_a_mail_and_two_in_a_row() {
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.send(format!("{ENVELOPE}BDAT 3 LAST\r\na\r\n{ENVELOPE}BDAT 3 LAST\r\nb\r\nQUIT\r\n"));
    let replies = client.read();
    assert_eq!(replies.lines().count(), 7, "{replies}");
    assert_eq!(server.stored().mails, 2);
}

#[test]
fn chunks_after_a_failed_envelope_are_read_and_thrown_away() {
    let config = Config::plain().with_refused_recipient("b@example.com");
    let (server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    client.send(format!("{ENVELOPE}BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nRSET\r\nNOOP\r\n"));
    for code in ["250", "550", "503", "503", "250 2.0.0 Nothing"] {
        client.expect(code);
    }
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn nothing_but_bdat_follows_bdat() {
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.send(format!("{ENVELOPE}BDAT 3\r\na\r\n"));
    for code in ["250", "250", "250"] {
        client.expect(code);
    }
    client.says("DATA", "503");
    client.says("RCPT TO:<c@example.com>", "503");
    client.says("MAIL FROM:<a@example.com>", "503");
    client.says("NOOP", "250");
    client.says("RSET", "250");
    client.says("BDAT 0 LAST", "503");
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn too_many_octets_are_refused_and_read() {
    let mut config = Config::plain();
    config.size_limit = Some(10);
    let (server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    client.send(format!(
        "{ENVELOPE}BDAT 8\r\n123456\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"
    ));
    for code in ["250", "250", "250", "552", "503", "250 2.0.0 Nothing"] {
        client.expect(code);
    }
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn bare_line_ends_need_binarymime() {
    let profile = Profile::gmail().with(Extension::BinaryMime);
    let (server, mut client) = with(Config::plain().with_profile(profile));
    client.says("EHLO client.example", "250");
    client.send(format!("{ENVELOPE}BDAT 4 LAST\r\na\nb\n"));
    for code in ["250", "250", "554 5.6.0"] {
        client.expect(code);
    }
    // A CRLF across the border of two chunks is none alone.
    client.send(format!("{ENVELOPE}BDAT 2\r\na\rBDAT 1 LAST\r\n\n"));
    for code in ["250", "250", "250", "250"] {
        client.expect(code);
    }
    client.says("MAIL FROM:<a@example.com> BODY=BINARYMIME", "250");
    client.says("RCPT TO:<b@example.com>", "250");
    client.says("DATA", "503");
    client.send(b"BDAT 4 LAST\r\na\nb\n");
    client.expect("250");
    assert_eq!(server.stored().mails, 2);
}

#[test]
fn a_chunk_of_unknown_size_ends_the_connection() {
    let (_server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.send(b"BDAT many\r\nRSET\r\n");
    client.expect("501");
    assert!(client.is_closed());
}

#[test]
fn without_chunking_there_is_no_bdat() {
    let (_server, mut client) = with(Config::plain().with_profile(Profile::ses()));
    client.says("EHLO client.example", "250");
    client.says("BDAT 0 LAST", "502");
}
