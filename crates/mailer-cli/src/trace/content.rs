//! The content of a message in `--trace`, as it is on the wire.

use mailer::{What, escape};
use mailer_compare::wire::ContentCommand;

/// The number of bytes of each content block that are shown.
const SHOWN: usize = 2000;

/// Shows blocks of content. Backends report them before dot-stuffing, and this adds the dots.
#[derive(Debug, Default)]
pub(super) struct ContentLines {
    /// The last command that transfers content: DATA, which has dot-stuffing, or BDAT.
    command: Option<ContentCommand>,
    /// Whether the last block ended in the middle of a line.
    is_mid_line: bool,
}

impl ContentLines {
    /// Notes the command that the next content follows.
    pub(super) fn note(&mut self, what: &What<'_>) {
        let What::Sent { line, .. } = what else { return };
        if let Some(command) = ContentCommand::parse(line) {
            *self = Self { command: Some(command), is_mid_line: false };
        }
    }

    /// Returns the lines to print for a block.
    pub(super) fn block(&mut self, bytes: &[u8]) -> Vec<String> {
        let shown = bytes.get(..bytes.len().min(SHOWN)).unwrap_or_default();
        let shown = String::from_utf8_lossy(shown);
        let mut lines = Vec::new();
        for (index, line) in shown.lines().enumerate() {
            let is_line_start = index > 0 || !self.is_mid_line;
            let command = self.command.filter(|_| is_line_start);
            let sent = command.map_or(line.into(), |command| command.sent_line(line));
            lines.push(format!("C: {}", escape(&sent)).trim_end().to_owned());
        }
        if bytes.len() > SHOWN {
            lines.push(format!("C: ... ({} bytes in total)", bytes.len()));
        }
        self.is_mid_line = !bytes.ends_with(b"\n");
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_after(command: &str, blocks: &[&[u8]]) -> Vec<String> {
        let mut content = ContentLines::default();
        content.note(&What::Sent { step: mailer::Step::Data, line: command });
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
    fn a_long_block_is_cut() {
        let lines = lines_after("DATA", &[&b"x\r\n".repeat(1000)]);
        assert_eq!(lines.last().map(String::as_str), Some("C: ... (3000 bytes in total)"));
    }
}
