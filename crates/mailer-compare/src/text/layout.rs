//! Lines of limited width, and their styles.

use anstyle::{AnsiColor, Style};
use mailer::escape;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr;

/// The style of ordinary text.
pub const PLAIN: Style = Style::new();
/// The style of titles.
pub const TITLE: Style = Style::new().bold();
/// The style of the heading of a step.
pub const HEADING: Style = AnsiColor::Blue.on_default().bold();
/// The style of what the client sends.
pub const CLIENT: Style = AnsiColor::Cyan.on_default();
/// The style of what the server sends.
pub const SERVER: Style = AnsiColor::Green.on_default();
/// The style of what differs or needs attention.
pub const MARK: Style = AnsiColor::Yellow.on_default().bold();
/// The style of remarks.
pub const DIM: Style = Style::new().dimmed();

/// How a report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The number of columns.
    pub width: usize,
    /// Whether the text has ANSI colours.
    pub colour: bool,
}

impl Default for Format {
    /// 100 columns without colours.
    fn default() -> Self {
        Self { width: 100, colour: false }
    }
}

/// A report that is being written. All text is escaped.
#[derive(Debug)]
pub struct TextWriter {
    text: String,
    format: Format,
}

impl TextWriter {
    /// Few columns would leave no room for a word.
    const LEAST_WIDTH: usize = 40;

    /// Returns an empty report with this layout. It is at least 40 columns wide.
    #[must_use]
    pub fn new(format: Format) -> Self {
        let width = format.width.max(Self::LEAST_WIDTH);
        Self { text: String::new(), format: Format { width, ..format } }
    }

    /// Returns the text.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// Returns the number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.format.width
    }

    /// Ends a line, or leaves one empty.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Writes the title of a section.
    pub fn title(&mut self, title: &str) {
        self.blank();
        self.line(TITLE, title);
    }

    /// Writes one line.
    pub fn line(&mut self, style: Style, line: &str) {
        self.pieces(&[(style, line.into())]);
    }

    /// Writes text of any length, on as many lines as it needs.
    pub fn wrapped(&mut self, style: Style, text: &str) {
        for line in wrap(text, self.format.width, 2) {
            self.line(style, &line);
        }
    }

    /// Writes text of any length after a label; further lines are indented like the text. A label that
    /// leaves too little room has its own lines.
    pub fn paragraph(&mut self, label: &str, text: &str) {
        let indent = label.width();
        if indent > self.format.width / 2 {
            self.wrapped(PLAIN, label.trim_end());
            return self.paragraph("    ", text);
        }
        for (index, line) in wrap(text, self.format.width - indent, 0).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.line(PLAIN, &format!("{label:<indent$}{line}"));
        }
    }

    /// Writes one line of several pieces. No line ends in a space.
    pub fn pieces(&mut self, pieces: &[(Style, String)]) {
        let last = pieces.iter().rposition(|(_, piece)| !piece.trim_end().is_empty());
        for (index, (style, piece)) in pieces.iter().enumerate().take(last.map_or(0, |at| at + 1)) {
            // Most was escaped before it was laid out; a name in a head was not.
            let piece = escape(piece);
            self.styled(*style, if Some(index) == last { piece.trim_end() } else { &piece });
        }
        self.blank();
    }

    /// Adds text with its style; the spaces around it have none, so that they stay invisible.
    fn styled(&mut self, style: Style, text: &str) {
        let bare = text.trim();
        if !self.format.colour || style.is_plain() || bare.is_empty() {
            return self.text.push_str(text);
        }
        let (indent, rest) = text.split_at(text.len() - text.trim_start().len());
        let (_, padding) = rest.split_at(bare.len());
        self.text.push_str(&format!("{indent}{style}{bare}{style:#}{padding}"));
    }
}

/// Breaks the [escaped](escape) text into lines of at most `width` columns. All but the first are
/// indented by `indent` spaces. Returns at least one line.
#[must_use]
pub fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let (text, indent) = (escape(text), " ".repeat(indent));
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(&text, options).into_iter().map(String::from).collect()
}

/// Pads text with spaces on the right, to a width in columns.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    let fill = " ".repeat(width.saturating_sub(escape(text).width()));
    format!("{text}{fill}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> TextWriter {
        TextWriter::new(Format::default())
    }

    #[test]
    fn lines_break_at_spaces_and_within_long_words() {
        assert_eq!(wrap("250 one two three", 10, 2), ["250 one", "  two", "  three"]);
        assert_eq!(wrap("abcdefghij", 4, 1), ["abc", " def", " ghi", " j"]);
        assert_eq!(wrap("", 4, 1), [""]);
        assert_eq!(wrap("  two spaces stay", 40, 0), ["  two spaces stay"]);
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(wrap("日本語", 4, 0), ["日本", "語"]);
        assert_eq!(padded("日", 4), "日  ");
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(wrap("\u{1b}[2J\u{9b}x\t", 40, 0), ["\\u{1b}[2J\\u{9b}x\\t"]);
        let mut page = writer();
        page.pieces(&[(TITLE, padded("\u{9b}2J", 9)), (PLAIN, "|\u{202e}b".into())]);
        assert_eq!(page.finish(), "\\u{9b}2J |\\u{202e}b\n");
    }

    #[test]
    fn a_label_of_any_length_leaves_room_for_the_text() {
        let mut page = writer();
        page.paragraph(&"x".repeat(300), "text");
        let part = "x".repeat(98);
        assert_eq!(page.finish(), format!("{part}\n  {part}\n  {part}\n  xxxxxx\n    text\n"));
    }

    #[test]
    fn no_line_ends_in_a_space() {
        let mut page = writer();
        page.pieces(&[(PLAIN, "    ".into()), (CLIENT, "b  ".into())]);
        page.pieces(&[(PLAIN, "a   ".into()), (PLAIN, "    ".into())]);
        page.pieces(&[(PLAIN, "  ".into())]);
        assert_eq!(page.finish(), "    b\na\n\n");
    }

    #[test]
    fn spaces_around_a_styled_piece_have_no_style() {
        let mut page = TextWriter::new(Format { width: 100, colour: true });
        page.pieces(&[(TITLE, "  a  ".into()), (PLAIN, "b".into())]);
        assert_eq!(page.finish(), "  \u{1b}[1ma\u{1b}[0m  b\n");
    }
}
