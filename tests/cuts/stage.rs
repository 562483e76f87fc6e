//! A server and the way to it, on which one session after another is played.

use std::time::Duration;

use libtest_mimic::Failed;
use mailer::{Mailer, Receipt, Security, Server, Timeouts};
use mailer_backends::Options;
use mailer_lab::embedded;
use mailer_link::{Connection, Cut, Link};
use mailer_server::{EmbeddedServer, StoredMail};
use mailer_tests::contender::Contender;

use crate::{
    letters::{self, Letter, REFUSED},
    promises::WINDOW,
};

/// How long the server may take to finish with clients that are gone.
const BOUND: Duration = Duration::from_secs(20);

/// A server that nobody else uses meanwhile.
pub(crate) struct Stage {
    contender: Contender,
    options: Options,
    embedded: EmbeddedServer,
    link: Link,
    way: Server,
    sessions: u32,
}

/// What came of one session.
pub(crate) struct Seen {
    pub(crate) letters: Vec<Letter>,
    /// As they were settled.
    pub(crate) receipts: Vec<(u64, Receipt)>,
    pub(crate) stored: Vec<StoredMail>,
    pub(crate) connections: Vec<Connection>,
}

impl Seen {
    pub(crate) fn was_cut(&self) -> bool {
        self.connections.iter().any(|connection| connection.cut.is_some())
    }
}

impl Stage {
    /// With `joined`, AUTH and QUIT share flights with the letters.
    pub(crate) fn set(contender: Contender, mode: Security, joined: bool) -> Result<Self, Failed> {
        let mut config = embedded::config(mode);
        config.refused_recipients = vec![REFUSED.into()];
        config.keep_transcript = false;
        let embedded = EmbeddedServer::start(config)?;
        let link = Link::to([embedded.addr()]).start()?;
        let mut way = embedded::reach(&embedded, mode)?;
        way.connect_to = Some(link.addr());
        let mut options = contender.options(joined);
        options.pipelining.window = WINDOW;
        Ok(Self { contender, options, embedded, link, way, sessions: 0 })
    }

    /// Sends the letters over a link that is cut like this, and waits until the server has finished
    /// with all that came.
    pub(crate) fn play(&mut self, cut: Option<Cut>, patience: Duration) -> Result<Seen, Failed> {
        self.sessions += 1;
        let letters = letters::of_session(self.sessions);
        self.link.restart(cut);
        let mut receipts = Vec::new();
        let mut mailer = self.mailer(patience)?;
        mailer.send_many(&mut letters.iter().map(|l| l.mail.clone()), &mut |number, receipt| {
            receipts.push((number, receipt.clone()));
        });
        // What becomes of QUIT changes nothing.
        let _ = mailer.close();
        drop(mailer);
        let connections = self.link.restart(None);
        if !self.embedded.wait_for_sessions(BOUND) {
            return Err("the server has not finished with its clients".into());
        }
        Ok(Seen { letters, receipts, stored: self.embedded.take_mails(), connections })
    }

    /// The octets that pass until the server would take MAIL.
    pub(crate) fn opening(&self, patience: Duration) -> Result<Connection, Failed> {
        self.mailer(patience)?.open()?;
        let connections = self.link.restart(None);
        connections.into_iter().next().ok_or_else(|| "nobody came".into())
    }

    fn mailer(&self, patience: Duration) -> Result<Box<dyn Mailer>, Failed> {
        let mut way = self.way.clone();
        way.timeouts = Timeouts::all(patience);
        Ok(self.contender.backend.make(&way, &self.options)?)
    }
}
