//! Contents arrive unchanged.

use std::time::{Duration, SystemTime};

use mailer::{
    Draft, HeaderText,
    Kind::Message,
    Mail,
    Security::{Implicit, None as Clear},
    Step,
};
use mailer_server::Extension;
use mailer_tests::mails;

use crate::{
    accepts::without,
    case::{Case, not_sent},
};

const TO: &[&str] = &["bob@example.test"];
const EIGHT_BITS: &str = "Subject: h\u{e4}llo\r\n\r\nGr\u{fc}\u{df}e aus \u{6771}\u{4eac}\r\n";

/// The given content, and the stored content: all line ends become CRLF.
const LINE_ENDS: &[(&str, &str, &str)] = &[
    ("accepts_lf", "Subject: x\n\none\n.\ntwo\n", "Subject: x\r\n\r\none\r\n.\r\ntwo\r\n"),
    ("accepts_cr", "Subject: x\r\rone\r.\rtwo\r", "Subject: x\r\n\r\none\r\n.\r\ntwo\r\n"),
    ("accepts_a_mixture", "A: b\r\n\nc\r\r\nd\n\r", "A: b\r\n\r\nc\r\n\r\nd\r\n\r\n"),
    ("accepts_a_missing_last_line_end", "Subject: x\r\n\r\none", "Subject: x\r\n\r\none\r\n"),
    ("accepts_a_dot_at_the_end", "Subject: x\r\n\r\none\r\n.", "Subject: x\r\n\r\none\r\n.\r\n"),
    ("accepts_an_empty_message", "", "\r\n"),
];

/// Contents that arrive byte for byte.
const WHOLE: &[(&str, &str)] = &[
    ("accepts_dots", mails::DOTS),
    ("accepts_a_lone_dot", ".\r\n"),
    ("accepts_8_bits", EIGHT_BITS),
    ("accepts_empty_lines_at_the_end", "Subject: x\r\n\r\none\r\n\r\n\r\n"),
    ("accepts_a_header_without_body", "Subject: x\r\n"),
    // For a server that accepts LF as CRLF: the end of the data, and then another message.
    ("accepts_commands", "Subject: x\r\n\r\nQUIT\r\n..\r\nMAIL FROM:<eve@example.test>\r\n"),
];

pub(crate) fn cases() -> Vec<Case> {
    let line_ends = LINE_ENDS.iter().map(|&(name, given, stored)| {
        Case::new(name).sends([mails::prepared(TO, given)]).arrives_as(stored)
    });
    let whole = WHOLE.iter().map(|&(name, content)| {
        Case::new(name).sends([mails::prepared(TO, content)]).arrives_as(content)
    });
    line_ends.chain(whole).chain(large()).chain(drafts()).chain([no_8_bits()]).collect()
}

fn no_8_bits() -> Case {
    Case::new("has_no_8bitmime")
        .server(without(Extension::EightBitMime))
        .sends([mails::prepared(TO, EIGHT_BITS)])
        .expects([not_sent(Message, Step::Mail)])
        .client_never_sends(&["MAIL"])
}

fn large() -> [Case; 2] {
    let long_line = format!("Subject: long\r\n\r\n.{}\r\n.\r\n", "x".repeat(70_000));
    // Dots at every position of a block, wherever blocks begin.
    let lines = (0..4_000).map(|i| format!(".{}\r\n", "y".repeat(i % 130)));
    let dots: String = ["Subject: dots\r\n\r\n".to_owned()].into_iter().chain(lines).collect();
    [
        Case::new("accepts_a_long_line").sends([mails::prepared(TO, long_line)]),
        Case::new("accepts_many_blocks")
            .modes(&[Clear, Implicit])
            .sends([mails::prepared(TO, dots)]),
    ]
}

fn drafts() -> [Case; 2] {
    let rich = Mail::from_draft(mails::rich_draft(&["bob@example.test", "eve@example.test"]));
    let text = Mail::from_draft(text());
    [
        Case::new("accepts_a_rich_draft").sends([rich.expect("it has recipients")]),
        Case::new("accepts_a_text").sends([text.expect("it has a recipient")]),
    ]
}

/// A simple draft with a recipient in Bcc.
fn text() -> Draft {
    let mailbox = |text: &str| text.parse().expect("a mailbox");
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let message_id = "text.1@example.test".parse().expect("a Message-ID");
    let mut draft = Draft::new(mailbox("Ann <ann@example.test>"), date, message_id);
    draft.to = vec![mailbox("bob@example.test")];
    draft.cc = vec![mailbox("\"Eve, of Example\" <eve@example.test>")];
    draft.bcc = vec![mailbox("mallory@example.test")];
    draft.subject = HeaderText::new("A text").expect("a subject");
    draft.text = Some("One line,\r\n.another,\nand the end.".into());
    draft
}
