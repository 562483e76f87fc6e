//! Keeps the text of stored pages up to date without measuring again.

use std::{env, fs, iter};

use crate::root;

/// Which lines of a page are measured. All other lines are generated from the sources.
#[derive(Clone, Copy, Debug)]
pub struct MeasuredLines {
    /// How measured lines outside of tables start.
    pub lines: &'static [&'static str],
    /// How the first line of tables with measured rows starts.
    pub tables: &'static [&'static str],
}

/// One line of a page.
struct Line<'a> {
    text: &'a str,
    is_measured: bool,
    /// The number of columns, for a line of a table with measured rows; otherwise 0.
    columns: usize,
}

impl MeasuredLines {
    /// Checks that `file` is the page `fresh`, except for measured lines. With `UPDATE_DOCS=1` it writes the
    /// file again, with the stored measured lines.
    ///
    /// # Errors
    /// If the file is out of date, and cannot be or is not to be updated.
    pub fn check_stored(&self, file: &str, fresh: &str) -> Result<(), String> {
        let path = root().join(file);
        let stored = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        let merged = self.merge(&stored, fresh).map_err(|problem| format!("{file}: {problem}"))?;
        if stored == merged {
            return Ok(());
        }
        if env::var_os("UPDATE_DOCS").is_none() {
            return Err(format!(
                "{file} is out of date; UPDATE_DOCS=1 updates what is not measured"
            ));
        }
        fs::write(&path, merged).map_err(|error| format!("{file}: {error}"))
    }

    /// Returns `fresh` with the measured lines of `stored`.
    fn merge(&self, stored: &str, fresh: &str) -> Result<String, String> {
        let (stored, fresh) = (self.lines_of(stored), self.lines_of(fresh));
        let mut groups = stored.chunk_by(|a, b| a.is_measured && b.is_measured);
        let mut measured =
            iter::from_fn(|| groups.find(|group| group.iter().any(|l| l.is_measured)));
        let mut merged = String::new();
        for group in fresh.chunk_by(|a, b| a.is_measured && b.is_measured) {
            let is_measured = group.iter().any(|line| line.is_measured);
            let lines = match is_measured {
                false => group,
                true => measured.next().ok_or("a table or fact is missing: measure it again")?,
            };
            let columns = |lines: &[Line<'_>]| lines.first().map_or(0, |line| line.columns);
            if columns(lines) != columns(group) {
                let text = lines.first().map_or("", |line| line.text);
                return Err(format!("a table has other columns, measure it again: {text}"));
            }
            merged.extend(lines.iter().map(|line| line.text));
        }
        match measured.next() {
            None => Ok(merged),
            Some(_) => Err("there is a table or fact too many: measure it again".into()),
        }
    }

    fn lines_of<'a>(&self, page: &'a str) -> Vec<Line<'a>> {
        let mut in_measured_table = false;
        let mut previous = "";
        let line = |text: &'a str| {
            let is_row = text.starts_with('|');
            let is_first = is_row && !previous.starts_with('|');
            if is_first || !is_row {
                in_measured_table = is_row && starts_with_any(text, self.tables);
            }
            previous = text;
            let is_head = is_first || text.starts_with("| ---");
            let is_measured = (in_measured_table && !is_head) || starts_with_any(text, self.lines);
            let columns = if in_measured_table { text.matches('|').count() } else { 0 };
            Line { text, is_measured, columns }
        };
        page.split_inclusive('\n').map(line).collect()
    }
}

fn starts_with_any(text: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: MeasuredLines =
        MeasuredLines { lines: &["- date: "], tables: &["| what | ms"] };

    const STORED: &str = "Old text.\n\n- date: then\n\n| what | ms |\n| --- | ---: |\n| c | 1 |\n| d | 2 |\n\n\
                          | name | old |\n| --- | --- |\n| x | y |\n";

    #[test]
    fn measured_lines_are_kept_and_the_rest_is_replaced() {
        let fresh = "New text.\n\n- date: now\n\n| what | ms again |\n| --- | ---: |\n| other | 9 |\n\n\
                     | name | new |\n| --- | --- |\n| z | z |\n";
        let expected = "New text.\n\n- date: then\n\n| what | ms again |\n| --- | ---: |\n| c | 1 |\n| d | 2 |\n\n\
                      | name | new |\n| --- | --- |\n| z | z |\n";
        assert_eq!(MEASURED.merge(STORED, fresh).as_deref(), Ok(expected));
        assert_eq!(MEASURED.merge(STORED, STORED).as_deref(), Ok(STORED));
    }

    #[test]
    fn other_tables_and_other_columns_have_to_be_measured() {
        let without_table = "Text.\n\n- date: now\n";
        let other_columns = STORED.replace("| c | 1 |\n| d | 2 |", "| c | 1 | 2 |");
        assert!(MEASURED.merge(STORED, without_table).is_err());
        assert!(MEASURED.merge(without_table, STORED).is_err());
        assert!(MEASURED.merge(STORED, &other_columns).is_err());
    }
}
