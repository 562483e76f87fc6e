//! The line end of a rendered message.

/// The line end of messages (RFC 5322 §2.3).
pub(super) const CRLF: &str = "\r\n";
