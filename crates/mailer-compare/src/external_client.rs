//! External SMTP clients, each as one more column of a comparison.
//!
//! An external client is a program that is run with the [link](mailer_link) between it and the embedded
//! server. The server's transcript, which sees inside TLS, supplies the dialogue; the link supplies the
//! times at which bytes passed.

mod client_times;
mod command;
mod folder;
pub mod process;
mod receipt;
mod recording;
mod transcript;

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use mailer::{Error, Kind, Mail, Mask, Outcome, Receipt, Server};
use mailer_link::{Link, Path};
use mailer_server::EmbeddedServer;

pub use command::{CommandLine, CommandLineError, PLACEHOLDERS, fill};
pub use process::remove_secrets;

use self::{process::ProgramRun, recording::Recording};
use crate::observation::{Observation, Perspective};

/// How long the server may take to notice that the program has ended.
const GRACE: Duration = Duration::from_secs(2);

/// What an external client is to send, and over which path.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    /// The server, as the backends reach it.
    pub(crate) server: &'a Server,
    /// The mail that is to arrive.
    pub(crate) mail: &'a Mail,
    /// How often, if the client can send more than one mail.
    pub(crate) mails: usize,
    /// The mail as a message, for clients that read it from a file.
    pub(crate) content: &'a [u8],
    /// The path to the server.
    pub(crate) path: Path,
    /// Whether the link keeps the bytes that pass.
    pub(crate) keep_packets: bool,
}

/// External clients, and the server that they send to.
#[derive(Clone, Debug)]
pub struct ExternalClients<'a> {
    /// The commands to run, one after another.
    pub commands: &'a [CommandLine],
    /// The server that they send to. It must keep its transcript.
    pub embedded: &'a EmbeddedServer,
    /// The time after which a client is killed. Its children end with it in any case.
    pub limit: Duration,
}

impl ExternalClients<'_> {
    /// Runs one client once, over a link of its own. How many mails it sends is up to the client.
    ///
    /// # Errors
    /// If the system provides no file or no link. What the client does wrong is in the receipt.
    pub(crate) fn observe(
        &self,
        command: &CommandLine,
        job: Job<'_>,
        interrupted: &AtomicBool,
    ) -> Result<Observation, Error> {
        let fail =
            |what: &'static str| move |cause| Error::new(Kind::Internal, what).with_cause(cause);
        let folder = folder::create(job.server, job.content)
            .map_err(fail("cannot write files for the program"))?;
        let link = Link::to([self.embedded.addr()]).over(job.path).keep_packets(job.keep_packets);
        let link = link.client_delays_acks(true);
        let link = link.start().map_err(fail("cannot start the link between client and server"))?;
        let values = command::Values {
            addr: link.addr(),
            server: job.server,
            mail: job.mail,
            mails: job.mails,
            folder: folder.path(),
        };
        let (words, variables) = (command.filled(&values), values.variables());
        let before = self.last_session();
        let started = Instant::now();
        let run = process::run(process::command(&words, &variables), self.limit, interrupted);
        let ended = Instant::now();
        let connections = link.finish();
        // A session that the program left open is shown without its end.
        let _ = self.embedded.wait_for_sessions(GRACE);
        let mut lines = self.embedded.transcript();
        lines.retain(|line| line.session > before);
        let contents = contents_since(self.embedded, before);
        let recording = Recording { started, ended, connections, lines, contents, path: job.path };
        Ok(observation(recording, command, job, &run))
    }

    fn last_session(&self) -> u64 {
        self.embedded.transcript().iter().map(|line| line.session).max().unwrap_or(0)
    }
}

/// Returns the contents of the mails that were stored in later sessions.
fn contents_since(embedded: &EmbeddedServer, before: u64) -> Vec<Vec<u8>> {
    let mails = embedded.mails();
    let later = mails.iter().filter(|mail| mail.session > before);
    later.map(|mail| mail.content.to_vec()).collect()
}

fn observation(
    recording: Recording,
    command: &CommandLine,
    job: Job<'_>,
    run: &ProgramRun,
) -> Observation {
    let mask = Mask::new(job.server.credentials.as_ref());
    let mut events = transcript::events(&recording, job.server.security);
    events.iter_mut().for_each(|event| event.mask(&mask));
    // The measured time begins when the program connects; until then it is set up.
    let connected = recording.connected();
    let last = recording.last_byte().max(events.iter().map(|event| event.at).max());
    let output = mask.apply(run.output.clone());
    let mut receipts = receipt::receipts(&events, job.mail, || run.failure(&output)).into_iter();
    let first = receipts.next().unwrap_or_else(|| Receipt::not_sent(run.failure(&output)));
    let setup_end = connected.unwrap_or(recording.ended);
    Observation {
        setup_time: setup_end.saturating_duration_since(recording.started),
        started: connected.unwrap_or(recording.started),
        ended: last.unwrap_or(recording.ended),
        closing: run.status_failure(&output).filter(|_| first.outcome != Outcome::NotSent),
        further: receipts.collect(),
        events,
        perspective: Perspective::Server,
        path: recording.path,
        connections: Some(recording.connections).filter(|all| !all.is_empty()),
        ..Observation::new(command.name(), job.server.security, first)
    }
}
