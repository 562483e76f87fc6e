//! `--eml` with files as they occur in practice: nothing is lost silently.

use mailer_server::{Config, StoredMail};

use crate::{
    command::{Ran, run_with},
    fixture::{Fixture, backends},
};

/// Sends this message on stdin.
fn send(fixture: &Fixture, backend: &str, message: &[u8], options: &[&str]) -> Ran {
    run_with(fixture.send(backend).args(["--eml", "-"]).args(options), message)
}

/// Returns what both backends send of this message, which must be the same.
#[track_caller]
fn sent(message: &[u8], options: &[&str]) -> (StoredMail, Ran) {
    let fixture = Fixture::start(Config::plain());
    let both = backends().map(|backend| {
        let ran = send(&fixture, backend, message, options).exits(0);
        (fixture.take_mail(), ran)
    });
    let both: Vec<_> = both.collect();
    let first = both.into_iter().reduce(|one, other| {
        assert_eq!((&one.0.content, &one.0.recipients), (&other.0.content, &other.0.recipients));
        assert_eq!(one.1.stderr, other.1.stderr);
        one
    });
    first.expect("there are backends")
}

/// Returns the error about a message that is refused with status 65 before any connection.
#[track_caller]
fn refused(message: &[u8], options: &[&str]) -> String {
    let fixture = Fixture::start(Config::plain());
    let ran = send(&fixture, "raw", message, options).exits(65);
    assert!(fixture.server.transcript().is_empty(), "a client connected");
    ran.error().to_owned()
}

const MESSAGE: &str =
    "From: Ann <ann@example.test>\r\nTo: bob@example.test\r\n\r\nFrom here on.\r\n";
const ENVELOPE: [&str; 4] = ["--from", "ann@example.test", "--to", "bob@example.test"];

#[test]
fn lines_before_the_header_are_dropped_and_trace_names_them() {
    for (before, named) in [
        ("From ann@example.test Tue Jan  2 16:34:35 2024\n", "mbox"),
        (">From ann@example.test Tue Jan  2 16:34:35 2024\r\n", "mbox"),
        ("79        \n", "byte count"),
        ("\u{feff}", "byte order mark"),
        ("\r\n\n", "empty line"),
    ] {
        for options in [&[][..], &ENVELOPE] {
            let (mail, ran) = sent(format!("{before}{MESSAGE}").as_bytes(), options);
            assert_eq!(*mail.content, *MESSAGE.as_bytes(), "{before:?}");
            assert_eq!(ran.stderr, "", "{before:?}");
        }
        let fixture = Fixture::start(Config::plain());
        let message = format!("{before}{MESSAGE}");
        let ran = send(&fixture, "raw", message.as_bytes(), &["--trace"]).exits(0);
        assert!(ran.stderr.contains(named), "{ran:#?}");
    }
}

#[test]
fn an_empty_first_line_does_not_turn_the_header_into_a_body() {
    let message = "\nFrom: ann@example.test\nTo: bob@example.test\nBcc: eve@example.test\n\nx\n";
    let (mail, _) = sent(message.as_bytes(), &[]);
    assert_eq!(mail.recipients, ["bob@example.test", "eve@example.test"]);
    assert_eq!(*mail.content, *b"From: ann@example.test\r\nTo: bob@example.test\r\n\r\nx\r\n");
}

#[test]
fn a_file_that_is_no_message_is_65_and_the_error_names_its_type() {
    let utf16: Vec<u8> = MESSAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &utf16].concat();
    for (bytes, text) in [
        (b"".as_slice(), "empty"),
        (b"\r\n\r\n", "empty"),
        (&utf16, "UTF-16"),
        (&marked, "UTF-16"),
        (b"PK\x03\x04\0\0", "ZIP"),
        (b"Dear Bob,\n\nhello\n", "Dear Bob,"),
        (b"\0\0\0\0", "binary"),
    ] {
        for options in [&[][..], &ENVELOPE] {
            let complaint = refused(bytes, options);
            assert!(complaint.contains(text), "{complaint}");
        }
    }
}

#[test]
fn every_recipient_field_counts_and_each_mailbox_gets_one_rcpt() {
    let message = "From: ann@example.test\nTo: one@example.test\nTo: Two <two@EXAMPLE.test>,\n \
        \"three\"@example.test\nCc: four@example.test\nCc: one@Example.Test\nBcc: five@example.test\n\
        bcc: \"s i x\"@example.test, <two@example.test>\n\nx\n";
    let (mail, _) = sent(message.as_bytes(), &[]);
    let names = ["one", "two", "\"three\"", "four", "five", "\"s i x\""];
    assert_eq!(mail.recipients, names.map(|name| format!("{name}@example.test")));
    assert!(!String::from_utf8_lossy(&mail.content).to_lowercase().contains("bcc"));
    let twice = [&ENVELOPE[..], &["--cc", "bob@EXAMPLE.test"]].concat();
    assert_eq!(sent(MESSAGE.as_bytes(), &twice).0.recipients, ["bob@example.test"]);
}

#[test]
fn an_invalid_recipient_is_65_and_named() {
    for (field, text) in [
        ("To: bob@example.test, root", "\"root\" in To"),
        ("To: bob@example.test\nBcc: backup", "\"backup\" in Bcc"),
        ("To: bob@example.test, cid@[IPv6:::g]", "cid@[IPv6:::g]"),
        ("Cc: \"Bob <bob@example.test>, cid@example.test", "cid@example.test"),
        ("To: Cid <cid>, bob@example.test", "Cid <cid>"),
    ] {
        let message = format!("From: ann@example.test\n{field}\n\nx\n");
        let complaint = refused(message.as_bytes(), &["--from", "ann@example.test"]);
        assert!(complaint.contains(text), "{complaint}");
        let (mail, _) = sent(message.as_bytes(), &["--to", "bob@example.test"]);
        assert_eq!(mail.recipients, ["bob@example.test"]);
    }
}

#[test]
fn the_first_half_of_an_unquoted_name_is_reported_and_the_message_is_sent() {
    let message = "From: Roe, Ann <ann@example.test>\nTo: Roe, Max <max@example.test>\n\nx\n";
    let (mail, ran) = sent(message.as_bytes(), &[]);
    assert_eq!(mail.recipients, ["max@example.test"]);
    assert_eq!(mail.sender.as_deref(), Some("ann@example.test"));
    assert!(ran.error().contains("\"Roe\" in To"), "{ran:#?}");
}

#[test]
fn two_from_fields_are_65() {
    let message = "From: ann@example.test\nFrom: eve@example.test\nTo: bob@example.test\n\nx\n";
    for options in [&[][..], &ENVELOPE] {
        assert!(refused(message.as_bytes(), options).contains("2 From fields"));
    }
}

#[test]
fn a_resent_message_goes_to_its_new_recipients_only() {
    let resent =
        "Resent-From: ann@example.test\nResent-To: new@example.test\nResent-Bcc: b@example.test\n";
    let before = "Received: by relay.example.test\nResent-From: old@example.test\nResent-To: o@example.test\n\
        From: zoe@example.test\nTo: zoe2@example.test\n\nx\n";
    let (mail, _) = sent(format!("{resent}{before}").as_bytes(), &[]);
    assert_eq!(mail.sender.as_deref(), Some("ann@example.test"));
    assert_eq!(mail.recipients, ["new@example.test", "b@example.test"]);
    let text = String::from_utf8_lossy(&mail.content).into_owned();
    assert!(text.contains("Resent-To: o@example.test") && !text.contains("Bcc"), "{text}");
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_body() {
    let fixture = Fixture::start(Config::plain());
    fixture.file("text", "\u{feff}Hello\n");
    for option in ["--body-file", "--html-file"] {
        for backend in backends() {
            run_with(fixture.send(backend).args(ENVELOPE).args([option, "text"]), b"").succeeds();
            let mail = fixture.take_mail();
            let message =
                mail_parser::MessageParser::new().parse(&*mail.content).expect("a message");
            let text = message.text_bodies().next().and_then(|part| part.text_contents());
            assert_eq!(text.map(str::trim_end), Some("Hello"), "{option} with {backend}");
        }
    }
}

#[test]
fn a_header_may_name_forty_thousand_recipients() {
    let fixture = Fixture::start(Config::plain());
    let names = (0..40_000).map(|n| format!("Name {n} <u{n}@example.test>"));
    let to = names.collect::<Vec<_>>().join(",\n ");
    let message = format!("From: ann@example.test\nTo: {to}\n\nx\n");
    let ran = send(&fixture, "raw", message.as_bytes(), &["--plan"]).exits(0);
    assert_eq!(ran.stdout.matches("RCPT").count(), 40_000);
}
