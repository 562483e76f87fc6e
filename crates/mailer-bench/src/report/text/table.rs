//! Tables and paragraphs for terminals.

use mailer::escape;
use unicode_width::UnicodeWidthStr;

/// The width of the report in columns.
const WIDTH: usize = 100;
/// The greatest width of a name in the first column.
const NAME_WIDTH: usize = 24;

/// A table with a title, and one row for each contender.
pub(crate) struct TextTable {
    pub(crate) title: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<String>)>,
}

impl TextTable {
    pub(crate) fn new(title: &str, columns: &[&str]) -> Self {
        let head = columns.iter().map(|&column| column.to_owned()).collect();
        Self { title: title.to_owned(), head, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows.push((escape(name).into_owned(), cells.into_iter().collect()));
    }

    /// Returns the table as text. Names are left-aligned, and cells right-aligned. A name that is too long
    /// for its column has a line of its own.
    pub(crate) fn text(&self) -> String {
        let widths: Vec<usize> = (0..self.head.len()).map(|column| self.width(column)).collect();
        let names =
            self.rows.iter().map(|(name, _)| name.width()).filter(|width| *width <= NAME_WIDTH);
        let name_width = names.max().unwrap_or(0);
        let mut text = wrapped("", &self.title);
        text += &line("", name_width, &self.head, &widths);
        for (name, cells) in &self.rows {
            if name.width() > name_width {
                text += &wrapped("", name);
                text += &line("", name_width, cells, &widths);
            } else {
                text += &line(name, name_width, cells, &widths);
            }
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(column));
        cells.chain(self.head.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    }
}

fn line(name: &str, name_width: usize, cells: &[String], widths: &[usize]) -> String {
    let mut line = name.to_owned() + &" ".repeat(name_width.saturating_sub(name.width()));
    for (cell, width) in cells.iter().zip(widths) {
        line += &" ".repeat(2 + width.saturating_sub(cell.width()));
        line += cell;
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

/// Returns a label followed by an [escaped](escape) text. Further lines are indented, so that they are below
/// the text.
pub(crate) fn wrapped(label: &str, text: &str) -> String {
    let indent = label.width();
    let mut lines = vec![label.to_owned()];
    let mut used = indent;
    for word in text.split_whitespace().map(escape) {
        let blank = usize::from(used > indent);
        if used + blank + word.width() > WIDTH && used > indent {
            lines.push(" ".repeat(indent));
            used = indent;
        }
        if let Some(line) = lines.last_mut() {
            if used > indent {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word);
            used += word.width();
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}
