//! Content on its way into the store, and what can be wrong with it.

use std::io;

use memchr::memchr2_iter;

use crate::{
    reply::{self, Reply},
    store::{Content, MailStore},
};

/// Watches line ends in chunks (BDAT), where nothing else is looked at.
#[derive(Debug, Default)]
pub(crate) struct LineEnds {
    after_cr: bool,
    bare: bool,
}

impl LineEnds {
    pub(crate) fn watch(&mut self, octets: &[u8]) {
        for at in memchr2_iter(b'\r', b'\n', octets) {
            let before = at.checked_sub(1);
            let after_cr = before.map_or(self.after_cr, |at| octets.get(at) == Some(&b'\r'));
            match octets.get(at) {
                Some(b'\n') => self.bare |= !after_cr,
                // A CR is bare if anything but LF follows: seen from what follows, or at the end.
                _ => self.bare |= octets.get(at + 1).is_some_and(|next| *next != b'\n'),
            }
        }
        if let Some(first) = octets.first() {
            self.bare |= self.after_cr && *first != b'\n';
            self.after_cr = octets.ends_with(b"\r");
        }
    }

    /// Whether a CR or LF stood alone, now that all was seen.
    pub(crate) fn has_bare(&self) -> bool {
        self.bare || self.after_cr
    }
}

/// Content on its way into the store; once something is wrong the rest is only read.
#[derive(Debug)]
pub(crate) struct ContentSink {
    content: Result<Content, Reply>,
    received: u64,
    limit: Option<u64>,
}

impl ContentSink {
    pub(crate) fn new(store: &MailStore, limit: Option<u64>) -> Self {
        let content = store.begin().map_err(|_| reply::STORE_FAILED);
        Self { content, received: 0, limit }
    }

    pub(crate) fn write(&mut self, octets: &[u8]) {
        self.received += octets.len() as u64;
        if self.limit.is_some_and(|limit| self.received > limit) {
            return self.refuse(reply::TOO_BIG);
        }
        let written: io::Result<()> = match &mut self.content {
            Ok(content) => content.write(octets),
            Err(_) => return,
        };
        if written.is_err() {
            self.refuse(reply::STORE_FAILED);
        }
    }

    /// The first reason counts.
    pub(crate) fn refuse(&mut self, reason: Reply) {
        if self.content.is_ok() {
            self.content = Err(reason);
        }
    }

    /// Why it will not be stored, if so.
    pub(crate) fn refusal(&self) -> Option<&Reply> {
        self.content.as_ref().err()
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    pub(crate) fn finish(self) -> Result<Content, Reply> {
        self.content
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_are_watched_across_their_borders(input in "[\r\na]{0,30}", pieces in 1_usize..10) {
            let mut ends = LineEnds::default();
            input.as_bytes().chunks(pieces).for_each(|c| ends.watch(c));
            let bare = input.replace("\r\n", "").contains(['\r', '\n']);
            prop_assert_eq!(ends.has_bare(), bare);
        }
    }
}
