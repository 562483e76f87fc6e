//! The report for terminals.

use mailer_bench::report::table::wrapped;

use super::tables::{TITLE, facts, tables};
use crate::Merged;

/// The greatest width in columns: longer lines are hard to read.
const MAX_WIDTH: usize = 100;

/// Returns the whole report, at most `width` columns wide, or 100 if that is less.
#[must_use]
pub fn text(merged: &Merged, notes: &[(String, String)], width: usize) -> String {
    let width = width.min(MAX_WIDTH);
    let facts = facts(merged, notes);
    let label_width = facts.iter().map(|(label, _)| label.len()).max().unwrap_or(0) + 2;
    let mut text = wrapped("", TITLE, width) + "\n";
    for (label, value) in facts {
        text += &wrapped(&format!("{label:<label_width$}"), &value, width);
    }
    for table in tables(merged) {
        text.push('\n');
        text += &table.text(width);
    }
    let remarks = merged.remarks();
    if !remarks.is_empty() {
        text.push('\n');
        remarks.iter().for_each(|remark| text += &wrapped("", remark, width));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::tests::merged;

    #[test]
    fn the_report_has_the_sum_and_names_workers_that_ended_early() {
        let text = text(&merged(), &[], 100);
        for line in [
            "server        smtp://mail.example.test:25",
            "raw (auto)/message        42         2        20.0        2",
            "raw (auto)/message  5.00 ms  5.00 ms  5.00 ms    -      -  5.00 ms",
            "raw (auto)/message      2  outcome unknown at end of data",
            "b_2      1        31         1     2.00         early",
            "Worker 1 (b_2) ended early: its file ends while the run goes on.",
        ] {
            assert!(text.contains(line), "no {line:?} in\n{text}");
        }
    }
}
