//! The records of a scripted server: all bytes of each connection.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::transcript::Peer;

/// How many bytes of one write of the server are kept, because a flood would fill the memory.
const KEPT: usize = 4 * 1024;

/// The record of one connection.
///
/// Secrets are not masked, because tests search for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversation {
    /// The bytes in both directions in order of time, without the TLS handshake.
    pub transfers: Vec<Transfer>,
    /// The contents that [`Script::serve`](crate::Script::serve) received, in order.
    pub contents: Vec<ReceivedContent>,
    /// What the client sent instead of what the script expected, if it did.
    pub deviation: Option<String>,
}

/// Bytes that the client or the server sent together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer {
    /// The sender of the bytes.
    pub from: Peer,
    /// Whether they were sent through TLS.
    pub inside_tls: bool,
    /// The decrypted bytes. Only the first 4 KiB of a write of the server are kept.
    pub bytes: Vec<u8>,
}

/// The content of a message as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedContent {
    /// Whether BDAT carried it. After DATA its dots are still stuffed.
    pub by_bdat: bool,
    /// The bytes, without the final line of DATA.
    pub bytes: Vec<u8>,
}

impl Conversation {
    /// Returns all bytes that the client sent, inside TLS or without it.
    #[must_use]
    pub fn received(&self, inside_tls: bool) -> Vec<u8> {
        let by_client = self.transfers.iter().filter(|transfer| transfer.from == Peer::Client);
        let chosen = by_client.filter(|transfer| transfer.inside_tls == inside_tls);
        chosen.flat_map(|transfer| transfer.bytes.clone()).collect()
    }
}

/// The conversations of a server, one for each connection.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<Vec<Conversation>>);

impl Records {
    /// Begins a conversation, and returns its index.
    pub(crate) fn begin(&self) -> usize {
        let mut all = self.lock();
        all.push(Conversation::default());
        all.len() - 1
    }

    pub(crate) fn all(&self) -> Vec<Conversation> {
        self.lock().clone()
    }

    /// Changes the conversation with this index.
    pub(crate) fn write(&self, index: usize, write: impl FnOnce(&mut Conversation)) {
        if let Some(conversation) = self.lock().get_mut(index) {
            write(conversation);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Conversation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transfer {
    pub(crate) fn by_client(bytes: &[u8], inside_tls: bool) -> Self {
        Self { from: Peer::Client, inside_tls, bytes: bytes.to_vec() }
    }

    pub(crate) fn by_server(bytes: &[u8], inside_tls: bool) -> Self {
        let bytes = bytes.get(..KEPT).unwrap_or(bytes).to_vec();
        Self { from: Peer::Server, inside_tls, bytes }
    }
}
