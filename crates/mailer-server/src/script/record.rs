//! What was said on each connection, every octet of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::transcript::Peer;

/// Octets kept of one write of the server's own: floods are known to the script.
const KEPT: usize = 4 * 1024;

/// What was said on one connection.
///
/// Nothing is masked: it is for tests that look for secrets where they must not be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// In the order of time; the TLS handshake is left out.
    pub said: Vec<Said>,
    /// The contents that were taken while the script only served, in their order.
    pub contents: Vec<Taken>,
    /// What the client said in place of what the script expected.
    pub deviation: Option<String>,
}

/// Octets that came or went together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who said them.
    pub from: Peer,
    /// Whether they went through TLS.
    pub inside_tls: bool,
    /// The octets, decrypted; of the server's own the first few thousand.
    pub octets: Vec<u8>,
}

/// A content as it was on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Whether it came by BDAT; else its dots are still doubled.
    pub by_bdat: bool,
    /// The octets, without the dot line at the end.
    pub octets: Vec<u8>,
}

impl Conversation {
    /// All that the client said, in the clear or inside TLS.
    #[must_use]
    pub fn heard(&self, inside_tls: bool) -> Vec<u8> {
        let meant = self.said.iter().filter(|s| s.from == Peer::Client);
        meant.filter(|s| s.inside_tls == inside_tls).flat_map(|s| s.octets.clone()).collect()
    }
}

/// The conversations of a server, one for each connection.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<Vec<Conversation>>);

impl Records {
    /// Begins another, and tells its place.
    pub(crate) fn begin(&self) -> usize {
        let mut all = self.lock();
        all.push(Conversation::default());
        all.len() - 1
    }

    pub(crate) fn all(&self) -> Vec<Conversation> {
        self.lock().clone()
    }

    /// Writes into the conversation of this place.
    pub(crate) fn write(&self, place: usize, write: impl FnOnce(&mut Conversation)) {
        if let Some(conversation) = self.lock().get_mut(place) {
            write(conversation);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Conversation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Said {
    pub(crate) fn by_client(octets: &[u8], inside_tls: bool) -> Self {
        Self { from: Peer::Client, inside_tls, octets: octets.to_vec() }
    }

    pub(crate) fn by_server(octets: &[u8], inside_tls: bool) -> Self {
        let octets = octets.get(..KEPT).unwrap_or(octets).to_vec();
        Self { from: Peer::Server, inside_tls, octets }
    }
}
