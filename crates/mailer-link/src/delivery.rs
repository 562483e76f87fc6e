//! Delivers forwarded bytes to their receiver, up to the byte after which the connection is cut.

use std::{
    io::{self, Write as _},
    time::{Duration, Instant},
};

use crate::{CutKind, Direction, acknowledgement::acknowledge, socket_pair::SocketPair};

/// How long a write waits for its receiver before it checks whether the connection has been cut.
const TICK: Duration = Duration::from_millis(50);

/// The receiving end of one direction.
pub(crate) struct Delivery<'a> {
    pair: &'a SocketPair<'a>,
    direction: Direction,
    /// The number of bytes to deliver before the connection is cut.
    left: Option<usize>,
}

impl<'a> Delivery<'a> {
    /// Cuts the connection at once if no byte of this direction may pass.
    pub(crate) fn new(pair: &'a SocketPair<'a>, direction: Direction) -> Self {
        // A receiver that does not read must not delay a cut.
        let _ = pair.receiver(direction).set_write_timeout(Some(TICK));
        let cut_after = pair.cut_after(direction);
        if cut_after == Some(0) {
            pair.sever();
        }
        let left = cut_after.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        Self { pair, direction, left }
    }

    /// Delivers bytes that the link has waited for since `since`, and returns whether to read more.
    pub(crate) fn deliver(&mut self, bytes: &[u8], since: Instant) -> bool {
        self.deliver_and_record(bytes, |delivery, bytes| delivery.record(bytes, since))
    }

    /// Delivers bytes that the server held back, on a path with delay.
    pub(crate) fn deliver_held(&mut self, bytes: &[u8]) -> bool {
        self.deliver_and_record(bytes, |delivery, bytes| {
            delivery.pair.record_held_by_server(bytes);
        })
    }

    fn deliver_and_record(&mut self, bytes: &[u8], record: impl FnOnce(&Self, &[u8])) -> bool {
        if let Some(kind) = self.pair.was_cut() {
            // The system would answer unread bytes with RST, so a closed connection is still read.
            return kind == CutKind::Close;
        }
        let bytes = bytes.get(..self.left.unwrap_or(usize::MAX)).unwrap_or(bytes);
        record(self, bytes);
        if !self.pair.path().is_direct() {
            // The receiver replies soon, and its bytes must not be acknowledged before the far end could.
            acknowledge(self.pair.receiver(self.direction), false);
        }
        // If the receiver has gone, it may have sent something before: the other direction still
        // forwards that and ends by itself.
        let written = self.write(bytes).is_ok();
        if self.direction == Direction::In && self.pair.answer_exceeds_limit() {
            self.pair.abandon();
            return false;
        }
        self.left = self.left.map(|left| left.saturating_sub(bytes.len()));
        if self.left == Some(0) {
            self.pair.sever();
        }
        self.pair.was_cut().map_or(written, |kind| kind == CutKind::Close)
    }

    fn record(&self, bytes: &[u8], since: Instant) {
        if self.direction == Direction::Out && !self.pair.path().is_direct() {
            return self.pair.record_at_server(self.direction, bytes);
        }
        self.pair.record_at_client(self.direction, bytes, since);
    }

    /// Writes all bytes, unless the connection is cut meanwhile.
    fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        let mut receiver = self.pair.receiver(self.direction);
        while !bytes.is_empty() {
            match receiver.write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(cause) if is_tick(&cause) && self.pair.was_cut().is_none() => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }
}

fn is_tick(cause: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(cause.kind(), Interrupted | TimedOut | WouldBlock)
}
