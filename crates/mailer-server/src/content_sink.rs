//! Writes content into the store, and checks it on the way.

use std::io;

use memchr::memchr2_iter;

use crate::{
    reply::{self, Reply},
    store::{Content, MailStore},
};

/// Looks for bare line ends in the chunks of BDAT.
#[derive(Debug, Default)]
pub(crate) struct LineEnds {
    after_cr: bool,
    bare: bool,
}

impl LineEnds {
    pub(crate) fn watch(&mut self, bytes: &[u8]) {
        for at in memchr2_iter(b'\r', b'\n', bytes) {
            let before = at.checked_sub(1);
            let after_cr = before.map_or(self.after_cr, |at| bytes.get(at) == Some(&b'\r'));
            match bytes.get(at) {
                Some(b'\n') => self.bare |= !after_cr,
                // A CR is bare if anything but LF follows. At the end of a chunk the next one decides.
                _ => self.bare |= bytes.get(at + 1).is_some_and(|next| *next != b'\n'),
            }
        }
        if let Some(first) = bytes.first() {
            self.bare |= self.after_cr && *first != b'\n';
            self.after_cr = bytes.ends_with(b"\r");
        }
    }

    /// Returns whether the whole content has a CR or LF that is not part of a CRLF.
    pub(crate) fn has_bare(&self) -> bool {
        self.bare || self.after_cr
    }
}

/// Content under way into the store. After the first problem the rest is read and discarded.
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

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        if self.limit.is_some_and(|limit| self.received > limit) {
            return self.refuse(reply::TOO_BIG);
        }
        let written: io::Result<()> = match &mut self.content {
            Ok(content) => content.write(bytes),
            Err(_) => return,
        };
        if written.is_err() {
            self.refuse(reply::STORE_FAILED);
        }
    }

    /// Refuses the content. Only the first reason counts.
    pub(crate) fn refuse(&mut self, reason: Reply) {
        if self.content.is_ok() {
            self.content = Err(reason);
        }
    }

    /// Returns why the content will not be stored, if it was refused.
    pub(crate) fn refusal(&self) -> Option<&Reply> {
        self.content.as_ref().err()
    }

    /// Returns the content so far, if it is kept in memory.
    pub(crate) fn in_memory(&self) -> &[u8] {
        self.content.as_ref().map(Content::in_memory).unwrap_or_default()
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
        fn bare_line_ends_are_found_across_chunk_boundaries(input in "[\r\na]{0,30}", pieces in 1_usize..10) {
            let mut ends = LineEnds::default();
            input.as_bytes().chunks(pieces).for_each(|c| ends.watch(c));
            let bare = input.replace("\r\n", "").contains(['\r', '\n']);
            prop_assert_eq!(ends.has_bare(), bare);
        }
    }
}
