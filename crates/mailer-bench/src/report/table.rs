//! Tables and paragraphs that fit a terminal.

use mailer::escape;
use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthStr;

/// The greatest width of the column with the names.
const NAME_WIDTH: usize = 24;
/// The number of spaces before a cell.
const GAP: usize = 2;

/// A table with a title, and one row for each name, such as a contender's.
#[derive(Clone, Debug)]
pub struct TextTable {
    /// What the table shows.
    pub title: String,
    /// The heads of the columns with cells.
    pub head: Vec<String>,
    /// The name and the cells of each row.
    pub rows: Vec<(String, Vec<String>)>,
}

impl TextTable {
    /// Returns a table without rows.
    #[must_use]
    pub fn new(title: &str, columns: &[&str]) -> Self {
        let head = columns.iter().map(|&column| column.to_owned()).collect();
        Self { title: title.to_owned(), head, rows: Vec::new() }
    }

    /// Adds a row, with its name escaped.
    pub fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows.push((escape(name).into_owned(), cells.into_iter().collect()));
    }

    /// Returns the table as text that is at most `width` columns wide, if its cells allow. Names are
    /// left-aligned, and cells right-aligned. Where there is too little room, heads have several lines. A
    /// name that is too long for its column has a line of its own.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let mut columns = self.columns(false);
        if self.name_width(NAME_WIDTH) + total(&columns) > width {
            columns = self.columns(true);
        }
        let widths: Vec<usize> = columns.iter().map(|column| column.width).collect();
        let name_width = self.name_width(width.saturating_sub(total(&columns)));
        let mut text = wrapped("", &self.title, width);
        for cells in heads(&columns) {
            text += &line("", name_width, &cells, &widths);
        }
        for (name, cells) in &self.rows {
            let is_too_long = name.width() > name_width;
            text += &if is_too_long { wrapped("", name, width) } else { String::new() };
            text += &line(if is_too_long { "" } else { name }, name_width, cells, &widths);
        }
        text
    }

    /// Returns the width of the column with the names: the longest name of at most `most` columns.
    fn name_width(&self, most: usize) -> usize {
        let widths = self.rows.iter().map(|(name, _)| name.width());
        widths.filter(|width| *width <= most.min(NAME_WIDTH)).max().unwrap_or(0)
    }

    fn columns(&self, wraps_heads: bool) -> Vec<Column> {
        let column = |(index, head): (usize, &String)| {
            let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(index));
            let cells = cells.map(|cell| cell.width()).max().unwrap_or(0);
            Column::new(head, cells, wraps_heads)
        };
        self.head.iter().enumerate().map(column).collect()
    }
}

/// The lines of a column's head, and its width.
struct Column {
    head: Vec<String>,
    width: usize,
}

impl Column {
    /// Returns a column whose widest cell has `cells` columns. A wrapped head is as narrow as that, or as its
    /// longest word.
    fn new(head: &str, cells: usize, wraps_head: bool) -> Self {
        if !wraps_head {
            return Self { head: vec![head.to_owned()], width: cells.max(head.width()) };
        }
        let word = head.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0);
        let width = cells.max(word);
        let lines = textwrap::wrap(head, options(width)).into_iter();
        Self { head: lines.map(|line| line.into_owned()).collect(), width }
    }
}

/// Returns the width of all columns with the spaces before them.
fn total(columns: &[Column]) -> usize {
    columns.iter().map(|column| GAP + column.width).sum()
}

/// Returns the lines of all heads from top to bottom. The last line of each head is just above its cells.
fn heads(columns: &[Column]) -> impl Iterator<Item = Vec<String>> {
    let height = columns.iter().map(|column| column.head.len()).max().unwrap_or(0);
    (0..height).map(move |row| {
        let line = |column: &Column| {
            let above = height - column.head.len();
            row.checked_sub(above).and_then(|row| column.head.get(row)).cloned().unwrap_or_default()
        };
        columns.iter().map(line).collect()
    })
}

fn line(name: &str, name_width: usize, cells: &[String], widths: &[usize]) -> String {
    let mut line = name.to_owned() + &" ".repeat(name_width.saturating_sub(name.width()));
    for (cell, width) in cells.iter().zip(widths) {
        line += &" ".repeat(GAP + width.saturating_sub(cell.width()));
        line += cell;
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// Returns a label followed by an [escaped](escape) text that is wrapped at `width` columns. Further lines
/// are indented, so that they are below the text.
#[must_use]
pub fn wrapped(label: &str, text: &str, width: usize) -> String {
    let text = text.split_whitespace().map(escape).collect::<Vec<_>>().join(" ");
    let indent = " ".repeat(label.width());
    let options = options(width).initial_indent(label).subsequent_indent(&indent);
    textwrap::fill(&text, options) + "\n"
}

/// A word is never divided, even if it is longer than the line.
fn options(width: usize) -> Options<'static> {
    Options::new(width).break_words(false).word_splitter(WordSplitter::NoHyphenation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TextTable {
        let mut table = TextTable::new("Time", &["per message", "quartiles"]);
        table.row("raw (auto)", ["1.00 ms".into(), "0.90 to 1.10 ms".into()]);
        table.row("lettre", ["2.00 ms".into(), "1.90 to 2.10 ms".into()]);
        table
    }

    #[test]
    fn a_wide_table_has_a_line_per_row() {
        let expected = "Time\n\
            \x20           per message        quartiles\n\
            raw (auto)      1.00 ms  0.90 to 1.10 ms\n\
            lettre          2.00 ms  1.90 to 2.10 ms\n";
        assert_eq!(table().text(40), expected);
    }

    #[test]
    fn heads_are_wrapped_where_the_table_would_be_too_wide() {
        let expected = "Time\n\
            \x20               per\n\
            \x20           message        quartiles\n\
            raw (auto)  1.00 ms  0.90 to 1.10 ms\n\
            lettre      2.00 ms  1.90 to 2.10 ms\n";
        assert_eq!(table().text(39), expected);
    }

    #[test]
    fn a_name_has_a_line_of_its_own_where_it_would_be_too_wide() {
        let expected = "Time\n\
            \x20           per\n\
            \x20       message        quartiles\n\
            raw (auto)\n\
            \x20       1.00 ms  0.90 to 1.10 ms\n\
            lettre  2.00 ms  1.90 to 2.10 ms\n";
        assert_eq!(table().text(34), expected);
    }

    #[test]
    fn a_paragraph_is_escaped_and_indented_below_its_text() {
        assert_eq!(wrapped("a: ", "one\u{1b} two\nthree", 12), "a: one\\u{1b}\n   two three\n");
    }
}
