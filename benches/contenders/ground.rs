//! Where clients run: one server and one link for all of them, and what both saw of a run.

use std::{
    path::Path,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use mailer::{Security, Server};
use mailer_bench::{load::high_water, workload};
use mailer_compare::other::process;
use mailer_link::{Connection, Link};
use mailer_server::Tally;
use tempfile::TempDir;

use super::{
    Outcome,
    arguments::Settings,
    asked::{self, Task},
    clients::Client,
    in_words,
    witness::Witness,
};

/// Nobody ends a client before its time: Ctrl-C ends the bench, and its link with it.
static NEVER: AtomicBool = AtomicBool::new(false);

/// What a client may take for a run.
const LIMIT: Duration = Duration::from_secs(300);

pub(super) struct Ground {
    link: Link,
    server: Server,
    witness: Option<Witness>,
    message: Vec<u8>,
    folder: TempDir,
}

/// What was seen of a run.
pub(super) struct Seen {
    pub(super) connection: Connection,
    /// When the server had each mail; nothing of a server that is not ours.
    pub(super) had: Vec<Instant>,
    /// CPU time of the client from its start to its end, where the system tells.
    pub(super) cpu: Option<Duration>,
    /// The most memory that the client had in RAM at once, in bytes, where it tells.
    pub(super) memory: Option<u64>,
}

impl Ground {
    pub(super) fn prepare(settings: &Settings, round_trip: Duration) -> Outcome<Self> {
        let message = workload::content(settings.octets);
        let (witness, mut server) = match settings.server {
            None => {
                let (witness, server) = Witness::start(settings.security, message.len())?;
                (Some(witness), server)
            }
            Some(_) => {
                let host = "localhost".parse().map_err(in_words)?;
                (None, Server::new(host, 25, Security::None))
            }
        };
        let target = settings.server.or(server.connect_to).ok_or("the server has no address")?;
        let link = Link::to([target]).round_trip(round_trip);
        let link = link.acknowledge_at_once(settings.quick_ack).start();
        let link = link.map_err(|error| format!("the link: {error}"))?;
        server.connect_to = Some(link.addr());
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        asked::write_files(folder.path(), &server, &message).map_err(|error| error.to_string())?;
        Ok(Self { link, server, witness, message, folder })
    }

    /// Has a client send so many mails over one connection.
    ///
    /// # Errors
    /// What it did wrong, in words: then there is no figure of it.
    pub(super) fn run(&self, client: &Client, program: &Path, mails: u32) -> Outcome<Seen> {
        let task = Task { server: &self.server, mails, folder: self.folder.path() };
        let command = task.command(client, program)?;
        let before = children::cpu();
        let ran = process::run(command, LIMIT, &NEVER);
        let cpu = children::cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        let connections = self.link.restart(None);
        let stored = self.witness.as_ref().map(Witness::take);
        if let Some(error) = ran.trouble() {
            return Err(in_words(error));
        }
        let [connection] = <[Connection; 1]>::try_from(connections)
            .map_err(|all| format!("it made {} connections", all.len()))?;
        let had = match stored {
            Some(stored) => {
                let mut one = Tally::default();
                one.count(&[self.message.as_slice(), client.adds.as_bytes()].concat());
                stored.check(mails, one, self.server.credentials.is_some())?
            }
            None => Vec::new(),
        };
        Ok(Seen { connection, had, cpu, memory: high_water(&ran.output) })
    }
}

/// What the processes have used that were started and have ended.
#[cfg(unix)]
mod children {
    use std::time::Duration;

    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::{TimeVal, TimeValLike},
    };

    pub(super) fn cpu() -> Option<Duration> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
        let micros = |time: TimeVal| u64::try_from(time.num_microseconds()).ok();
        let (user, system) = (micros(usage.user_time())?, micros(usage.system_time())?);
        Some(Duration::from_micros(user + system))
    }
}

/// Other systems are not asked.
#[cfg(not(unix))]
mod children {
    use std::time::Duration;

    pub(super) fn cpu() -> Option<Duration> {
        None
    }
}
