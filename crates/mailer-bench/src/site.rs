//! Where a workload is done: a server, and what it has stored.

mod apart;

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
};

use mailer::{Error, Security, Server};
use mailer_server::{EmbeddedServer, Store, StoredMail, Tally};
use serde::{Deserialize, Serialize};

use apart::Apart;
pub use apart::serve;
use mailer_lab::embedded;

/// A server for one contender.
pub struct Site {
    /// How it is reached.
    pub server: Server,
    witness: Witness,
}

/// Who tells what the server has stored.
enum Witness {
    Here(EmbeddedServer),
    Apart(Apart),
}

/// What a server keeps of the mails it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// How many they are, and a checksum.
    Tally,
    /// Also where each came from.
    Mails,
}

/// What a server has stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Mails in all.
    pub mails: u64,
    /// Octets of content in all.
    pub octets: u64,
    /// The sum of a checksum of each content.
    pub checksum: u64,
    /// The mails since the last time that somebody asked, if they are kept.
    pub arrived: Vec<Arrived>,
}

/// A mail that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// The connection it came by, from 1.
    pub session: u64,
    /// Whether somebody had logged in on it.
    pub authenticated: bool,
}

impl Site {
    /// A server in this process, on a port of the loopback.
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if it cannot be started.
    pub fn here(security: Security, keep: Keep) -> Result<Self, Error> {
        Self::here_on((Ipv4Addr::LOCALHOST, 0).into(), security, keep)
    }

    /// A server in this process that listens there.
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if it cannot be started.
    pub fn here_on(listen: SocketAddr, security: Security, keep: Keep) -> Result<Self, Error> {
        let (embedded, server) = embedded::start_on(listen, security, keep.store())?;
        Ok(Self { server, witness: Witness::Here(embedded) })
    }

    /// A server in a process of its own, so that what it does is not on the client's account. The
    /// command gets arguments behind those it has, which it must hand to [`serve`].
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if it cannot be started.
    pub fn apart(command: Command, security: Security, keep: Keep) -> Result<Self, Error> {
        let (apart, server) = Apart::start(command, security, keep)?;
        Ok(Self { server, witness: Witness::Apart(apart) })
    }

    /// What it has stored so far.
    ///
    /// # Errors
    /// [`mailer::Kind::Internal`] if it does not answer.
    pub fn stored(&mut self) -> Result<Stored, Error> {
        match &mut self.witness {
            Witness::Here(embedded) => Ok(Stored::of(embedded)),
            Witness::Apart(apart) => apart.stored(),
        }
    }
}

impl Keep {
    fn store(self) -> Store {
        match self {
            Self::Tally => Store::Count,
            Self::Mails => Store::Memory,
        }
    }
}

impl Stored {
    fn of(embedded: &EmbeddedServer) -> Self {
        let Tally { mails, octets, checksum } = embedded.stored();
        let arrived = embedded.take_mails().iter().map(Arrived::of).collect();
        Self { mails, octets, checksum, arrived }
    }
}

impl Arrived {
    fn of(mail: &StoredMail) -> Self {
        Self { session: mail.session, authenticated: mail.authenticated_as.is_some() }
    }
}
