//! Rendered drafts, parsed by `mail-parser`, which shares no code with `render`: each value is the same
//! after it.

#![allow(clippy::unwrap_used, reason = "clippy does not see that the helpers of tests are tests")]

mod arbitrary;
mod read_back;

use mail_parser::{HeaderValue, MessageParser, PartType};
use mailer::{Draft, Mailbox};
use mailer_raw::render;
use read_back::{
    attachment, draft, draft_with, file_name_survives, header_text, mailbox, mailboxes,
    names_survive, read_back, subject_survives, text_survives,
};

const WORDS: [&str; 7] = [
    "Grüße aus Köln, Übermut & Maß",
    "こんにちは世界、今日はいい天気ですね",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 👩🏻‍🚀",
    "שלום עולם ומלואו",
    "مرحبا بالعالم 123",
    "e\u{301}a\u{308} ﬁ Ǆ ẞ \u{a0}\u{3000}\u{2028}x",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈",
];

#[test]
fn words_in_many_scripts_survive_in_every_field() {
    for word in WORDS {
        for text in [word.to_owned(), word.repeat(10)] {
            subject_survives(&text);
            names_survive(&text);
            text_survives(&text);
            file_name_survives(&format!("{text}.txt"));
        }
    }
}

#[test]
fn subjects_that_parsers_may_misread_survive() {
    for subject in [
        "",
        "Re: a plain one",
        " ",
        " leading",
        "trailing  ",
        "two  spaces",
        "=?utf-8?q?x?=",
        "a =?utf-8?b?eA==?= b",
        "=?utf-8?q?unfinished",
        "\"quoted\" (comment) <a@example.com>, \\",
        ":",
        "=",
        "_ _",
    ] {
        subject_survives(subject);
    }
    subject_survives("word ".repeat(200).trim_end());
    subject_survives(&"x".repeat(1000));
    subject_survives(&format!("{} {}", "x".repeat(75), "y".repeat(76)));
}

#[test]
fn a_subject_starts_on_the_line_of_its_field_name() {
    for length in [67, 68, 75, 76] {
        let draft = draft_with(|it| it.subject = header_text("x".repeat(length)));
        assert!(!String::from_utf8(render(&draft)).unwrap().contains("Subject:\r\n"));
    }
}

#[test]
fn names_that_parsers_may_misread_survive() {
    for name in [
        "",
        "Ann",
        "Ann Example",
        "Dr. Ann B. Example",
        "Example, Ann",
        "Ann (the first)",
        "\"Ann\"",
        "Ann \"Quote\" \\ Back",
        "ann@example.com",
        "<ann@example.com>",
        "a:b;c",
        " Ann",
        "Ann  ",
        "Ann   Example",
        "=?utf-8?q?Ann?=",
        "Ann=",
    ] {
        names_survive(name);
    }
    names_survive("Ann Example ".repeat(30).trim_end());
    names_survive("Ann, Example ".repeat(30).trim_end());
    names_survive(&"x".repeat(500));
}

#[test]
fn file_names_that_parsers_may_misread_survive() {
    for name in [
        "",
        "a.txt",
        "two words.txt",
        "a\"b.txt",
        "a\\b.txt",
        "a;b=c.txt",
        "a'b'%41*.txt",
        " outer ",
        "two  spaces",
        "=?utf-8?q?x?=.txt",
    ] {
        file_name_survives(name);
    }
    file_name_survives(&format!("{}.txt", "long ".repeat(50)));
    file_name_survives(&format!("{}.txt", "語".repeat(85)));
}

#[test]
fn texts_that_servers_may_change_survive() {
    for text in [
        "",
        "\n",
        "one line",
        ".",
        ".\n..\n...\n\n.\n",
        "\ttab\t\nspace \n \n\t\n",
        "-- \nAnn",
        "From here\nTo: there",
        "=3D = == =",
        "--=_1_0123\n--\n--=_1_0123--\n",
        "\0\u{1b}[0m\u{7f}",
        "\u{feff}mark",
        "last line\n\n\n",
    ] {
        text_survives(text);
    }
    text_survives(&"x".repeat(5000));
    text_survives(&"é ".repeat(2500));
    text_survives(&format!("{}\n", "x ".repeat(40)));
}

/// A boundary is derived from the Message-ID, so a text can contain it on purpose.
#[test]
fn a_text_that_contains_its_own_boundary_is_not_split() {
    let attachments = vec![attachment("a", "text/plain", *b"a")];
    let all = draft_with(|it| {
        it.text = Some("a".into());
        it.html = Some("b".into());
        it.attachments = attachments;
    });
    let rendered = String::from_utf8(render(&all)).unwrap();
    for rest in rendered.split("boundary=\"").skip(1) {
        let boundary = rest.split('"').next().unwrap();
        for before in ["", "x", " ", "a\n---"] {
            for after in ["", "--", "\nb", "---\nb"] {
                text_survives(&format!("{before}--{boundary}{after}"));
            }
        }
    }
}

#[test]
fn every_kind_of_line_end_becomes_crlf() {
    let draft = draft_with(|it| it.text = Some("a\rb\nc\r\nd\n\re\r\n\r\n".into()));
    assert_eq!(read_back(&draft).text.unwrap(), "a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n");
}

#[test]
fn a_hundred_recipients_survive() {
    let to: Vec<Mailbox> = (0..100)
        .map(|n| match n % 4 {
            0 => format!("user{n}@example.com").parse().unwrap(),
            1 => mailbox(&format!("User {n}"), &format!("user{n}@example.com")),
            2 => mailbox(&format!("Üser, {n}."), &format!("user{n}@example.com")),
            _ => mailbox(&format!("User, N. {n}"), &format!("user{n}@example.com")),
        })
        .collect();
    let wanted: Vec<_> = to
        .iter()
        .map(|one| (one.name.as_ref().map(ToString::to_string), one.address.to_string()))
        .collect();
    assert_eq!(read_back(&draft_with(|it| it.to = to)).to, wanted);
}

#[test]
fn files_survive_byte_for_byte() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let mebibyte: Vec<u8> =
        (0..1 << 20_u32).map(|n: u32| (n.wrapping_mul(31) >> 3) as u8).collect();
    let files = [
        ("empty.bin", "application/octet-stream", Vec::new()),
        ("every.bin", "application/octet-stream", every_byte),
        ("lines.txt", "text/plain", b"a\nb\rc\r\n.\n--=_1\n".to_vec()),
        ("page.html", "text/html", "<p>ä".into()),
        ("large.bin", "image/png", mebibyte),
    ];
    let attachments =
        files.iter().map(|(name, kind, content)| attachment(name, kind, &content[..])).collect();
    let text = Some("see below".to_owned());
    let read = read_back(&draft_with(|it| {
        it.text = text;
        it.attachments = attachments;
    }));
    assert_eq!(read.text.as_deref(), Some("see below\r\n"));
    assert_eq!(read.files.len(), files.len());
    for (read, (name, kind, content)) in read.files.iter().zip(&files) {
        assert_eq!((read.0.as_deref(), read.1.as_str()), (Some(*name), *kind));
        assert!(&read.2 == content, "{name}: {} bytes", read.2.len());
    }
}

#[test]
fn the_header_has_the_values_of_the_draft() {
    let mut draft = draft();
    draft.cc = vec![mailbox("Cy", "cy@example.com")];
    draft.bcc = vec![mailbox("Dee", "dee@example.com")];
    draft.reply_to = vec![mailbox("Desk", "desk@example.com")];
    draft.subject = header_text("hello");
    let bytes = render(&draft);
    let message = MessageParser::default().parse(&bytes).unwrap();
    let one = |name: &str, address: &str| vec![(Some(name.to_owned()), address.to_owned())];
    assert_eq!(mailboxes(message.cc()), one("Cy", "cy@example.com"));
    assert_eq!(mailboxes(message.reply_to()), one("Desk", "desk@example.com"));
    assert_eq!(message.date().unwrap().to_timestamp(), 1_700_000_000);
    assert_eq!(message.message_id(), Some("1.2@mail.example.com"));
    assert_eq!(message.mime_version(), &HeaderValue::Text("1.0".into()));
    assert!(!String::from_utf8(bytes.clone()).unwrap().contains("dee@example.com"));
    assert_eq!(bytes, render(&draft), "a draft renders the same each time");
}

#[test]
fn fields_without_a_value_are_left_out() {
    let header_of = |draft: &Draft| String::from_utf8(render(draft)).unwrap();
    let hidden = draft_with(|it| {
        it.to = Vec::new();
        it.bcc = draft().to;
    });
    assert!(header_of(&hidden).contains("\r\nTo: undisclosed-recipients:;\r\n"));
    for field in ["Subject:", "Cc:", "Reply-To:", "Bcc:"] {
        assert!(!header_of(&hidden).contains(field));
    }
    let copied = draft_with(|it| {
        it.to = Vec::new();
        it.cc = draft().to;
    });
    assert!(!header_of(&copied).contains("\r\nTo:"));
}

#[test]
fn a_draft_without_a_body_gets_an_empty_text() {
    let bytes = render(&draft());
    let message = MessageParser::default().parse(&bytes).unwrap();
    assert!(matches!(&message.parts[0].body, PartType::Text(text) if text.is_empty()));
    assert!(bytes.ends_with(b"\r\n\r\n"));
}

#[test]
fn a_non_ascii_local_part_is_written_in_utf_8() {
    let draft = draft_with(|it| it.to = vec![mailbox("Ann", "änn@bücher.example")]);
    let text = String::from_utf8(render(&draft)).unwrap();
    assert!(text.contains("\r\nTo: Ann <änn@xn--bcher-kva.example>\r\n"));
}
