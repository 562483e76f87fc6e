//! The bytes to write next.

use std::fmt;

use mailer::Step;
use zeroize::Zeroize;

use crate::{command::Command, dot_stuffing::DotStuffing};

/// Octets that are gathered before they are written: content leaves in blocks of this size. Large
/// enough that system calls cost little, small enough to stay in the cache.
pub(super) const BLOCK: usize = 256 * 1024;
/// Octets of a line with a secret in it, at most (RFC 4954 §4), and of what it may share a write with.
const SECRET_ROOM: usize = 64 * 1024;

/// What is written next, and what it ends with.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// Where the last TLS record of them has to begin.
    last_record: usize,
    step: Option<Step>,
    holds_secret: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, command: &Command<'_>, step: Step) {
        if command.is_secret() {
            // Room beforehand: growing would leave a copy behind that nobody wipes.
            self.bytes.reserve(SECRET_ROOM);
            self.holds_secret = true;
        }
        command.encode(&mut self.bytes);
        self.step = Some(step);
    }

    /// Takes content as DATA wants it: dots stuffed.
    pub(super) fn push_lines(&mut self, block: &[u8], stuffing: &mut DotStuffing) {
        stuffing.push(block, &mut self.bytes);
        self.step = Some(Step::Content);
    }

    /// Takes content as BDAT wants it: as it is.
    pub(super) fn push_chunk(&mut self, block: &[u8]) {
        self.bytes.extend_from_slice(block);
        self.step = Some(Step::Content);
    }

    /// What is pushed from now on goes into a TLS record of its own.
    pub(super) fn begin_record(&mut self) {
        self.last_record = self.bytes.len();
    }

    /// The chunk is complete: what the bytes end with is its end.
    pub(super) fn end_chunk(&mut self) {
        self.step = Some(Step::EndOfData);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn records(&self) -> [&[u8]; 2] {
        self.bytes.split_at_checked(self.last_record).unwrap_or((&self.bytes, &[])).into()
    }

    /// What the bytes end with; `None` if there are none.
    pub(super) fn step(&self) -> Option<Step> {
        self.step
    }

    /// Octets that still fit into the block.
    pub(super) fn room(&self) -> usize {
        BLOCK.saturating_sub(self.bytes.len())
    }

    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.holds_secret) {
            self.bytes.zeroize();
        }
        self.bytes.clear();
        self.last_record = 0;
        self.step = None;
    }
}

// By hand: the bytes of a line of AUTH are a password, in decimals too.
impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbox({} octets, {:?})", self.bytes.len(), self.step)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use mailer::{Credentials, Mechanism};

    use super::*;
    use crate::auth::Exchange;

    #[test]
    fn debug_tells_how_much_there_is_and_not_what() {
        let credentials = Credentials::new("tim", "tanstaaftanstaaf").unwrap();
        let initial_response = Exchange::new(Mechanism::Plain, credentials).initial_response();
        let mut out = Outbox::default();
        out.push(&Command::Auth { mechanism: Mechanism::Plain, initial_response }, Step::Auth);
        assert_eq!(format!("{out:?}"), "Outbox(41 octets, Some(Auth))");
    }
}
