//! Tables in Markdown.

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
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.columns.join(" | "))?;
        let rule = |(place, name): (usize, &String)| match name.as_str() {
            REMARK => "---",
            _ if place == 0 => "---",
            _ => "---:",
        };
        let rules: Vec<&str> = self.columns.iter().enumerate().map(rule).collect();
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
    }
}
