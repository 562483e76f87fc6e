//! The content of a message in `--trace`, as it is on the wire.

use mailer::{What, escape};
use mailer_compare::wire::ContentCommand;

/// The number of bytes of each message that are shown, unless the user wants all.
const SHORT: usize = 2000;

/// The part of each message that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The beginning, and the number of bytes.
    Short,
    /// All of it.
    Full,
}

/// Shows blocks of content. Backends report them before dot-stuffing, and this adds the dots.
#[derive(Debug)]
pub(super) struct ContentLines {
    /// The number of bytes of each message that are shown.
    most: usize,
    /// The last command that transfers content: DATA, which has dot-stuffing, or BDAT.
    command: Option<ContentCommand>,
    /// Whether the last block ended in the middle of a line.
    is_mid_line: bool,
    /// The number of bytes of the message so far.
    total: usize,
}

impl ContentLines {
    pub(super) fn new(shown: Shown) -> Self {
        let most = if shown == Shown::Full { usize::MAX } else { SHORT };
        Self { most, command: None, is_mid_line: false, total: 0 }
    }

    /// Notes the command that the next content follows.
    pub(super) fn note(&mut self, what: &What<'_>) {
        let What::Sent { line, .. } = what else { return };
        if let Some(command) = ContentCommand::parse(line) {
            *self = Self { most: self.most, command: Some(command), is_mid_line: false, total: 0 };
        }
    }

    /// Returns a line about the part of a content that was not shown, if this event follows it.
    pub(super) fn end(&mut self, what: &What<'_>) -> Option<String> {
        if matches!(what, What::Content { .. }) {
            return None;
        }
        let total = std::mem::take(&mut self.total);
        (total > self.most).then(|| format!("C: ... ({total} bytes in total)"))
    }

    /// Returns the lines to print for a block.
    pub(super) fn block(&mut self, bytes: &[u8]) -> Vec<String> {
        let room = self.most.saturating_sub(self.total).min(bytes.len());
        let shown = String::from_utf8_lossy(bytes.get(..room).unwrap_or_default());
        let mut lines = Vec::new();
        for (index, line) in shown.lines().enumerate() {
            let is_line_start = index > 0 || !self.is_mid_line;
            if !is_line_start && line.is_empty() {
                // The end of a line that is printed already.
                continue;
            }
            let command = self.command.filter(|_| is_line_start);
            let sent = command.map_or(line.into(), |command| command.sent_line(line));
            lines.push(format!("C: {}", escape(&sent)).trim_end().to_owned());
        }
        self.total += bytes.len();
        self.is_mid_line = !bytes.ends_with(b"\n");
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content_after(command: &str, shown: Shown) -> ContentLines {
        let mut content = ContentLines::new(shown);
        content.note(&What::Sent { step: mailer::Step::Data, line: command });
        content
    }

    fn lines_after(command: &str, blocks: &[&[u8]]) -> Vec<String> {
        let mut content = content_after(command, Shown::Short);
        blocks.iter().flat_map(|block| content.block(block)).collect()
    }

    #[test]
    fn a_dot_at_the_start_of_a_line_is_doubled_after_data_only() {
        let blocks: [&[u8]; 2] = [b".one\r\ntwo", b".\r\n.three\r\n"];
        let data = lines_after("DATA", &blocks);
        assert_eq!(data, ["C: ..one", "C: two", "C: .", "C: ..three"]);
        let bdat = lines_after("BDAT 20 LAST", &blocks);
        assert_eq!(bdat, ["C: .one", "C: two", "C: .", "C: .three"]);
    }

    #[test]
    fn a_line_end_in_a_block_of_its_own_prints_no_line() {
        let lines = lines_after("DATA", &[b"one", b"\r\n"]);
        assert_eq!(lines, ["C: one"]);
        let with_empty_line = lines_after("DATA", &[b"one\r\n", b"\r\n"]);
        assert_eq!(with_empty_line, ["C: one", "C:"]);
    }

    #[test]
    fn a_long_content_is_shortened_over_all_its_blocks() {
        let block = b"x\r\n".repeat(500);
        for (shown, lines, summary) in [
            (Shown::Short, [500, 167, 0], Some("C: ... (4500 bytes in total)")),
            (Shown::Full, [500, 500, 500], None),
        ] {
            let mut content = content_after("DATA", shown);
            assert_eq!([(); 3].map(|()| content.block(&block).len()), lines);
            let next = What::Sent { step: mailer::Step::EndOfData, line: "." };
            assert_eq!(content.end(&next).as_deref(), summary);
            assert_eq!(content.end(&next), None);
        }
    }
}
