//! An open transaction.

use crate::{
    content_sink::{ContentSink, LineEnds},
    reply::{self, Reply},
};

/// An open transaction: from MAIL to the reply to its content.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) sender: Option<String>,
    pub(crate) recipients: Vec<String>,
    pub(crate) body_8bit: bool,
    pub(crate) body_binary: bool,
    pub(crate) smtputf8: bool,
    pub(crate) via_bdat: bool,
    /// The content so far, after the first chunk.
    pub(crate) chunks: Option<Chunks>,
}

/// Content that arrived in chunks so far.
#[derive(Debug)]
pub(crate) struct Chunks {
    pub(crate) sink: ContentSink,
    pub(crate) line_ends: LineEnds,
}

impl Transaction {
    /// Returns the envelope as lines of commands.
    pub(crate) fn envelope_lines(&self) -> String {
        let sender = self.sender.as_deref().unwrap_or_default();
        let recipients = self.recipients.iter().map(|to| format!("RCPT TO:<{to}>\r\n"));
        format!("MAIL FROM:<{sender}>\r\n") + &recipients.collect::<String>()
    }

    /// Checks that DATA is allowed now.
    ///
    /// # Errors
    /// The reply that refuses it.
    pub(crate) fn check_data(&self) -> Result<(), Reply> {
        if self.chunks.is_some() {
            return Err(reply::BDAT_BEGUN);
        }
        if self.recipients.is_empty() {
            return Err(reply::RECIPIENT_FIRST);
        }
        // RFC 3030 §3
        if self.body_binary { Err(reply::BINARY_NEEDS_BDAT) } else { Ok(()) }
    }

    /// Checks that a chunk is allowed now.
    ///
    /// # Errors
    /// The reply that refuses it.
    pub(crate) fn check_chunk(&self) -> Result<(), Reply> {
        if self.recipients.is_empty() { Err(reply::RECIPIENT_FIRST) } else { Ok(()) }
    }
}
