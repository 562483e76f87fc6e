//! The envelope of known headers.

use mailer::{Error, Kind};
use mailer_prepared::{Header, Remark};

fn header(text: &str) -> Header {
    let header = Header::parse(text.as_bytes(), true).expect("it starts with a field");
    header.expect("it is whole")
}

fn recipients(text: &str) -> Result<Vec<String>, Error> {
    let found = header(text).recipients()?;
    Ok(found.value.iter().map(ToString::to_string).collect())
}

fn sender(text: &str) -> Result<String, Error> {
    header(text).sender().map(|found| found.value.to_string())
}

#[track_caller]
fn refuses<T: std::fmt::Debug>(found: Result<T, Error>, parts: &[&str]) {
    let error = found.expect_err("it is refused");
    let cause = error.cause().unwrap_or_default();
    let whole = format!("{error}: {cause}; {}", error.hint().unwrap_or_default());
    assert_eq!(error.kind(), Kind::Message, "{whole}");
    for part in parts {
        assert!(whole.contains(part), "{part:?} is not in {whole:?}");
    }
}

#[test]
fn recipients_of_every_field_are_found() {
    let text = "To: a@x.test\nCc: c@x.test\nTO: b@x.test,\n B <bb@x.test>\nBcc: e@x.test\ncc: d@x.test\nbcc: f@x.test\n";
    let all = ["a", "b", "bb", "c", "d", "e", "f"].map(|name| format!("{name}@x.test"));
    assert_eq!(recipients(text).unwrap(), all);
}

#[test]
fn a_header_without_recipients_names_none() {
    for text in ["From: a@x.test\n", "To: undisclosed-recipients:;\nCc:\n", "To: (none)\n"] {
        assert_eq!(recipients(text).unwrap(), [""; 0], "{text}");
    }
}

#[test]
fn text_that_cannot_become_a_recipient_is_named_with_its_field() {
    for (text, part) in [
        ("To: bob@x.test, root\n", ["\"root\"", "To", "recipient"]),
        ("To: bob@x.test\nBcc: backup\n", ["\"backup\"", "Bcc", "no @"]),
        ("Cc: bob@x.test, cid@[IPv6:::g]\n", ["\"cid@[IPv6:::g]\"", "Cc", "domain"]),
        ("To: \"Bob <bob@x.test>, cid@x.test\n", ["cid@x.test", "To", "not closed"]),
        ("To: Cid <cid>\n", ["\"Cid <cid>\"", "To", "no @"]),
        ("To: root, <max@x.test>\n", ["\"root\"", "To", "no @"]),
        ("To: root, max@x.test\n", ["\"root\"", "To", "no @"]),
        ("To: a, b, Max <max@x.test>\n", ["\"a\"", "To", "no @"]),
        ("To: Max <max@x.test>, root\n", ["\"root\"", "To", "no @"]),
        ("To: root,, Max <max@x.test>\n", ["\"root\"", "To", "no @"]),
        ("To: \"a@x.test\", Max <max@x.test>\n", ["a@x.test", "To", "no @"]),
        ("To: b@x.test <a@x.test>\n", ["b@x.test <a@x.test>", "To", "comma"]),
        ("To: root\nCc: cid\n", ["\"root\" in To", "\"cid\" in Cc", "no @"]),
    ] {
        refuses(recipients(text), &part);
    }
}

#[test]
fn words_before_a_named_mailbox_are_half_of_its_name() {
    for text in
        ["Roe, Max <max@x.test>", "Team: Roe, Max <max@x.test>;", "van Roe, \"Max\" <max@x.test>"]
    {
        for field in ["To", "Cc", "Bcc"] {
            let found = header(&format!("{field}: {text}, b@x.test\n")).recipients().unwrap();
            assert_eq!(found.value.len(), 2, "{text}");
            let [Remark::Warning(warning)] = found.remarks.as_slice() else { panic!("{text}") };
            assert!(warning.contains("Roe\"") && warning.contains(field), "{warning}");
        }
    }
}

#[test]
fn the_sender_is_the_one_address_of_from() {
    for (text, wanted) in [
        ("From: Ann <ann@x.test>\nSender: bob@x.test\n", "ann@x.test"),
        ("From: Max Roe, Sr <max@x.test>\n", "max@x.test"),
        ("From: Roe, Max <max@x.test>\n", "max@x.test"),
        ("From: Words, ann@x.test\n", "ann@x.test"),
        ("From: ann@x.test, Words\n", "ann@x.test"),
        ("From: ann@x.test, bob@x.test\n", "ann@x.test"),
        ("From: ann@x.test, bob@x.test\nSender: bob@x.test\n", "bob@x.test"),
        ("From: \"a b\"@x.test\n", "\"a b\"@x.test"),
        ("From: ann@work <ann@x.test>\n", "ann@x.test"),
    ] {
        assert_eq!(sender(text).unwrap(), wanted, "{text}");
    }
}

#[test]
fn a_header_that_names_no_sender_is_refused() {
    for (text, part) in [
        ("To: a@x.test\n", "no From"),
        ("From: root\n", "\"root\" in From"),
        ("From: Ann <>\n", "Ann <>"),
        ("From: Roe, a@x.test, b@x.test\n", "\"Roe\" in From"),
        ("From: a@x.test, b@[x\n", "b@[x"),
        ("From: a@x.test\nFrom: b@x.test\n", "2 From fields"),
    ] {
        refuses(sender(text), &[part]);
    }
    refuses(header("From: a@x.test\nFrom: a@x.test\n").check(), &["2 From fields"]);
    assert!(header("From: a@x.test\nX-From: b@x.test\n").check().is_ok());
}

const RESENT: &str = "Resent-From: new@x.test\nResent-To: n1@x.test\nResent-Cc: n2@x.test\n\
    Resent-Bcc: n3@x.test\nReceived: by relay\nResent-Sender: old-agent@x.test\nResent-From: old@x.test\n\
    Resent-To: o1@x.test\nFrom: ann@x.test\nTo: bob@x.test\nCc: c@x.test\nBcc: d@x.test\n";

#[test]
fn a_resent_message_goes_to_the_newest_recipients_only() {
    assert_eq!(recipients(RESENT).unwrap(), ["n1@x.test", "n2@x.test", "n3@x.test"]);
    assert_eq!(sender(RESENT).unwrap(), "new@x.test");
    let agent = "Resent-Sender: agent@x.test\n".to_owned() + RESENT;
    assert_eq!(sender(&agent).unwrap(), "agent@x.test");
    let kept = String::from_utf8(header(RESENT).without_bcc()).unwrap();
    assert!(!kept.contains("Bcc") && kept.contains("o1@"), "{kept}");
}

#[test]
fn a_resent_message_is_never_sent_by_its_old_fields() {
    let old = "From: ann@x.test\nTo: bob@x.test\n";
    refuses(recipients(&format!("Resent-From: new@x.test\n{old}")), &["Resent-", "recipients"]);
    refuses(sender(&format!("Resent-To: new@x.test\n{old}")), &["Resent-From", "sender"]);
    refuses(recipients(&format!("Resent-To: root\n{old}")), &["\"root\" in Resent-To"]);
}

#[path = "../examples/read_header.rs"]
mod example;

#[test]
fn the_example_of_the_crate_runs() {
    example::main().expect("the example succeeds");
}
