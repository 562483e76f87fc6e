//! Reads the client's bytes in order: commands, responses of AUTH, and content.

use mailer::Step;

use crate::{
    auth::{Expected, mark_response},
    command::{Effect, is_command, mark_command},
    content::Content,
    scanner::{Mark, mark_line_end, split_line},
};

/// What the client has sent so far, as far as later bytes depend on it.
#[derive(Debug)]
pub(crate) struct Client {
    expected: Expected,
    content: Content,
    /// Whether the content arrives in chunks, and the last one has not been announced.
    is_chunking: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self { expected: Expected::default(), content: Content::new(true), is_chunking: false }
    }
}

impl Client {
    /// Marks content.
    pub(crate) fn mark_content(&mut self, bytes: &[u8], marks: &mut Vec<Mark>) {
        self.content.mark(bytes, marks);
    }

    /// Marks command lines and responses of AUTH of one step.
    pub(crate) fn mark_lines(&mut self, step: Step, bytes: &[u8], marks: &mut Vec<Mark>) {
        let mut ahead = bytes;
        while !ahead.is_empty() {
            let (line, end, rest) = split_line(ahead);
            let chunk = self.mark_line(step, line, marks);
            mark_line_end(end, marks);
            let (content, rest) = rest.split_at(chunk.min(rest.len()));
            self.content.mark(content, marks);
            ahead = rest;
        }
    }

    /// Marks a line. Returns the number of bytes of content that follow it.
    fn mark_line(&mut self, step: Step, line: &[u8], marks: &mut Vec<Mark>) -> usize {
        if step == Step::Auth && !is_command(line) {
            self.expected = mark_response(line, self.expected, marks);
            return 0;
        }
        match mark_command(line, marks) {
            Effect::None => {}
            Effect::Auth(expected) => self.expected = expected,
            Effect::NewMessage => self.begin_content(true),
            Effect::Chunk { size, is_last } => {
                if !self.is_chunking {
                    self.begin_content(false);
                }
                self.is_chunking = !is_last;
                return size;
            }
        }
        0
    }

    fn begin_content(&mut self, is_stuffed: bool) {
        self.content = Content::new(is_stuffed);
        self.is_chunking = false;
    }
}
