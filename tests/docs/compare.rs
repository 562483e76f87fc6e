//! docs/compare.md and README.md: what `mailer compare` prints, in full and its first screen.

use mailer_tests::{binary::mailer, blocks};

/// The greatest number of lines in the README's excerpt: it has to fit the first screen.
const MOST_LINES: usize = 25;

#[test]
fn docs_show_what_compare_prints() {
    let output = mailer().args(["compare", "--hello", "client.example.test"]).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("the report is text");
    assert!(dialogue(&text).contains("C: QUIT"));
    blocks::check_alike("docs/compare.md", "mailer compare", &blocks::code(&text), dialogue);
    let excerpt = first_screen(&text);
    assert!(excerpt.lines().count() <= MOST_LINES, "{excerpt}");
    blocks::check_alike("README.md", "mailer compare, in short", &blocks::code(&excerpt), labels);
}

/// Returns the title, the summary and the first finding.
fn first_screen(text: &str) -> String {
    let title = text.lines().next().unwrap_or_default();
    let (_, summary) = text.split_once("\nSummary\n").expect("the report has a summary");
    let (summary, findings) = summary.split_once("\nFindings\n").expect("it has findings");
    let first = findings.split("\n- ").next().unwrap_or_default();
    format!("{title}\n\nSummary\n{summary}\nFindings\n{first}")
}

/// Returns what is the same in every run of the excerpt: its title, and the labels of the table's rows.
fn labels(text: &str) -> String {
    let lines = text.lines().filter(|line| line.contains("   ") || line.contains(" through "));
    let label = |line: &str| line.split("   ").next().unwrap_or_default().to_owned();
    lines.map(label).collect::<Vec<_>>().join("\n")
}

/// Returns what is the same in every run: the dialogue without times, ports, dates and identifiers.
fn dialogue(text: &str) -> String {
    let dialogue = text.split_once("\nDialogue\n").map_or("", |(_, rest)| rest);
    let dialogue = dialogue.split("\nOn the wire\n").next().unwrap_or_default();
    let lines = dialogue.lines().map(|line| line.replace('─', ""));
    let varies = |word: &&str| {
        !word.chars().any(|c| c.is_ascii_digit()) && *word != "flight" && *word != "same"
    };
    let lines =
        lines.map(|line| line.split_whitespace().filter(varies).collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.contains("Date:")).collect::<Vec<_>>().join("\n")
}
