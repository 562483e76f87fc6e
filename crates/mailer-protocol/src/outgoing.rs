//! A mail as the protocol sees it.

use std::sync::Arc;

use mailer::{Envelope, Message};

/// A mail as the protocol sees it: the envelope, and the properties of the content that MAIL declares.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The sender and the recipients.
    pub envelope: Arc<Envelope>,
    /// The length of the content in bytes, before dot-stuffing. Exactly this many bytes must follow: see
    /// [`Session::content`](crate::Session::content).
    pub size: u64,
    /// Whether the content has bytes beyond ASCII, so that it needs 8BITMIME (RFC 6152).
    pub is_8bit: bool,
    /// Whether the header has bytes beyond ASCII, so that it needs SMTPUTF8 (RFC 6531).
    pub has_utf8_header: bool,
    /// Whether a line of the content may start with a dot. If it is false, content for DATA is not examined.
    pub may_have_dot_lines: bool,
    /// Whether the mail was offered on another connection before. It is then not offered again.
    pub offered_before: bool,
}

impl Outgoing {
    /// Creates the description of this message in this envelope, offered for the first time.
    #[must_use]
    pub fn new(envelope: Arc<Envelope>, message: &Message) -> Self {
        Self {
            size: message.size(),
            is_8bit: message.is_8bit(),
            has_utf8_header: message.has_utf8_header(),
            may_have_dot_lines: message.may_have_dot_lines(),
            ..Self::empty(envelope)
        }
    }

    /// Creates the description of a mail without content, offered for the first time.
    #[must_use]
    pub fn empty(envelope: Arc<Envelope>) -> Self {
        Self {
            envelope,
            size: 0,
            is_8bit: false,
            has_utf8_header: false,
            may_have_dot_lines: true,
            offered_before: false,
        }
    }
}
