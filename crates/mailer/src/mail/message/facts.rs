//! The properties of a message that MAIL announces.

use memchr::memchr;

use crate::{Error, Kind, Step, mail::header::Header};

/// The properties that MAIL announces: SIZE, BODY and SMTPUTF8.
#[derive(Clone, Copy, Default)]
pub(super) struct Facts {
    pub(super) size: u64,
    pub(super) is_8bit: bool,
    pub(super) has_utf8_header: bool,
}

impl Facts {
    pub(super) fn from_canonical(message: &[u8]) -> Self {
        let mut header = Header::default();
        header.add(message);
        Self {
            size: message.len() as u64,
            is_8bit: !message.is_ascii(),
            has_utf8_header: header.is_utf8(),
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
        Some(_) => Err(Error::new(Kind::Message, "the message has a NUL character")
            .with_step(Step::Prepare)
            .with_hint("send such bytes as an attachment, which is encoded")),
    }
}
