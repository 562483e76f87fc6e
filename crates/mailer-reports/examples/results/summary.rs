//! The summary at the start of the page.

use mailer_bench::report::units::{digits, time};
use mailer_reports::MarkdownTable;

use crate::{
    Measured,
    document::{AGAINST, Contender, Document},
};

const COLUMNS: [&str; 4] =
    ["one message of 1 KiB, or a handshake", "raw", "lettre", "raw ÷ lettre"];

/// Returns a row for each run that has a name in the summary: the median times of raw, in the flow that it
/// chooses by itself, and of lettre.
pub(crate) fn summary(measured: &[Measured]) -> MarkdownTable {
    let documents = measured.iter().flat_map(|measured| &measured.documents);
    let rows = documents.filter_map(|(run, document)| Some(row(run.summary?, document)));
    MarkdownTable::new(COLUMNS, rows.collect())
}

fn row(name: &str, document: &Document) -> Vec<String> {
    let raw = ["raw (pipelined)", "raw (auto)"].into_iter().find_map(|it| document.contender(it));
    let median = |contender: Option<&Contender>| {
        let spread = contender.and_then(|contender| contender.time_ns.as_ref());
        spread.map_or_else(|| "-".to_owned(), |spread| time(spread.median / 1e9))
    };
    let ratio = raw.and_then(|raw| document.ratio(raw));
    vec![
        name.to_owned(),
        median(raw),
        median(document.contender(AGAINST)),
        ratio.map_or_else(|| "-".to_owned(), |ratio| digits(ratio.median)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::fixture;

    #[test]
    fn a_row_has_both_times_and_their_ratio() {
        let cells = ["A message", "1.00 µs", "2.00 µs", "0.50"].map(str::to_owned);
        assert_eq!(row("A message", &fixture()), cells);
    }
}
