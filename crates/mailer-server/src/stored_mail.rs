//! A message that the server has accepted.

use std::{path::PathBuf, sync::Arc};

/// A message that the server has accepted: its 250 was sent, or is about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredMail {
    /// The session that delivered it, from 1 in order of connection.
    pub session: u64,
    /// The reverse-path as the client sent it; None is the null reverse-path `<>`.
    pub sender: Option<String>,
    /// The accepted recipients, as the client sent them and in that order.
    pub recipients: Vec<String>,
    /// Whether MAIL had BODY=8BITMIME or BODY=BINARYMIME.
    pub body_8bit: bool,
    /// Whether MAIL had SMTPUTF8.
    pub smtputf8: bool,
    /// The user name with which the client had logged in.
    pub authenticated_as: Option<String>,
    /// Whether BDAT carried its content, rather than DATA.
    pub via_bdat: bool,
    /// The content byte for byte, after dot-unstuffing; empty unless the store is
    /// [`Store::Memory`](crate::Store::Memory).
    pub content: Arc<[u8]>,
    /// The size of the content in bytes, with any store.
    pub size: u64,
    /// The header of the content up to its empty line, if [`Config::keep_headers`](crate::Config::keep_headers)
    /// is set. Beyond 64 KiB it is cut.
    pub header: Arc<[u8]>,
    /// The file in the maildir, with [`Store::Maildir`](crate::Store::Maildir).
    pub file: Option<PathBuf>,
}
