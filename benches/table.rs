//! Tables, for documents and for terminals.

use std::fmt;

/// A table: the first column names things, the others have figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The name of the one column besides the first that has words.
pub const REMARK: &str = "remark";

impl Table {
    /// A table of these rows, each with a cell for each column.
    pub fn new(
        columns: impl IntoIterator<Item = impl Into<String>>,
        rows: Vec<Vec<String>>,
    ) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), rows }
    }

    /// Whether every row has a cell for each column.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.rows.iter().all(|row| row.len() == self.columns.len())
    }

    /// The same for a terminal: columns under each other, without rules.
    #[must_use]
    pub fn aligned(&self) -> String {
        let lines = || [&self.columns].into_iter().chain(&self.rows);
        let cells = |place: usize| lines().filter_map(move |line| line.get(place));
        let width = |place| cells(place).map(|cell| cell.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let cell = |(place, (text, width)): (usize, (&String, &usize))| match self.is_words(place) {
            true => format!("{text:<width$}"),
            false => format!("{text:>width$}"),
        };
        let line = |line: &Vec<String>| {
            let cells: Vec<String> = line.iter().zip(&widths).enumerate().map(cell).collect();
            cells.join("  ").trim_end().to_owned() + "\n"
        };
        lines().map(line).collect()
    }

    fn is_words(&self, place: usize) -> bool {
        place == 0 || self.columns.get(place).is_some_and(|name| name == REMARK)
    }
}

/// In Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.columns.join(" | "))?;
        let rule = |place| if self.is_words(place) { "---" } else { "---:" };
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
    fn figures_stand_on_the_right_and_words_on_the_left() {
        let row = ["a", "1", "ok"].map(str::to_owned).to_vec();
        let table = Table::new(["what", "ms", REMARK], vec![row]);
        assert!(table.is_whole());
        let text = "| what | ms | remark |\n| --- | ---: | --- |\n| a | 1 | ok |\n";
        assert_eq!(table.to_string(), text);
        assert_eq!(table.aligned(), "what  ms  remark\na      1  ok\n");
    }
}
