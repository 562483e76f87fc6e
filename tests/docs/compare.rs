//! README.md: what `mailer compare` prints.

use mailer_tests::{binary::mailer, blocks};

#[test]
fn readme_shows_what_compare_prints() {
    let output = mailer().args(["compare", "--hello", "client.example.test"]).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("the report is text");
    let shown = text.split("Where the time went").next().expect("a dialogue comes first");
    assert!(shown.contains("C: QUIT"));
    blocks::check_alike("README.md", "mailer compare", &blocks::code(&text), dialogue);
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
