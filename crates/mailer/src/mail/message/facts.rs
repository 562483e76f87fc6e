//! The properties of a message that MAIL announces.

use crate::{
    Error, Kind, Step,
    mail::{header::Header, scan::Scan},
};

/// The properties that MAIL announces: SIZE, BODY and SMTPUTF8; and whether dots have to be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) size: u64,
    pub(super) is_8bit: bool,
    pub(super) has_utf8_header: bool,
    /// Whether a line may start with a dot.
    pub(super) may_have_dot_lines: bool,
}

impl Facts {
    /// Returns the facts of a message, whose bytes were scanned.
    pub(super) fn new(scan: &Scan, header: &Header) -> Self {
        Self {
            size: scan.canonical_size(),
            is_8bit: scan.is_8bit,
            has_utf8_header: header.is_utf8(),
            may_have_dot_lines: scan.has_dot_lines,
        }
    }

    /// Whether the bytes with this scan may be sent after these facts were announced.
    pub(super) fn allow(&self, scan: &Scan) -> bool {
        !scan.has_nul
            && (self.is_8bit || !scan.is_8bit)
            && (self.may_have_dot_lines || !scan.has_dot_lines)
    }
}

/// Refuses a message with a NUL, which servers need not accept (RFC 5321 §4.5.2).
pub(super) fn refuse_nul(scan: &Scan) -> Result<(), Error> {
    if !scan.has_nul {
        return Ok(());
    }
    Err(Error::new(Kind::Message, "the message has a NUL character")
        .with_step(Step::Prepare)
        .with_hint("send such bytes as an attachment, which is encoded"))
}
