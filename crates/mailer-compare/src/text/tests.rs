use mailer::{Error, Kind, Receipt, Reply, Step};
use unicode_width::UnicodeWidthStr;

use super::*;
use crate::{
    fixtures::{self, comparison},
    inbox_check::{ContentDifference, InboxCheck},
    recorder::EventKind,
};

fn wide() -> Format {
    Format::default()
}

fn narrow() -> Format {
    Format { width: 80, ..Format::default() }
}

fn three_contenders() -> Comparison {
    let mut lettre = fixtures::stalled("lettre", 41_000);
    lettre.events.retain(|event| {
        !matches!(event.kind, EventKind::Connected { .. } | EventKind::TlsStarted { .. })
    });
    let mut measured = fixtures::observation("lettre-connection");
    measured.measured_only = true;
    let mut all = comparison(vec![fixtures::pipelined("raw"), lettre, measured]);
    all.inbox = InboxCheck::Differs(vec![ContentDifference {
        reference: "raw".into(),
        backends: vec!["lettre".into()],
        mails: 1,
        longer: 2,
        one_more_line_end: true,
        diff: format!("--- raw\n+++ lettre\n@@ -1 +1,2 @@\n {}\n+\n", "long ".repeat(40)),
        places: Vec::new(),
    }]);
    all
}

fn line_with<'a>(text: &'a str, part: &str) -> &'a str {
    text.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part} in\n{text}"))
}

fn section<'a>(text: &'a str, title: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("\n{title}\n")).expect("it has the section");
    rest.split_once("\n\n").map_or(rest, |(section, _)| section)
}

#[test]
fn lines_fit_the_width_and_end_in_no_space() {
    for width in [40, 60, 80, 100, 160] {
        for line in text(&three_contenders(), Format { width, colour: false }).lines() {
            assert!(line.width() <= width.max(61), "{width}: {line}");
            assert_eq!(line, line.trim_end());
        }
    }
}

#[test]
fn the_first_lines_name_the_slower_contender_and_the_reason() {
    for format in [narrow(), wide()] {
        let text = text(&three_contenders(), format);
        let screen: Vec<&str> = text.lines().take(22).collect();
        let screen = screen.join(" ");
        for part in ["lettre took 41.", "in stalls", "round trips until accepted", "lettre stalled"]
        {
            assert!(screen.contains(part), "{part}: {screen}");
        }
    }
}

#[test]
fn the_summary_has_a_column_per_contender() {
    let text = text(&three_contenders(), narrow());
    let row = |label: &str| {
        let line = line_with(section(&text, "Summary"), label);
        let cells = line.get(label.len()..).unwrap_or_default();
        cells.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row("round trips until accepted"), ["9", "11", "11"]);
    assert_eq!(row("round trips in all"), ["10", "12", "12"]);
    assert_eq!(row("stall, ms"), ["-", "41.02", "-"]);
    assert_eq!(row("set-up, ms"), ["0.02", "0.02", "0.02"]);
}

#[test]
fn the_same_step_is_side_by_side_and_differences_are_marked() {
    let text = text(&three_contenders(), wide());
    let columns = |part: &str| {
        let line = line_with(&text, part);
        let (separator, marked) =
            if line.contains(" ≠ ") { (" ≠ ", true) } else { (" │ ", false) };
        let (left, right) = line.split_once(separator).expect("two columns");
        (left.trim_end().to_owned(), right.to_owned(), marked)
    };
    let same = |line: &str| (line.to_owned(), line.to_owned(), false);
    assert_eq!(columns("C: EHLO"), same("C: EHLO client.example"));
    assert_eq!(columns("S: 250-mail"), same("S: 250-mail.example"));
    assert_eq!(columns("C: ..a dot"), same("C: ..a dot"));
    let (raw, lettre, marked) = columns("RCPT TO ─");
    assert!(raw.ends_with(" same flight") && lettre.ends_with(" 2.21"), "{raw} {lettre}");
    assert!(marked);
    assert!(columns("TCP connected").1.ends_with("(seen on the link)"));
    assert!(text.contains("   announced to both: PIPELINING, AUTH PLAIN LOGIN"), "{text}");
}

#[test]
fn below_100_columns_the_dialogues_are_stacked() {
    let text = text(&three_contenders(), narrow());
    let dialogue = text.split_once("\nDialogue\n").expect("a dialogue").1;
    assert!(!dialogue.contains('│'), "{dialogue}");
    assert_eq!(dialogue.matches("C: QUIT").count(), 2);
    assert!(dialogue.contains("≠ RCPT TO ─") && dialogue.contains("  C: QUIT"), "{dialogue}");
}

#[test]
fn the_second_ehlo_is_explained_where_it_occurs() {
    let explanation = "EHLO occurs twice because STARTTLS resets the session";
    let joined = |comparison: &Comparison| text(comparison, wide()).replace('\n', " ");
    assert!(joined(&three_contenders()).contains(explanation));
    let mut plain = fixtures::observation("raw");
    plain.events.retain(|event| match event.kind {
        EventKind::Sent { step, .. } | EventKind::Received { step, .. } => step != Step::EhloAgain,
        _ => true,
    });
    assert!(!joined(&comparison(vec![plain])).contains(explanation));
}

#[test]
fn a_contender_that_is_measured_only_has_no_dialogue() {
    let text = text(&three_contenders(), wide());
    let (_, dialogue) = text.split_once("\nDialogue\n").expect("a dialogue");
    let (dialogue, tables) = dialogue.split_once("\nOn the wire\n").expect("tables");
    assert!(!dialogue.contains("lettre-connection"), "{dialogue}");
    assert!(tables.contains("lettre-connection"));
}

#[test]
fn the_time_table_divides_each_phase_by_owner() {
    let text = text(&three_contenders(), wide());
    let (_, tables) = text.split_once("Where the time went").expect("tables");
    let row = |label: &str| {
        let line = tables.lines().find(|line| line.starts_with(label)).expect(label);
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("    "), "raw (pipelined) lettre");
    let head = "ms trips link server client stall";
    assert!(
        tables.lines().any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")
            == format!("{head} {head}"))
    );
    assert_eq!(row("envelope  "), "envelope 0.20 1 0.00 0.16 0.04 - 0.60 3 0.00 0.48 0.12 -");
    assert_eq!(
        row("final reply  "),
        "final reply 0.15 1 0.00 0.12 0.03 - 41.15 1 0.00 0.12 0.02 41.01"
    );
    assert_eq!(row("TLS   "), "TLS 1.00 1 0.00 0.70 0.30 - 0.99 1 0.00 0.70 0.29 -");
    assert_eq!(row("AUTH   "), "AUTH 0.20 1 0.00 0.16 0.04 - 0.20 1 0.00 0.16 0.04 -");
    assert_eq!(row("set-up   "), "set-up 0.02 0.02");
}

#[test]
fn colours_change_nothing_but_colours() {
    let all = three_contenders();
    let coloured = text(&all, Format { colour: true, ..wide() });
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), text(&all, wide()));
}

#[test]
fn one_contender_or_five_fit_too() {
    for count in [1, 5] {
        let observations =
            (0..count).map(|n| fixtures::observation(&format!("backend-{n}"))).collect();
        let text = text(&comparison(observations), wide());
        assert!(text.lines().all(|line| line.width() <= 100));
        assert_eq!(text.matches("C: QUIT").count(), count);
    }
}

#[test]
fn counts_from_a_second_session_are_said_to_be_so() {
    let mut counted = fixtures::pipelined("raw");
    counted.path.round_trip = std::time::Duration::from_millis(5);
    let mut raw = fixtures::observation("raw");
    raw.counting = Some(Box::new(counted));
    let text = text(&comparison(vec![raw]), wide());
    assert!(text.replace('\n', " ").contains("over a path with a 5 ms RTT"), "{text}");
    assert!(line_with(&text, "round trips in all").ends_with(" 10"));
    let total = line_with(&text, "total  ");
    assert_eq!(total.split_whitespace().nth(2), Some("10"), "{total}");
}

#[test]
fn an_error_is_shown_with_its_reply_and_hint() {
    let mut failed = fixtures::observation("raw");
    let error = Error::new(Kind::Authentication, "authentication was refused")
        .with_step(Step::Auth)
        .with_reply(Reply::new(535, "5.7.8 \u{1b}[2Jno"))
        .with_hint("use an app password");
    failed.receipt = Receipt::not_sent(error);
    let text = text(&comparison(vec![failed]), wide());
    line_with(&text, "535 5.7.8 \\u{1b}[2Jno");
    line_with(&text, "  hint    use an app password");
    assert!(!text.contains('\u{1b}'));
}
