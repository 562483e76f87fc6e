//! Tables, as Markdown and for terminals.

use std::fmt;

/// A table. Its first column has names, and the others have numbers, except for [`REMARK`]. Its `Display` is
/// Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkdownTable {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The name of the only other column that has words.
pub const REMARK: &str = "remark";

impl MarkdownTable {
    /// Returns a table of these rows, each with a cell for each column.
    pub fn new(
        columns: impl IntoIterator<Item = impl Into<String>>,
        rows: Vec<Vec<String>>,
    ) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), rows }
    }

    /// Returns whether every row has a cell for each column.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.len() == self.columns.len())
    }

    /// Returns the table for a terminal: aligned columns, without lines.
    #[must_use]
    pub fn aligned(&self) -> String {
        let lines = || [&self.columns].into_iter().chain(&self.rows);
        let cells = |column: usize| lines().filter_map(move |line| line.get(column));
        let width = |column| cells(column).map(|cell| cell.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let cell =
            |(column, (text, width)): (usize, (&String, &usize))| match self.has_words(column) {
                true => format!("{text:<width$}"),
                false => format!("{text:>width$}"),
            };
        let line = |line: &Vec<String>| {
            let cells: Vec<String> = line.iter().zip(&widths).enumerate().map(cell).collect();
            cells.join("  ").trim_end().to_owned() + "\n"
        };
        lines().map(line).collect()
    }

    fn has_words(&self, column: usize) -> bool {
        column == 0 || self.columns.get(column).is_some_and(|name| name == REMARK)
    }
}

impl fmt::Display for MarkdownTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.columns.join(" | "))?;
        let rule = |column| if self.has_words(column) { "---" } else { "---:" };
        let rules: Vec<&str> = (0..self.columns.len()).map(rule).collect();
        writeln!(f, "| {} |", rules.join(" | "))?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_right_aligned_and_words_left_aligned() {
        let row = ["a", "1", "ok"].map(str::to_owned).to_vec();
        let table = MarkdownTable::new(["what", "ms", REMARK], vec![row]);
        assert!(table.is_complete());
        let text = "| what | ms | remark |\n| --- | ---: | --- |\n| a | 1 | ok |\n";
        assert_eq!(table.to_string(), text);
        assert_eq!(table.aligned(), "what  ms  remark\na      1  ok\n");
    }
}
