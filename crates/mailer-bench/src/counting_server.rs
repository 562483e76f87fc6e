//! The embedded server of a measurement, with totals of what it has stored.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use mailer::{Error, Mechanism, Security, Server};
use mailer_lab::embedded;
use mailer_server::{EmbeddedServer, Store};
use serde::{Deserialize, Serialize};

use crate::usage::{self, Cpu};

/// What a server has stored and used since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredTotals {
    /// The number of messages.
    pub messages: u64,
    /// The bytes of content of all messages.
    pub bytes: u64,
    /// The wrapping sum of a checksum of each message's content.
    pub checksum: u64,
    /// The recipients of all messages.
    pub recipients: u64,
    /// The messages of clients that had logged in.
    pub authenticated: u64,
    /// The number of the latest connection that a message came over, from 1.
    pub last_connection: u64,
    /// The TLS handshakes that resumed a session.
    pub resumed: u64,
    /// The CPU time of the server's process.
    pub cpu: Option<Cpu>,
    /// The peak memory of the server's process, in bytes.
    pub peak_memory: Option<u64>,
}

/// An embedded server that keeps no message, only totals.
pub(crate) struct CountingServer {
    embedded: EmbeddedServer,
    seen: Arc<Seen>,
}

/// What the embedded server does not count itself.
#[derive(Default)]
struct Seen {
    recipients: AtomicU64,
    authenticated: AtomicU64,
    last_connection: AtomicU64,
}

impl CountingServer {
    /// Starts a server at this address that offers this mechanism as well; returns it and how to reach it.
    pub(crate) fn start(
        listen: SocketAddr,
        security: Security,
        mechanism: Option<Mechanism>,
    ) -> Result<(Self, Server), Error> {
        let seen = Arc::new(Seen::default());
        let hook = Arc::clone(&seen);
        let mut config = embedded::config_offering(security, mechanism)
            .with_listen(listen)
            .with_store(Store::Count)
            .with_on_mail(move |mail| {
                let authenticated = u64::from(mail.authenticated_as.is_some());
                hook.recipients.fetch_add(mail.recipients.len() as u64, Ordering::Relaxed);
                hook.authenticated.fetch_add(authenticated, Ordering::Relaxed);
                hook.last_connection.fetch_max(mail.session, Ordering::Relaxed);
            });
        config.keep_transcript = false;
        let (embedded, server) = embedded::start_with(config, security)?;
        Ok((Self { embedded, seen }, server))
    }

    pub(crate) fn totals(&self) -> StoredTotals {
        let tally = self.embedded.stored();
        StoredTotals {
            messages: tally.mails,
            bytes: tally.bytes,
            checksum: tally.checksum,
            recipients: self.seen.recipients.load(Ordering::Relaxed),
            authenticated: self.seen.authenticated.load(Ordering::Relaxed),
            last_connection: self.seen.last_connection.load(Ordering::Relaxed),
            resumed: self.embedded.resumed_sessions(),
            cpu: usage::cpu(),
            peak_memory: usage::peak_memory(),
        }
    }
}
