//! The properties of a message that MAIL announces.

use memchr::memchr;

use crate::{
    Error, Kind, Step,
    mail::{header::Header, scan::Scan},
};

/// The properties that MAIL announces: SIZE, BODY and SMTPUTF8; and whether dots have to be looked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Facts {
    pub(super) size: u64,
    pub(super) is_8bit: bool,
    pub(super) has_utf8_header: bool,
    /// Whether a line may start with a dot.
    pub(super) may_have_dot_lines: bool,
}

impl Facts {
    /// Returns the facts of a message in canonical form; the bytes that it was made of were scanned.
    pub(super) fn from_canonical(message: &[u8], scan: &Scan) -> Self {
        let mut header = Header::default();
        // The header matters only if it has bytes beyond ASCII.
        if scan.is_8bit {
            header.add(message);
        }
        Self {
            size: message.len() as u64,
            is_8bit: scan.is_8bit,
            has_utf8_header: header.is_utf8(),
            may_have_dot_lines: scan.has_dot_lines,
        }
    }

    /// Whether this block may be sent after these facts were announced.
    pub(super) fn allow(&self, block: &[u8]) -> bool {
        memchr(0, block).is_none() && (self.is_8bit || block.is_ascii())
    }
}

/// Refuses a block with a NUL, which servers need not accept (RFC 5321 §4.5.2).
pub(super) fn refuse_nul(block: &[u8]) -> Result<(), Error> {
    match memchr(0, block) {
        None => Ok(()),
        Some(_) => Err(has_nul()),
    }
}

/// Returns the error for a message with a NUL.
pub(super) fn has_nul() -> Error {
    Error::new(Kind::Message, "the message has a NUL character")
        .with_step(Step::Prepare)
        .with_hint("send such bytes as an attachment, which is encoded")
}
