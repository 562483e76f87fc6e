//! Cuts a line into tokens from left to right, so that no byte is left out or covered twice.

use crate::{note::Note, table::line};

/// A token before its position in a piece is known: so many bytes, and their note.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) length: usize,
    pub(crate) note: &'static Note,
    pub(crate) decoded: Option<String>,
}

/// Reads bytes and appends marks. The caller ends it with [`Scanner::rest`].
pub(crate) struct Scanner<'a, 'm> {
    bytes: &'a [u8],
    marks: &'m mut Vec<Mark>,
}

impl<'a, 'm> Scanner<'a, 'm> {
    pub(crate) fn new(bytes: &'a [u8], marks: &'m mut Vec<Mark>) -> Self {
        Self { bytes, marks }
    }

    /// Returns the bytes that have no mark yet.
    pub(crate) fn ahead(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Marks the next bytes, at most as many as are left.
    pub(crate) fn take(&mut self, length: usize, note: &'static Note) {
        self.take_decoded(length, note, None);
    }

    pub(crate) fn take_decoded(
        &mut self,
        length: usize,
        note: &'static Note,
        decoded: Option<String>,
    ) {
        let (taken, rest) = self.bytes.split_at(length.min(self.bytes.len()));
        self.bytes = rest;
        if !taken.is_empty() {
            self.marks.push(Mark { length: taken.len(), note, decoded });
        }
    }

    /// Marks this text if it comes next, in upper or lower case. Returns whether it did.
    pub(crate) fn take_text(&mut self, text: &str, note: &'static Note) -> bool {
        let head = self.bytes.get(..text.len());
        let is_next = head.is_some_and(|head| head.eq_ignore_ascii_case(text.as_bytes()));
        if is_next {
            self.take(text.len(), note);
        }
        is_next
    }

    /// Marks the bytes up to the first one that `ends`.
    pub(crate) fn take_until(&mut self, note: &'static Note, ends: impl Fn(u8) -> bool) {
        self.take(self.length_until(ends), note);
    }

    /// Marks the spaces that come next.
    pub(crate) fn take_spaces(&mut self) {
        self.take_until(&line::SPACE, |byte| byte != b' ');
    }

    /// Returns the bytes up to the next space.
    pub(crate) fn word(&self) -> &'a [u8] {
        self.bytes.split_at(self.length_until(|byte| byte == b' ')).0
    }

    /// Marks the bytes up to the next space.
    pub(crate) fn take_word(&mut self, note: &'static Note) {
        self.take(self.word().len(), note);
    }

    /// Marks all that is left.
    pub(crate) fn rest(mut self, note: &'static Note) {
        self.take(self.bytes.len(), note);
    }

    fn length_until(&self, ends: impl Fn(u8) -> bool) -> usize {
        self.bytes.iter().position(|&byte| ends(byte)).unwrap_or(self.bytes.len())
    }
}

/// Splits off the first line: its text, its line end (CRLF, LF or none), and what follows.
pub(crate) fn split_line(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let Some(feed) = bytes.iter().position(|&byte| byte == b'\n') else {
        return (bytes, &[], &[]);
    };
    let (line, rest) = bytes.split_at(feed + 1);
    let text = line.strip_suffix(b"\r\n").or(line.strip_suffix(b"\n")).unwrap_or(line);
    let (text, end) = line.split_at(text.len());
    (text, end, rest)
}

/// Marks a line end.
pub(crate) fn mark_line_end(end: &[u8], marks: &mut Vec<Mark>) {
    let note = if end.len() == 1 { &line::BARE_LF } else { &line::CRLF };
    Scanner::new(end, marks).rest(note);
}
