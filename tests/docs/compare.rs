//! docs/compare.md and README.md: what `mailer compare` prints, in full and in short.

use mailer_tests::{binary::mailer, blocks};

/// Lines of the README's excerpt, at most: it has to fit the first screen.
const MOST_LINES: usize = 25;

#[test]
fn docs_show_what_compare_prints() {
    let output = mailer().args(["compare", "--hello", "client.example.test"]).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("the report is text");
    let shown = text.split("Where the time went").next().expect("a dialogue comes first");
    assert!(shown.contains("C: QUIT"));
    blocks::check_alike("docs/compare.md", "mailer compare", &blocks::code(&text), dialogue);
    let excerpt = excerpt(&text);
    assert!(excerpt.lines().count() <= MOST_LINES, "{excerpt}");
    blocks::check_alike("README.md", "mailer compare, in short", &blocks::code(&excerpt), labels);
}

/// The title, what passed the wire, and the first finding.
fn excerpt(text: &str) -> String {
    let title = text.lines().next().unwrap_or_default();
    let section = |name: &str, end: &str| {
        let (_, rest) = text.split_once(&format!("\n{name}\n")).expect("the report has it");
        let (section, _) = rest.split_once(end).unwrap_or((rest, ""));
        format!("{name}\n{}", section.trim_end())
    };
    let wire = section("On the wire", "\nA flight:");
    let finding = section("What the figures show", "\n\n");
    format!("{title}\n\n{wire}\n\n{finding}")
}

/// What does not change from run to run in the excerpt: its title and the labels of its rows.
fn labels(text: &str) -> String {
    let rows = text.split("What the figures show").next().unwrap_or_default().lines();
    let label = |row: &str| row.chars().take_while(|c| !c.is_ascii_digit()).collect::<String>();
    rows.map(|row| label(row).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// What does not change from run to run: the dialogue, without times, ports, dates and identifiers.
fn dialogue(text: &str) -> String {
    let dialogue = text.split("Where the time went").next().unwrap_or_default();
    let lines = dialogue.lines().map(|line| line.replace('─', ""));
    let varies = |word: &&str| {
        !word.chars().any(|c| c.is_ascii_digit()) && *word != "flight" && *word != "same"
    };
    let lines =
        lines.map(|line| line.split_whitespace().filter(varies).collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| !line.contains("Date:") && !line.contains("@example.test>"))
        .collect::<Vec<_>>()
        .join("\n")
}
