//! Any other SMTP client as one more column of a comparison.
//!
//! It is a program that is run, with the [link](mod@mailer_link) between it and the embedded server.
//! What it says is told by the server, which sees inside TLS; when bytes went by, by the link.

mod client_times;
mod command;
mod folder;
pub mod process;
mod receipt;
mod transcript;

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use mailer::{Error, Kind, Mail, Mask, Outcome, Receipt, Server};
use mailer_server::{EmbeddedServer, Peer, TranscriptLine};

pub use command::{CommandLine, PLACEHOLDERS, fill};

use crate::observation::{Observation, Perspective};
use mailer_link::{Connection, Link, Path};
use process::ProgramRun;

/// How long the server may take to notice that the program is gone.
const GRACE: Duration = Duration::from_secs(2);

/// What a program is to send.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    /// What is to arrive.
    pub(crate) mail: &'a Mail,
    /// How often, if it can send more than one mail.
    pub(crate) mails: usize,
    /// The mail as a message, where it wants that as a file.
    pub(crate) content: &'a [u8],
    /// The path of its link.
    pub(crate) path: Path,
    /// Whether its link keeps the bytes that pass.
    pub(crate) keep_packets: bool,
}

/// Other programs, and what they need.
pub struct ExternalClients<'a> {
    /// What to run, one after another.
    pub commands: &'a [CommandLine],
    /// The server they are told to send to; it must keep its transcript.
    pub embedded: &'a EmbeddedServer,
    /// How long each may take before it is killed. Its children end with it in any case.
    pub limit: Duration,
}

impl ExternalClients<'_> {
    /// Runs one of them once, over a link of its own. How many mails it sends is its own affair.
    ///
    /// # Errors
    /// If the system gives no file and no link. What the program does wrong is in the receipt.
    pub(crate) fn observe(
        &self,
        command: &CommandLine,
        server: &Server,
        job: Job<'_>,
        interrupted: &AtomicBool,
    ) -> Result<Observation, Error> {
        let Job { mail, mails, content, path, keep_packets } = job;
        let fail =
            |what: &'static str| move |cause| Error::new(Kind::Internal, what).with_cause(cause);
        let folder =
            folder::folder(server, content).map_err(fail("cannot write files for the program"))?;
        let link = Link::to([self.embedded.addr()]).over(path).keep_packets(keep_packets);
        let link = link.start().map_err(fail("cannot start the link between client and server"))?;
        let (addr, folder) = (link.addr(), folder.path());
        let values = command::Values { addr, server, mail, mails, folder };
        let (words, variables) = (command.filled(&values), values.variables());
        let before = self.last_session();
        let started = Instant::now();
        let ran = process::run(process::command(&words, &variables), self.limit, interrupted);
        let ended = Instant::now();
        let connections = link.finish();
        // What it has left unfinished is told without its end.
        let _ = self.embedded.wait_for_sessions(GRACE);
        let mut lines = self.embedded.transcript();
        lines.retain(|line| line.session > before);
        let contents = contents_of(self.embedded, before);
        let seen = Seen { started, ended, connections, lines, contents, path };
        Ok(seen.session(command, server, mail, &ran))
    }

    fn last_session(&self) -> u64 {
        self.embedded.transcript().iter().map(|line| line.session).max().unwrap_or(0)
    }
}

/// The contents of the mails that came since, as they were stored.
fn contents_of(embedded: &EmbeddedServer, before: u64) -> Vec<Vec<u8>> {
    let mails = embedded.mails();
    let came = mails.iter().filter(|mail| mail.session > before);
    came.map(|mail| mail.content.to_vec()).collect()
}

/// What was seen of a program while it ran.
struct Seen {
    started: Instant,
    ended: Instant,
    connections: Vec<Connection>,
    lines: Vec<TranscriptLine>,
    contents: Vec<Vec<u8>>,
    path: Path,
}

impl Seen {
    fn session(
        self,
        command: &CommandLine,
        server: &Server,
        mail: &Mail,
        ran: &ProgramRun,
    ) -> Observation {
        let mask = Mask::new(server.credentials.as_ref());
        let mut events = transcript::events(&self, server.security);
        events.iter_mut().for_each(|event| event.mask(&mask));
        // Its time begins when it connects; to start it is the making of it.
        let first = self.connections.first().map(|connection| connection.accepted);
        let bursts = self.connections.iter().flat_map(|connection| &connection.bursts);
        let last = bursts.map(|burst| burst.last).chain(events.iter().map(|event| event.at)).max();
        let output = mask.apply(ran.output.clone());
        let mut receipts = receipt::receipts(&events, mail, || ran.failure(&output)).into_iter();
        let receipt = receipts.next().unwrap_or_else(|| Receipt::not_sent(ran.failure(&output)));
        Observation {
            backend: command.name().into(),
            flow: None,
            measured_only: false,
            security: server.security,
            setup_time: first.unwrap_or(self.ended).saturating_duration_since(self.started),
            started: first.unwrap_or(self.started),
            ended: last.unwrap_or(self.ended),
            closing: ran.status_failure(&output).filter(|_| receipt.outcome != Outcome::NotSent),
            receipt,
            further: receipts.collect(),
            events,
            perspective: Perspective::Server,
            path: self.path,
            connections: Some(self.connections).filter(|all| !all.is_empty()),
        }
    }

    /// The lines of each session, with the connection they came by.
    fn dialogues(&self) -> impl Iterator<Item = (&Connection, Vec<&TranscriptLine>)> {
        let mut sessions: Vec<u64> = self.lines.iter().map(|line| line.session).collect();
        sessions.dedup();
        let reached = self.connections.iter().filter(|connection| connection.reached.is_some());
        reached.zip(sessions).map(|(connection, session)| {
            let said = |line: &&TranscriptLine| line.session == session && !is_note(line);
            (connection, self.lines.iter().filter(said).collect())
        })
    }
}

/// What the server notes of a connection and nobody said.
fn is_note(line: &TranscriptLine) -> bool {
    line.from == Peer::Server && line.text.starts_with('(')
}
