//! Reply codes that are about the connection rather than about a mail.

/// "Service not available, closing transmission channel" (RFC 5321 §4.2.2).
pub(super) const CLOSING: u16 = 421;
/// "Insufficient system storage" and, at MAIL, "too many mails on this connection" (RFC 5321
/// §4.2.2, §4.5.3.1.10).
pub(super) const TOO_MUCH: u16 = 452;
/// The enhanced code "bad connection" (RFC 3463 §3.5). Some servers send it with 451 after the
/// connection was idle for too long.
pub(super) const IDLE: &str = "4.4.2";
/// "Unrecognized authentication type" (RFC 4954 §4).
pub(super) const UNKNOWN_MECHANISM: u16 = 504;
