//! docs/explain.md: a broken dialogue as `mailer explain` shows it, and what servers answer to all of them.

use std::fmt::Write as _;

use mailer::{Envelope, Security};
use mailer_explain::{BREAKS, Target};
use mailer_lab::embedded;
use mailer_server::Store;
use mailer_tests::{
    binary::mailer,
    blocks,
    broken::{ANSWERS, answers},
};

/// A message with a lone dot in its body.
const CONTENT: &[u8] = b"Subject: a dot\r\n\r\nBefore the dot.\r\n.\r\nAfter the dot.\r\n";

#[test]
fn docs_explain_shows_a_broken_dialogue() {
    let output = mailer().args(["explain", "--break", "data-first"]).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("the lesson is text");
    // Ports differ.
    let without_digits =
        |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let name = "mailer explain --break data-first";
    blocks::check_alike("docs/explain.md", name, &blocks::code(&text), without_digits);
}

#[test]
fn docs_explain_has_the_answers_of_servers() {
    let mut table = String::from("| | the fault |");
    for known in ANSWERS {
        let _ = write!(table, " {} |", known.server);
    }
    let _ = writeln!(table, "\n| --- | --- |{}", " --- |".repeat(ANSWERS.len()));
    for (index, one) in BREAKS.iter().enumerate() {
        let _ = write!(table, "| `{}` | {} |", one.name, one.note().title);
        for known in ANSWERS {
            let codes: Vec<String> = known.codes[index].iter().map(ToString::to_string).collect();
            let _ = write!(table, " {} |", codes.join(" "));
        }
        table.push('\n');
    }
    blocks::check("docs/explain.md", "broken dialogues", &table);
}

#[test]
fn the_embedded_server_answers_as_the_docs_show() {
    let (embedded, server) =
        embedded::start(Security::Required, Store::Memory).expect("an embedded server");
    let address = |text: &str| text.parse().expect("an address");
    let envelope =
        Envelope::new(Some(address("ann@example.test")), vec![address("bob@example.test")]);
    let envelope = envelope.expect("an envelope");
    let target = Target::new(&server, &envelope, CONTENT).with_inbox(&embedded);
    for (one, codes) in BREAKS.iter().zip(answers("embedded").expect("it is there").codes) {
        let dialogue = one.run(&target).expect("the dialogue gets as far as its fault");
        assert_eq!(dialogue.codes(), codes, "{}: {dialogue:#?}", one.name);
    }
}
