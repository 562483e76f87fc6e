//! Tokens of the content of one message, as DATA or BDAT transfers it.

use crate::{
    body::mark_body,
    header::{self, Field},
    mime::Entity,
    note::Note,
    scanner::{Mark, Scanner, mark_line_end, split_line},
    table::{body, header as table},
};

/// How far the content of a message has been read.
#[derive(Debug)]
pub(crate) struct Content {
    /// Whether DATA transfers it, with dot-stuffing and a final dot.
    is_stuffed: bool,
    section: Section,
    /// The header that is being read, or the one of the body.
    entity: Entity,
    /// The boundaries of the multipart entities around this line, from the outside.
    boundaries: Vec<Vec<u8>>,
    /// The note on the last field's value, for lines that continue it.
    value_note: &'static Note,
    /// The note for the rest of a line that was cut between two calls.
    cut_line: Option<&'static Note>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Header,
    Body,
    /// The text of a multipart entity before its first part or after its last one.
    Outside,
}

impl Content {
    pub(crate) fn new(is_stuffed: bool) -> Self {
        Self {
            is_stuffed,
            section: Section::Header,
            entity: Entity::default(),
            boundaries: Vec::new(),
            value_note: &table::STRUCTURED,
            cut_line: None,
        }
    }

    /// Marks the next bytes of the content.
    pub(crate) fn mark(&mut self, bytes: &[u8], marks: &mut Vec<Mark>) {
        let mut ahead = bytes;
        while !ahead.is_empty() {
            let (line, end, rest) = split_line(ahead);
            self.mark_line(line, end, rest, marks);
            ahead = rest;
        }
    }

    fn mark_line(&mut self, line: &[u8], end: &[u8], rest: &[u8], marks: &mut Vec<Mark>) {
        if let Some(note) = self.cut_line.take() {
            Scanner::new(line, marks).rest(note);
            self.cut_line = end.is_empty().then_some(note);
            return mark_line_end(end, marks);
        }
        if self.is_stuffed && line == b"." && !end.is_empty() {
            Scanner::new(line, marks).rest(&body::FINAL_DOT);
            *self = Self::new(true);
            return mark_line_end(end, marks);
        }
        let line = if self.is_stuffed { mark_stuffing(line, marks) } else { line };
        match self.section {
            Section::Header => self.mark_header_line(line, end, rest, marks),
            Section::Body | Section::Outside => self.mark_body_line(line, end, marks),
        }
        if end.is_empty() {
            self.cut_line =
                Some(if self.section == Section::Header { self.value_note } else { &body::TEXT });
        }
    }

    fn mark_header_line(&mut self, line: &[u8], end: &[u8], rest: &[u8], marks: &mut Vec<Mark>) {
        if line.is_empty() && !end.is_empty() {
            Scanner::new(end, marks).rest(&table::HEADER_END);
            return self.begin_body();
        }
        if header::is_continuation(line) {
            let field = header::mark_continuation(line, self.value_note, marks);
            self.entity.extend(field.value);
        } else if let Some(field) = header::mark_field(line, marks) {
            self.begin_field(field);
        }
        if end == b"\r\n" && header::is_continuation(rest) {
            return Scanner::new(end, marks).rest(&table::FOLD);
        }
        mark_line_end(end, marks);
    }

    fn begin_field(&mut self, field: Field<'_>) {
        self.entity.begin(field.name, field.value);
        self.value_note = field.value_note;
    }

    fn begin_body(&mut self) {
        match self.entity.boundary() {
            Some(boundary) => {
                self.boundaries.push(boundary);
                self.section = Section::Outside;
            }
            None => self.section = Section::Body,
        }
    }

    fn mark_body_line(&mut self, line: &[u8], end: &[u8], marks: &mut Vec<Mark>) {
        if let Some((depth, is_closing)) = self.boundary(line) {
            let note = if is_closing { &body::CLOSING_BOUNDARY } else { &body::BOUNDARY };
            Scanner::new(line, marks).rest(note);
            self.leave_part(depth, is_closing);
            return mark_line_end(end, marks);
        }
        if self.section == Section::Outside {
            Scanner::new(line, marks).rest(&body::OUTSIDE);
            return mark_line_end(end, marks);
        }
        let encoding = self.entity.encoding();
        mark_body(line, end, encoding, self.entity.is_text(), marks);
    }

    /// Returns the depth of the boundary that this line is, and whether it closes the entity. The
    /// innermost entity has the last word.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        self.boundaries.iter().enumerate().rev().find_map(|(depth, boundary)| {
            match text.strip_prefix(boundary.as_slice())? {
                b"" => Some((depth, false)),
                b"--" => Some((depth, true)),
                _ => None,
            }
        })
    }

    fn leave_part(&mut self, depth: usize, is_closing: bool) {
        self.entity = Entity::default();
        self.boundaries.truncate(if is_closing { depth } else { depth + 1 });
        self.section = if is_closing { Section::Outside } else { Section::Header };
    }
}

/// Marks the dot that the server removes (RFC 5321 §4.5.2). Returns the line without it.
fn mark_stuffing<'a>(line: &'a [u8], marks: &mut Vec<Mark>) -> &'a [u8] {
    let Some(rest) = line.strip_prefix(b".") else { return line };
    let note = if rest.starts_with(b".") { &body::STUFFED_DOT } else { &body::LOST_DOT };
    Scanner::new(b".", marks).rest(note);
    rest
}
