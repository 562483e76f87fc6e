use unicode_width::UnicodeWidthStr;

use super::*;
use crate::{fixtures, fixtures::comparison};

fn sides() -> Comparison {
    let mut lettre = fixtures::stalled("lettre", 41_000);
    lettre.events.retain(|event| {
        use crate::recorder::EventKind;
        !matches!(event.kind, EventKind::Connected { .. } | EventKind::TlsStarted { .. })
    });
    let measured =
        Observation { measured_only: true, ..fixtures::observation("lettre-connection") };
    let mut sides = comparison(vec![fixtures::pipelined("raw"), lettre, measured]);
    sides.stored = InboxCheck::Differs(vec![ContentDifference {
        reference: "raw".into(),
        backends: vec!["lettre".into()],
        mails: 1,
        longer: 2,
        one_more_line_end: true,
        diff: format!("--- raw\n+++ lettre\n@@ -1 +1,2 @@\n {}\n+\n", "long ".repeat(40)),
    }]);
    sides
}

fn line_with<'a>(text: &'a str, part: &str) -> &'a str {
    text.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part} in\n{text}"))
}

#[test]
fn fits_the_page_and_ends_no_line_in_a_space() {
    for line in text(&sides(), false).lines() {
        assert!(line.width() <= WIDTH, "{line}");
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn the_same_step_stands_side_by_side() {
    let text = text(&sides(), false);
    let side = |part: &str| {
        let (left, right) = line_with(&text, part).split_once(" │ ").expect("two columns");
        (left.trim_end().to_owned(), right.to_owned())
    };
    let both = |line: &str| (line.to_owned(), line.to_owned());
    assert_eq!(side("C: EHLO"), both("C: EHLO client.example"));
    assert_eq!(side("S: 250-mail"), both("S: 250-mail.example"));
    assert_eq!(side("S: 250 STARTTLS"), both("S: 250 STARTTLS"));
    assert_eq!(side("C: ..a dot"), both("C: ..a dot"));
    let (raw, lettre) = side("RCPT TO ─");
    assert!(raw.ends_with(" same flight") && lettre.ends_with(" 2.21"), "{raw} {lettre}");
    assert!(side("TCP connected").1.ends_with("(seen on the link)"));
}

#[test]
fn only_measured_backends_stand_in_tables_only() {
    let text = text(&sides(), false);
    let (said, tables) = text.split_once("Where the time went").expect("two parts");
    assert_eq!(said.matches("lettre-connection").count(), 1, "{said}");
    assert!(tables.contains("lettre-connection"));
}

#[test]
fn tables_hold_each_sides_figures() {
    let text = text(&sides(), false);
    let (_, tables) = text.split_once("Where the time went").expect("tables");
    let words = |label: &str| {
        let line = tables.lines().find(|line| line.starts_with(label)).expect(label);
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let phase = |label: &str| words(label).join(" ");
    assert_eq!(phase("envelope  "), "envelope 0.20 1 0.00 0.16 0.04 - 0.60 3 0.00 0.48 0.12 -");
    assert_eq!(
        phase("final reply  "),
        "final reply 0.15 1 0.00 0.12 0.03 - 41.15 1 0.00 0.12 0.02 41.01"
    );
    assert_eq!(phase("TLS   "), "TLS 1.00 1 0.00 0.70 0.30 - 0.99 1 0.00 0.70 0.29 -");
    assert_eq!(phase("AUTH   "), "AUTH 0.20 1 0.00 0.16 0.04 - 0.20 1 0.00 0.16 0.04 -");
    assert_eq!(words("round trips  "), ["round", "trips", "10", "12", "12"]);
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = text(&sides(), false);
    let mut painted = text(&sides(), true);
    assert_ne!(plain, painted);
    for code in ["0", "1", "2", "1;34", "36", "32"] {
        painted = painted.replace(&format!("\u{1b}[{code}m"), "");
    }
    // The two are made of observations with other instants, but the same times.
    assert_eq!(plain, painted);
}

#[test]
fn one_backend_or_five_have_room_too() {
    for count in [1, 5] {
        let observations =
            (0..count).map(|n| fixtures::observation(&format!("backend-{n}"))).collect();
        let text = text(&comparison(observations), false);
        assert!(text.lines().all(|line| line.width() <= WIDTH));
        assert_eq!(text.matches("C: QUIT").count(), count);
    }
}

#[test]
fn an_error_is_told_whole() {
    use mailer::{Error, Kind, Receipt, Reply, Step};
    let mut failed = fixtures::observation("raw");
    let error = Error::new(Kind::Authentication, "authentication was refused")
        .with_step(Step::Auth)
        .with_reply(Reply::new(535, "5.7.8 \u{1b}[2Jno"))
        .with_hint("use an app password");
    failed.receipt = Receipt::not_sent(error);
    let text = text(&comparison(vec![failed]), false);
    line_with(&text, "(at AUTH); the server said: 535 5.7.8 \\u{1b}[2Jno");
    line_with(&text, "  advice  use an app password");
    assert!(!text.contains('\u{1b}'));
}
