//! Content by BDAT.

use mailer_server::{Config, Extension, Fault, Profile};

use crate::client::{plain, with};

const ENVELOPE: &str = "MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n";

#[test]
fn chunks_are_joined_and_not_unstuffed() {
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
fn two_messages_may_share_one_flight() {
    let (server, mut client) = plain();
    client.says("EHLO client.example", "250");
    client.send(format!("{ENVELOPE}BDAT 3 LAST\r\na\r\n{ENVELOPE}BDAT 3 LAST\r\nb\r\nQUIT\r\n"));
    let replies = client.read();
    assert_eq!(replies.lines().count(), 7, "{replies}");
    assert_eq!(server.stored().mails, 2);
}

/// The end of a content is one point, whichever command sends it. Only at the last chunk it is reached, and faults at
/// `BDAT` count every chunk that no fault at `end-of-data` answers.
#[test]
fn a_fault_at_the_end_of_data_applies_to_the_last_chunk() {
    let rules = "end-of-data has=spam 554 '5.7.1 Spam'\nBDAT nth 4 452\n";
    let mut config = Config::plain();
    config.faults = Fault::parse_rules(rules).unwrap();
    let (server, mut client) = with(config);
    client.says("EHLO client.example", "250");
    let mut sends = |chunks: &[(&str, &str)]| {
        client.send(ENVELOPE.as_bytes());
        client.expect("250");
        client.expect("250");
        for (index, (text, code)) in chunks.iter().enumerate() {
            let last = if index + 1 == chunks.len() { " LAST" } else { "" };
            client.send(format!("BDAT {}{last}\r\n{text}", text.len()));
            client.expect(code);
        }
    };
    sends(&[("good\r\n", "250")]);
    sends(&[("spam\r\n", "250"), ("and more\r\n", "554")]);
    sends(&[("spam\r\n", "554")]);
    sends(&[("good\r\n", "250"), ("again\r\n", "452")]);
    assert_eq!(server.stored().mails, 1);
}

#[test]
fn chunks_after_a_failed_envelope_are_discarded() {
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
fn only_bdat_or_rset_may_follow_bdat() {
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
fn chunks_beyond_size_are_refused_and_read() {
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
    // A CRLF that spans two chunks is not bare.
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

/// The content of a chunk, which the server must not read as commands.
const SMUGGLED: &str = "RSET\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<v@example.com>\r\n\
    DATA\r\nsmuggled\r\n.\r\n";

/// Sends this BDAT line and a chunk, and expects one refusal and the end of the connection.
#[track_caller]
fn closes_after(config: Config, hello: &str, bdat: &[u8]) {
    let (server, mut client) = with(config);
    client.says(hello, "250");
    client.send(ENVELOPE);
    client.expect("250");
    client.expect("250");
    client.send([bdat, SMUGGLED.as_bytes()].concat());
    client.expect("50");
    assert!(client.is_closed(), "{:?}", String::from_utf8_lossy(bdat));
    assert_eq!(server.stored().mails, 0);
}

#[test]
fn an_invalid_bdat_closes_the_connection() {
    let lines: [&[u8]; 29] = [
        b"BDAT\r\n",
        b"BDAT \r\n",
        b"BDAT many\r\n",
        b"BDAT -60\r\n",
        b"BDAT +60\r\n",
        b"BDAT 60x\r\n",
        b"BDAT 0x60 LAST\r\n",
        b"BDAT 6 0 LAST\r\n",
        b"BDAT 60 LASTS\r\n",
        b"BDAT 60 FIRST\r\n",
        b"BDAT 60 LAST LAST\r\n",
        b"BDAT 60LAST\r\n",
        b"BDAT LAST\r\n",
        b"BDAT LAST 60\r\n",
        b"BDAT  60 LAST\r\n",
        b"BDAT 60  LAST\r\n",
        b"BDAT60 LAST\r\n",
        b"BDATS 60 LAST\r\n",
        b"BDAT:60 LAST\r\n",
        b" BDAT 60 LAST\r\n",
        b"\tbdat 60 LAST\r\n",
        b"BDAT\t60 LAST\r\n",
        b"BDAT 60\tLAST\r\n",
        b"BDAT 60 LAST\n",
        b"BDAT 60 LAST\0\r\n",
        b"B\0DAT 60 LAST\r\n",
        b"BDAT 60 LAST\xff\r\n",
        b"BDAT 60 LAST\x1b[A\r\n",
        "BDAT 60 LAST\u{a0}\r\n".as_bytes(),
    ];
    for line in lines {
        closes_after(Config::plain(), "EHLO client.example", line);
    }
    for size in ["99999999999999999999", "18446744073709551676", "340282366920938463463374607"] {
        let line = format!("BDAT {size} LAST\r\n");
        closes_after(Config::plain(), "EHLO client.example", line.as_bytes());
    }
    let long = format!("BDAT 60 LAST {}\r\n", "x".repeat(600));
    closes_after(Config::plain(), "EHLO client.example", long.as_bytes());
}

#[test]
fn a_chunk_without_chunking_is_not_read_as_commands() {
    closes_after(Config::plain(), "HELO client.example", b"BDAT 60 LAST\r\n");
    let ses = || Config::plain().with_profile(Profile::ses());
    closes_after(ses(), "EHLO client.example", b"BDAT 60 LAST\r\n");
    let (_server, mut client) = with(ses());
    client.says("EHLO client.example", "250");
    client.says("BDAT 0 LAST", "502");
    client.says("NOOP", "250");
}

#[test]
fn a_chunk_that_haraka_refuses_after_content_is_not_read_as_commands() {
    let (server, mut client) = with(Config::plain().with_profile(Profile::haraka()));
    client.says("EHLO client.example", "250");
    client.send(format!("{ENVELOPE}DATA\r\n"));
    for code in ["250", "250", "354"] {
        client.expect(code);
    }
    client.send("one\r\n.\r\nBDAT 60 LAST\r\n");
    client.expect("250");
    client.expect("503");
    assert!(client.is_closed());
    assert_eq!(server.stored().mails, 1);
}
