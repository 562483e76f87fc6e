//! The bytes to write next.

use mailer::Step;
use zeroize::Zeroize;

use crate::{command::Command, dot_stuffing::DotStuffing};

/// Octets that are gathered before they are written: content leaves in blocks of this size.
pub(super) const BLOCK: usize = 64 * 1024;

/// What is written next, and what it ends with.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    step: Option<Step>,
    holds_secret: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, command: &Command<'_>, step: Step) {
        if command.is_secret() {
            // Room beforehand: growing would leave a copy behind that nobody wipes.
            self.bytes.reserve(BLOCK);
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

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
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
        self.step = None;
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.clear();
    }
}
