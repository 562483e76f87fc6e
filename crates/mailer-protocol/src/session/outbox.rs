//! The bytes to write next.

use std::fmt;

use mailer::Step;
use zeroize::Zeroize;

use crate::{Flight, command::Command, dot_stuffing::DotStuffing};

/// The number of bytes from which the outbox is written instead of collecting more.
const FULL: usize = 256 * 1024;
/// The capacity in bytes for a line with a secret (RFC 4954 §4) and the commands in the same write.
const SECRET_ROOM: usize = 64 * 1024;

/// The bytes to write next, and the step that they end with.
///
/// All bytes that a session writes form one stream, and a position in it shows what has been written:
/// the reply to a command is due once the stream is written up to the command's end.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// The number of chunks of BDAT whose end is in `bytes`.
    chunks: usize,
    /// The start of the last TLS record in `bytes`.
    last_record: usize,
    step: Option<Step>,
    holds_secret: bool,
    /// The length of a block that the caller writes itself.
    written_through: usize,
    /// The place of that block in `bytes`.
    block_at: usize,
    /// The position of the first byte of `bytes`: everything before it is written.
    written: u64,
    /// Whether a write failed, so that an unknown part of the bytes was written.
    is_interrupted: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, command: &Command<'_>, step: Step) {
        if command.is_secret() {
            // The capacity is reserved first: a vector that grows leaves a copy that is not wiped.
            self.bytes.reserve(SECRET_ROOM);
            self.holds_secret = true;
        }
        command.encode(&mut self.bytes);
        self.step = Some(step);
    }

    /// Adds content for DATA, with dot-stuffing.
    pub(super) fn push_lines(&mut self, block: &[u8], stuffing: &mut DotStuffing) {
        stuffing.push(block, &mut self.bytes);
        self.step = Some(Step::Content);
    }

    /// Adds content for BDAT, unchanged.
    pub(super) fn push_chunk(&mut self, block: &[u8]) {
        self.bytes.extend_from_slice(block);
        self.step = Some(Step::Content);
    }

    /// Counts a block that the caller writes itself, after the bytes so far.
    pub(super) fn write_through(&mut self, block: &[u8]) {
        self.written_through = block.len();
        self.block_at = self.bytes.len();
        self.step = Some(Step::Content);
    }

    /// Starts a new TLS record for the bytes that are added next.
    pub(super) fn begin_record(&mut self) {
        self.last_record = self.bytes.len();
    }

    /// Marks the end of the chunk as the step that the bytes end with.
    pub(super) fn end_chunk(&mut self) {
        self.step = Some(Step::EndOfData);
        self.chunks += 1;
    }

    /// Returns the number of chunks of BDAT that the bytes end.
    pub(super) fn chunks(&self) -> usize {
        self.chunks
    }

    /// Returns the bytes before the block, if there is one, and those after it.
    fn sides(&self) -> (&[u8], &[u8]) {
        let place = if self.written_through > 0 { self.block_at } else { self.bytes.len() };
        self.bytes.split_at_checked(place).unwrap_or((&self.bytes, &[]))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.sides().0
    }

    pub(super) fn flight(&self) -> Flight<'_> {
        let (before, after) = self.sides();
        let record_after = self.last_record.saturating_sub(before.len());
        Flight {
            step: self.step.unwrap_or(Step::Content),
            before: split(before, self.last_record),
            after: split(after, record_after),
        }
    }

    /// Returns the step that the bytes end with; `None` if there are none.
    pub(super) fn step(&self) -> Option<Step> {
        self.step
    }

    /// Whether more is collected before the bytes are written.
    pub(super) fn has_room(&self) -> bool {
        self.bytes.len() < FULL
    }

    /// Returns the position of the end of the bytes.
    pub(super) fn end(&self) -> u64 {
        self.written + (self.bytes.len() + self.written_through) as u64
    }

    /// Whether the server may have answered a command that ends at this position.
    pub(super) fn may_be_answered(&self, position: u64) -> bool {
        self.is_interrupted || self.is_written(position)
    }

    /// Whether the stream is written up to this position.
    pub(super) fn is_written(&self, position: u64) -> bool {
        position <= self.written
    }

    /// Whether the server may have received the stream up to this position. The last byte of a failed
    /// write was not written.
    pub(super) fn may_have_left(&self, position: u64) -> bool {
        self.is_written(position) || position < self.end()
    }

    /// Removes the first bytes, which are written.
    pub(super) fn advance(&mut self, count: usize) {
        let before = count.min(self.bytes().len());
        let of_block = (count - before).min(self.written_through);
        self.written_through -= of_block;
        self.block_at -= before.min(self.block_at);
        let after = match self.written_through {
            0 => (count - before - of_block).min(self.bytes.len() - before),
            _ => 0,
        };
        let of_bytes = before + after;
        self.written += (of_bytes + of_block) as u64;
        self.bytes.drain(..of_bytes);
        self.last_record = self.last_record.saturating_sub(of_bytes);
        if self.bytes.is_empty() && self.written_through == 0 {
            self.clear();
        }
    }

    /// Removes all bytes, which are written.
    pub(super) fn advance_to_end(&mut self) {
        self.written = self.end();
        self.clear();
    }

    /// Notes that a write failed.
    pub(super) fn interrupt(&mut self) {
        self.is_interrupted = true;
    }

    /// Removes the bytes, and wipes them if they hold a secret.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.holds_secret) {
            self.bytes.zeroize();
        }
        self.bytes.clear();
        self.chunks = 0;
        self.last_record = 0;
        self.written_through = 0;
        self.block_at = 0;
        self.step = None;
    }
}

/// Splits bytes at this place, if they are that long.
fn split(bytes: &[u8], at: usize) -> [&[u8]; 2] {
    bytes.split_at_checked(at).unwrap_or((bytes, &[])).into()
}

// Written by hand, because the derived output would print the bytes of a password.
impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbox({} bytes, {:?})", self.bytes.len(), self.step)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use mailer::Mechanism;

    use super::*;
    use crate::command::Base64;

    #[test]
    fn a_block_that_is_written_through_keeps_its_place() {
        let mut out = Outbox::default();
        out.push(&Command::Data, Step::Data);
        out.write_through(b"block");
        out.push(&Command::EndOfData, Step::EndOfData);
        out.begin_record();
        out.push(&Command::Quit, Step::Quit);
        let parts = |out: &Outbox| {
            let Flight { before, after, .. } = out.flight();
            [before, after].concat().iter().map(|it| String::from_utf8_lossy(it).into()).collect()
        };
        let all: Vec<String> = parts(&out);
        assert_eq!(all, ["DATA\r\n", "", ".\r\n", "QUIT\r\n"]);
        assert_eq!((out.bytes(), out.end()), (b"DATA\r\n".as_slice(), 20));
        for (count, left) in
            [(3, ["A\r\n", "", ".\r\n", "QUIT\r\n"]), (5, ["", "", ".\r\n", "QUIT\r\n"])]
        {
            out.advance(count);
            assert_eq!(parts(&out), left, "{count} bytes more");
        }
        // Three bytes of the block, and one of the dot's line.
        out.advance(4);
        assert_eq!(parts(&out), ["\r\n", "QUIT\r\n", "", ""]);
        assert_eq!((out.end(), out.is_written(12), out.is_written(13)), (20, true, false));
    }

    #[test]
    fn debug_shows_the_length_but_not_the_bytes() {
        let initial_response = Some(Base64::encode(b"\0tim\0tanstaaftanstaaf"));
        let mut out = Outbox::default();
        out.push(&Command::Auth { mechanism: Mechanism::Plain, initial_response }, Step::Auth);
        assert_eq!(format!("{out:?}"), "Outbox(41 bytes, Some(Auth))");
    }
}
