//! Messages made from options. Another parser reads them back.

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use mailer_server::{Config, StoredMail};
use mailer_tests::read_back::parser;

use crate::{
    command::{Ran, run, run_with},
    fixture::{Fixture, backends},
};

const TEXT: &str = "Hällo 東京,\n.a dot\n..two\n";

fn read(mail: &StoredMail) -> Message<'_> {
    MessageParser::default().parse(&*mail.content).expect("it is a message")
}

#[track_caller]
fn sent(fixture: &Fixture, backend: &str, options: &[&str], stdin: &str) -> Ran {
    let mut command = fixture.send(backend);
    command.args(["--from", "Ann Ü <ann@example.test>", "--to", "bob@example.test"]);
    run_with(command.args(options), stdin.as_bytes()).succeeds()
}

#[test]
fn the_body_may_come_from_stdin() {
    let fixture = Fixture::start(Config::default());
    for backend in backends() {
        sent(&fixture, backend, &["--body-file", "-", "--subject", "Grüße 🚀"], TEXT);
        let mail = fixture.take_mail();
        let message = read(&mail);
        assert_eq!(message.subject(), Some("Grüße 🚀"), "{backend}");
        let text = message.body_text(0).expect("there is text").replace("\r\n", "\n");
        assert_eq!(text.trim_end(), TEXT.trim_end(), "{backend}");
        let from = message.from().and_then(|from| from.first()).expect("a sender");
        assert_eq!(from.name(), Some("Ann Ü"), "{backend}");
        assert!(message.date().is_some() && message.message_id().is_some(), "{backend}");
    }
}

#[test]
fn html_and_attachments_arrive_unchanged() {
    let fixture = Fixture::start(Config::plain());
    let html = "<p>Hällo</p>\n";
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    fixture.file("body.html", html);
    fixture.file("Übersicht 2026.pdf", &bytes);
    fixture.file("no-name-for-its-type", "x");
    let attached = ["--attach", "Übersicht 2026.pdf", "--attach", "no-name-for-its-type"];
    let options = [&["--body", TEXT, "--html-file", "body.html"][..], &attached].concat();
    for backend in backends() {
        sent(&fixture, backend, &options, "");
        let mail = fixture.take_mail();
        let message = read(&mail);
        let found = message.body_html(0).expect("there is HTML").replace("\r\n", "\n");
        assert_eq!(found.trim_end(), html.trim_end(), "{backend}");
        let attachments: Vec<_> = message.attachments().collect();
        let [report, other] = attachments.as_slice() else { panic!("{backend}: not two") };
        assert_eq!(report.attachment_name(), Some("Übersicht 2026.pdf"), "{backend}");
        assert_eq!(report.contents(), bytes, "{backend}");
        let kind = report.content_type().map(|kind| (kind.ctype(), kind.subtype()));
        assert_eq!(kind, Some(("application", Some("pdf"))), "{backend}");
        assert_eq!(other.attachment_name(), Some("no-name-for-its-type"), "{backend}");
    }
}

#[test]
fn copies_go_to_every_recipient_and_the_message_does_not_name_bcc() {
    let fixture = Fixture::start(Config::plain());
    let options =
        "--cc cid@example.test --bcc dan@example.test --reply-to eve@example.test --body x";
    let options: Vec<&str> = options.split(' ').collect();
    for backend in backends() {
        sent(&fixture, backend, &options, "");
        let mail = fixture.take_mail();
        let all = ["bob", "cid", "dan"].map(|name| format!("{name}@example.test"));
        assert_eq!(mail.recipients, all, "{backend}");
        let content = String::from_utf8_lossy(&mail.content);
        assert!(content.contains("cid@example.test") && content.contains("eve@example.test"));
        assert!(!content.contains("dan@example.test"), "{backend}: {content}");
    }
}

#[test]
fn the_short_options_are_those_of_mail_programs() {
    let fixture = Fixture::start(Config::plain());
    fixture.file("plan.txt", "the plan");
    let mut command = fixture.send("raw");
    command.args(["-f", "ann@example.test", "-t", "bob@example.test", "-c", "cid@example.test"]);
    command.args(["-b", "dan@example.test", "-s", "Plan", "-a", "plan.txt", "--body", "x"]);
    run(&mut command).succeeds();
    let mail = fixture.take_mail();
    let all = ["bob", "cid", "dan"].map(|name| format!("{name}@example.test"));
    assert_eq!((mail.sender.as_deref(), &*mail.recipients), (Some("ann@example.test"), &all[..]));
    let message = read(&mail);
    assert_eq!((message.subject(), message.attachment_count()), (Some("Plan"), 1));
}

#[test]
fn header_fields_arrive_as_given() {
    let fixture = Fixture::start(Config::plain());
    let url = format!("<https://example.test/{}>", "x".repeat(300));
    let unsubscribe = format!("List-Unsubscribe: {url}");
    let fields = ["In-Reply-To: <1@example.test>", "X-Tag: one", "X-Tag:  zwei \u{fc} 東京 "];
    let fields: Vec<&str> = fields.into_iter().chain([&*unsubscribe]).collect();
    let options: Vec<&str> =
        fields.iter().flat_map(|field| ["--header", field]).chain(["--body", "x"]).collect();
    for backend in backends() {
        sent(&fixture, backend, &options, "");
        let mail = fixture.take_mail();
        let message = parser().parse(&*mail.content).expect("it is a message");
        let text = |name: &'static str| {
            let mut all: Vec<&str> =
                message.header_values(name).filter_map(|it| it.as_text()).collect();
            all.sort_unstable();
            all
        };
        assert_eq!(text("In-Reply-To"), ["1@example.test"], "{backend}");
        assert_eq!(text("X-Tag"), ["one", "zwei \u{fc} 東京"], "{backend}");
        let content = String::from_utf8_lossy(&mail.content);
        assert!(content.contains(&url), "{backend}: {content}");
        assert!(content.is_ascii(), "{backend}: {content}");
    }
}

#[test]
fn images_are_shown_in_the_html_body() {
    let fixture = Fixture::start(Config::plain());
    fixture.file("logo.png", b"\x89PNG\r\n\x1a\n");
    fixture.file("two words.png", b"other");
    fixture.file("page.html", "<img src=\"cid:logo.png\"><img src=\"cid:b2\">");
    fixture.file("plan.txt", "the plan");
    let files = ["--inline", "logo.png", "--inline", "b2=two words.png", "--attach", "plan.txt"];
    let options = [&["--body", "x", "--html-file", "page.html"][..], &files].concat();
    for backend in backends() {
        sent(&fixture, backend, &options, "");
        let mail = fixture.take_mail();
        let message = read(&mail);
        let kind = |part: &mail_parser::MessagePart<'_>| {
            let kind = part.content_type().expect("a type");
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
        };
        let kinds: Vec<String> = message.parts.iter().map(kind).collect();
        let tree = "multipart/mixed multipart/alternative text/plain multipart/related text/html image/png \
                    image/png text/plain";
        assert_eq!(kinds.join(" "), tree, "{backend}");
        let related = message.parts[3].content_type().expect("a type");
        assert_eq!(related.attribute("type"), Some("text/html"), "{backend}");
        let images = &message.parts[5..7];
        let ids: Vec<_> = images.iter().map(|part| part.content_id()).collect();
        assert_eq!(ids, [Some("logo.png"), Some("b2")], "{backend}");
        assert_eq!(images[1].attachment_name(), Some("two words.png"), "{backend}");
        assert_eq!(images[1].contents(), b"other", "{backend}");
    }
    let html = ["--html-file", "page.html", "--inline"];
    let mut hidden = fixture.send_small("raw");
    let ran = run(hidden.args(html).arg("unused=plan.txt")).exits(0);
    assert!(ran.stderr.contains("cid:unused"), "{ran:#?}");
    let mut unnamed = fixture.send_small("raw");
    let ran = run(unnamed.args(html).arg("two words.png")).exits(65);
    assert!(ran.error().contains("--inline NAME=FILE"), "{ran:#?}");
    run(fixture.send_small("raw").args(["--inline", "logo.png"])).exits(64);
}

#[test]
fn a_body_that_is_not_utf_8_is_65() {
    let fixture = Fixture::start(Config::plain());
    let mut command = fixture.send("raw");
    command.args(["--from", "a@example.test", "--to", "b@example.test", "--body-file", "-"]);
    assert!(run_with(&mut command, b"caf\xe9\n").exits(65).error().contains("UTF-8"));
}

#[test]
fn two_text_bodies_are_64() {
    let fixture = Fixture::start(Config::plain());
    run(fixture.send("raw").args(["--body", "x", "--body-file", "y"])).exits(64);
}

#[test]
fn an_option_may_name_several_mailboxes() {
    let fixture = Fixture::start(Config::plain());
    for backend in backends() {
        let mut command = fixture.send(backend);
        command.args(["--from", "alice@example.test", "--body", "x"]);
        command.args(["--to", "bob@example.test, \"Roe, Max\" <max@example.test>", "--cc", ""]);
        run(command.args(["--bcc", "Doe, Jo <jo@example.test>,dan@example.test."])).succeeds();
        let names = ["bob", "max", "jo", "dan"].map(|name| format!("{name}@example.test"));
        assert_eq!(fixture.take_mail().recipients, names, "{backend}");
    }
}

#[test]
fn recipients_may_come_from_files() {
    let fixture = Fixture::start(Config::plain());
    fixture
        .file("all.txt", "# staff\n\nbob@example.test\nRoe <roe@example.test>, max@example.test\n");
    fixture.file("hidden.txt", "dan@example.test\n");
    fixture.file("mail.eml", "From: ann@example.test\nTo: eve@example.test\n\nx\n");
    let files = ["--to-file", "all.txt", "--bcc-file", "hidden.txt"];
    let names = ["bob", "roe", "max", "dan"].map(|name| format!("{name}@example.test"));
    for backend in backends() {
        for content in [&["--from", "ann@example.test", "--body", "x"][..], &["--eml", "mail.eml"]]
        {
            let mut command = fixture.send(backend);
            run(command.args(content).args(files)).succeeds();
            let mail = fixture.take_mail();
            assert_eq!(mail.recipients, names, "{backend}");
            assert!(!String::from_utf8_lossy(&mail.content).contains("dan@"), "{backend}");
        }
    }
    let mut command = fixture.send_small("raw");
    run_with(command.args(["--to-file", "-"]), b"cid@example.test\n").succeeds();
    assert_eq!(fixture.take_mail().recipients.len(), 2);
    fixture.file("all.txt", "bob@example.test\nroot\n");
    let ran = run(fixture.send_small("raw").args(files)).exits(65);
    assert!(ran.error().contains("all.txt, line 2: "), "{ran:#?}");
}

#[test]
fn a_local_part_may_be_longer_than_64_bytes() {
    let fixture = Fixture::start(Config::plain());
    let long = format!("bounces+{}=customers.example.test@example.test", "0123456789".repeat(12));
    for backend in backends() {
        let mut command = fixture.send(backend);
        command.args(["--from", &long, "--to", &long, "--body", "x"]);
        run(&mut command).succeeds();
        let mail = fixture.take_mail();
        assert_eq!((mail.sender.as_ref(), &*mail.recipients), (Some(&long), &[long.clone()][..]));
        let header = String::from_utf8_lossy(&mail.content).replace("\r\n ", " ");
        assert!(header.contains(&format!("From: {long}\r\n")), "{backend}: {header}");
    }
}
