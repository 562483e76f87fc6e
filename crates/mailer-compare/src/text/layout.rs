//! Lines of limited width, and their colours.

use mailer::escape;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of the report.
pub(super) const WIDTH: usize = 100;

/// What a piece of text is, for those who see colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Title,
    Heading,
    Client,
    Server,
    Dim,
}

impl Paint {
    /// The parameters of ANSI's "select graphic rendition".
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Title => Some("1"),
            Self::Heading => Some("1;34"),
            Self::Client => Some("36"),
            Self::Server => Some("32"),
            Self::Dim => Some("2"),
        }
    }
}

/// A report in the making.
pub(crate) struct Page {
    text: String,
    colour: bool,
}

impl Page {
    pub(crate) fn new(colour: bool) -> Self {
        Self { text: String::new(), colour }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// The title of a section.
    pub(super) fn title(&mut self, title: &str) {
        self.blank();
        self.painted(Paint::Title, title);
    }

    pub(super) fn painted(&mut self, paint: Paint, line: &str) {
        self.row(&[(paint, line)], WIDTH, "");
    }

    /// Text of any length, on as many lines as it needs.
    pub(super) fn wrapped(&mut self, paint: Paint, text: &str) {
        wrap(text, WIDTH, 2).iter().for_each(|line| self.painted(paint, line));
    }

    /// Text of any length behind a label; further lines stand under the text. A label that leaves too
    /// little room for it has lines of its own.
    pub(super) fn paragraph(&mut self, label: &str, text: &str) {
        let indent = label.width();
        if indent > WIDTH / 2 {
            self.wrapped(Paint::Plain, label.trim_end());
            return self.paragraph("    ", text);
        }
        for (index, line) in wrap(text, WIDTH - indent, 0).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.painted(Paint::Plain, &format!("{label:<indent$}{line}"));
        }
    }

    /// Cells side by side, each of the same width. No line ends in a space.
    pub(super) fn row(&mut self, cells: &[(Paint, &str)], width: usize, between: &str) {
        let mut gap = String::new();
        for (index, (paint, cell)) in cells.iter().enumerate() {
            let cell = cell.trim_end();
            if index > 0 {
                gap.push_str(between);
            }
            if cell.is_empty() {
                gap.extend(std::iter::repeat_n(' ', width));
                continue;
            }
            self.text.push_str(&gap);
            // Most has been escaped before it was laid out; a name in a head has not.
            let cell = escape(cell);
            self.paint(*paint, &cell);
            gap = " ".repeat(width.saturating_sub(cell.width()));
        }
        self.text.push_str(gap.trim_end());
        self.blank();
    }

    fn paint(&mut self, paint: Paint, text: &str) {
        match paint.code().filter(|_| self.colour) {
            Some(code) => {
                // Not the spaces before it, so that a piece of another page can be looked for.
                let bare = text.trim_start();
                let (indent, _) = text.split_at(text.len() - bare.len());
                self.text.push_str(&format!("{indent}\u{1b}[{code}m{bare}\u{1b}[0m"));
            }
            None => self.text.push_str(text),
        }
    }
}

/// Lines of the [escaped](escape) text, no wider than `width`, broken at spaces where there are any;
/// all but the first begin with
/// `indent` spaces. At least one line.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let text = escape(text);
    let mut rest = &*text;
    let mut lines = Vec::new();
    loop {
        let indent = if lines.is_empty() { 0 } else { indent };
        let (line, further) = split(rest, width.saturating_sub(indent).max(1));
        lines.push(format!("{:indent$}{}", "", line.trim_end()));
        rest = further;
        if rest.is_empty() {
            return lines;
        }
    }
}

/// Parts what fits from what does not: at the last space, unless that would leave the line nearly empty.
fn split(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    let too_far = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > width
    });
    let Some((end, _)) = too_far else { return (text, "") };
    // A character wider than the line stands in it all the same, or there would be no end.
    let end = end.max(text.chars().next().map_or(0, char::len_utf8));
    let (fits, rest) = text.split_at(end);
    if rest.starts_with(' ') {
        return (fits, rest.trim_start());
    }
    match fits.rfind(' ') {
        Some(space) if space >= end / 3 => (fits.split_at(space).0, text.split_at(space + 1).1),
        _ => (fits, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_or_where_they_must() {
        assert_eq!(wrap("250 one two three", 10, 2), ["250 one", "  two", "  three"]);
        assert_eq!(wrap("abcdefghij", 4, 1), ["abcd", " efg", " hij"]);
        assert_eq!(wrap("", 4, 1), [""]);
        assert_eq!(wrap("  two spaces stay", 40, 0), ["  two spaces stay"]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("日本語", 4, 0), ["日本", "語"]);
        assert_eq!(wrap("日", 1, 0), ["日"]);
    }

    #[test]
    fn a_terminal_gets_no_orders() {
        assert_eq!(wrap("\u{1b}[2J\u{9b}x\t", 40, 0), ["\\u{1b}[2J\\u{9b}x\\t"]);
        let mut page = Page::new(false);
        page.row(&[(Paint::Title, "\u{9b}2J"), (Paint::Plain, "\u{202e}b")], 9, "|");
        assert_eq!(page.finish(), "\\u{9b}2J |\\u{202e}b\n");
    }

    #[test]
    fn a_label_of_any_length_leaves_room() {
        let mut page = Page::new(false);
        page.paragraph(&"x".repeat(300), "text");
        assert_eq!(
            page.finish(),
            format!("{0}\n  {1}\n  {1}\n  xxxx\n    text\n", "x".repeat(100), "x".repeat(98))
        );
    }

    #[test]
    fn an_empty_cell_keeps_its_place_and_no_line_ends_in_a_space() {
        let mut page = Page::new(false);
        page.row(&[(Paint::Plain, ""), (Paint::Client, "b  ")], 4, "| ");
        page.row(&[(Paint::Plain, "a"), (Paint::Plain, "")], 4, "| ");
        assert_eq!(page.finish(), "    | b\na   |\n");
    }
}
