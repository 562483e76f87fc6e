//! docs/compare.md and README.md: what `mailer compare` prints, in full and its first screen.

use mailer_tests::{binary::mailer, blocks};

use crate::transcripts::{ATTEMPTS, without_time};

/// The name of the block.
const NAME: &str = "mailer compare";

/// The greatest number of lines in the README's excerpt: it has to fit the first screen.
const MOST_LINES: usize = 25;

#[test]
fn docs_show_what_compare_prints() {
    let shown = normalise(&blocks::block("docs/compare.md", NAME));
    let is_as_shown = |text: &String| normalise(&blocks::code(text)) == shown;
    let text = (1..ATTEMPTS).map(|_| report()).find(is_as_shown).unwrap_or_else(report);
    blocks::check_alike("docs/compare.md", NAME, &blocks::code(&text), normalise);
    let excerpt = first_screen(&text);
    assert!(excerpt.lines().count() <= MOST_LINES, "{excerpt}");
    blocks::check_alike(
        "README.md",
        "mailer compare, in short",
        &blocks::code(&excerpt),
        normalise,
    );
}

fn report() -> String {
    let output = mailer().args(["compare", "--hello", "client.example.test"]).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("the report is text")
}

/// Returns the title, the summary and the first finding.
fn first_screen(text: &str) -> String {
    let title = text.lines().next().unwrap_or_default();
    let (_, summary) = text.split_once("\nSummary\n").expect("the report has a summary");
    let (summary, findings) = summary.split_once("\nFindings\n").expect("it has findings");
    let first = findings.split("\n- ").next().unwrap_or_default();
    format!("{title}\n\nSummary\n{summary}\nFindings\n{first}")
}

/// Returns what is the same in every run, one word per line: no times, dates, ports and identifiers, and no line ends,
/// which depend on the width of times. The bytes in TLS depend on the signatures.
fn normalise(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("Date: ") && !line.starts_with("bytes "));
    let words = lines.flat_map(str::split_whitespace).filter(|word| !word.starts_with('─'));
    words.map(without_what_varies).collect::<Vec<_>>().join("\n")
}

/// Returns a word, or what stands for every time and identifier. A time may be missing: there was no stall.
fn without_what_varies(word: &str) -> &str {
    let is_stored = |(session, mail): (&str, &str)| {
        [session, mail].iter().all(|part| part.parse::<u32>().is_ok())
    };
    let varies = word == "-"
        || word.starts_with("smtp://localhost:")
        || word.split_once('-').is_some_and(is_stored)
        || (word.starts_with('<') && word.contains("@example.t") && word.len() > 40);
    if varies { "#" } else { without_time(word) }
}
