//! Runs sessions over a link to a server.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::{Mailer, Receipt, Security, Server, Timeouts};
use mailer_backends::Options;
use mailer_lab::embedded;
use mailer_link::{Connection, Cut, Link};
use mailer_server::{EmbeddedServer, StoredMail};
use mailer_tests::contender::Contender;

use crate::{
    messages::{self, REFUSED, TestMessage},
    promises::WINDOW,
};

/// How long the server may need to end the sessions of disconnected clients.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// A server with one link to it, for one session at a time.
pub(crate) struct Testbed {
    contender: Contender,
    options: Options,
    embedded: EmbeddedServer,
    link: Link,
    address: Server,
    sessions: u32,
}

/// The result of one session.
pub(crate) struct SessionResult {
    pub(crate) messages: Vec<TestMessage>,
    /// In the order in which they were settled.
    pub(crate) receipts: Vec<(u64, Receipt)>,
    pub(crate) stored: Vec<StoredMail>,
    pub(crate) connections: Vec<Connection>,
}

impl SessionResult {
    pub(crate) fn was_cut(&self) -> bool {
        self.connections.iter().any(|connection| connection.cut.is_some())
    }
}

impl Testbed {
    /// Starts the server and the link. With `joined`, AUTH and QUIT share flights with the messages.
    pub(crate) fn start(
        contender: Contender,
        mode: Security,
        joined: bool,
    ) -> Result<Self, Failed> {
        let mut config = embedded::config(mode);
        config.refused_recipients = vec![REFUSED.into()];
        config.keep_transcript = false;
        let embedded = EmbeddedServer::start(config)?;
        let link = Link::to([embedded.addr()]).start()?;
        let mut address = embedded::reach(&embedded, mode)?;
        address.connect_to = Some(link.addr());
        // A resumed session has fewer bytes than the session that measures where to cut.
        address.resumes_tls = false;
        address.tls_library = contender.library;
        let mut options = contender.options(joined);
        options.pipelining.window = WINDOW;
        Ok(Self { contender, options, embedded, link, address, sessions: 0 })
    }

    /// Sends the messages over a link with this cut, and waits until the server has ended its sessions.
    pub(crate) fn run(
        &mut self,
        cut: Option<Cut>,
        timeout: Duration,
    ) -> Result<SessionResult, Failed> {
        self.sessions += 1;
        let messages = messages::for_session(self.sessions);
        self.link.restart(cut);
        let mut receipts = Vec::new();
        let mut mailer = self.mailer(timeout)?;
        mailer.send_many(&mut messages.iter().map(|l| l.mail.clone()), &mut |number, receipt| {
            receipts.push((number, receipt.clone()));
        });
        // The result of QUIT does not matter.
        let _ = mailer.close();
        drop(mailer);
        let connections = self.link.restart(None);
        if !self.embedded.wait_for_sessions(TIME_LIMIT) {
            return Err("the server has not ended its sessions".into());
        }
        Ok(SessionResult { messages, receipts, stored: self.embedded.take_mails(), connections })
    }

    /// Opens a connection, and returns the bytes that pass before MAIL.
    pub(crate) fn opening(&self, timeout: Duration) -> Result<Connection, Failed> {
        self.mailer(timeout)?.open()?;
        let connections = self.link.restart(None);
        connections.into_iter().next().ok_or_else(|| "there was no connection".into())
    }

    fn mailer(&self, timeout: Duration) -> Result<Box<dyn Mailer>, Failed> {
        let mut address = self.address.clone();
        address.timeouts = Timeouts::all(timeout);
        Ok(self.contender.backend.make(&address, &self.options)?)
    }
}
