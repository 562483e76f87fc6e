//! A mail under way.

use crate::{
    content_sink::{ContentSink, LineEnds},
    reply::{self, Reply},
};

/// A mail under way.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) sender: Option<String>,
    pub(crate) recipients: Vec<String>,
    pub(crate) body_8bit: bool,
    pub(crate) body_binary: bool,
    pub(crate) smtputf8: bool,
    pub(crate) via_bdat: bool,
    /// There once a chunk was taken.
    pub(crate) chunks: Option<Chunks>,
}

/// What BDAT has brought so far.
#[derive(Debug)]
pub(crate) struct Chunks {
    pub(crate) sink: ContentSink,
    pub(crate) line_ends: LineEnds,
}

impl Transaction {
    /// Why DATA may not come now, if so.
    pub(crate) fn may_take_data(&self) -> Result<(), Reply> {
        if self.chunks.is_some() {
            return Err(reply::BDAT_BEGUN);
        }
        if self.recipients.is_empty() {
            return Err(reply::RECIPIENT_FIRST);
        }
        // RFC 3030 §3
        if self.body_binary { Err(reply::BINARY_NEEDS_BDAT) } else { Ok(()) }
    }

    /// Why a chunk cannot be taken now, if so.
    pub(crate) fn may_take_chunk(&self) -> Result<(), Reply> {
        if self.recipients.is_empty() { Err(reply::RECIPIENT_FIRST) } else { Ok(()) }
    }
}
