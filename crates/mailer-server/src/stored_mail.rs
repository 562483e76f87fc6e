//! A message that the server has accepted.

use std::{path::PathBuf, sync::Arc};

/// A mail that the server has taken: its 250 was sent, or is about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMail {
    /// The session it came by, from 1 in order of connection.
    pub session: u64,
    /// The reverse-path as it was sent; None is the null reverse-path `<>`.
    pub sender: Option<String>,
    /// The recipients that were accepted, as sent and in that order.
    pub recipients: Vec<String>,
    /// Whether MAIL said BODY=8BITMIME or BODY=BINARYMIME.
    pub body_8bit: bool,
    /// Whether MAIL said SMTPUTF8.
    pub smtputf8: bool,
    /// Who had logged in.
    pub authenticated_as: Option<String>,
    /// Whether its content came by BDAT rather than DATA.
    pub via_bdat: bool,
    /// Its content, dots unstuffed, octet for octet; empty unless it is kept in memory.
    pub content: Arc<[u8]>,
    /// How many octets its content has, kept or not.
    pub octets: u64,
    /// Its file in the maildir.
    pub file: Option<PathBuf>,
}
