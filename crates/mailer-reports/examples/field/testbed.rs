//! Where clients run: one server and one link for all of them, and what both observe of a run.

use std::{
    path::Path,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use mailer::{Security, Server};
use mailer_bench::{cpu_of_children, message::content, parse_peak_memory};
use mailer_compare::external_client::process;
use mailer_link::{Connection, Link};
use mailer_server::Tally;
use tempfile::TempDir;

use super::{
    TextResult,
    arguments::Settings,
    checked_server::CheckedServer,
    clients::Client,
    command::{self, Task},
    describe,
};

/// Clients are not interrupted: Ctrl-C ends this program, and with it the link.
static NEVER: AtomicBool = AtomicBool::new(false);

/// How long a client's run may take.
const RUN_LIMIT: Duration = Duration::from_secs(300);

pub(super) struct Testbed {
    link: Link,
    server: Server,
    /// `None` with another server than the embedded one.
    checked: Option<CheckedServer>,
    message: Vec<u8>,
    folder: TempDir,
}

/// What was observed of a run.
pub(super) struct Observed {
    pub(super) connection: Connection,
    /// When the server stored each message; empty with another server than the embedded one.
    pub(super) stored_at: Vec<Instant>,
    /// CPU time of the client's process from its start to its end; `None` on systems other than Unix.
    pub(super) cpu: Option<Duration>,
    /// The peak memory of the client's process in bytes, if it reports it.
    pub(super) memory: Option<u64>,
}

impl Testbed {
    pub(super) fn set_up(settings: &Settings, round_trip: Duration) -> TextResult<Self> {
        let message = content(settings.size);
        let (checked, mut server) = match settings.server {
            None => {
                let (checked, server) = CheckedServer::start(settings.security, message.len())?;
                (Some(checked), server)
            }
            Some(_) => {
                let host = "localhost".parse().map_err(describe)?;
                (None, Server::new(host, 25, Security::None))
            }
        };
        let target = settings.server.or(server.connect_to).ok_or("the server has no address")?;
        let link = Link::to([target]).round_trip(round_trip);
        let link = link.acknowledge_at_once(settings.quick_ack).start();
        let link = link.map_err(|error| format!("the link: {error}"))?;
        server.connect_to = Some(link.addr());
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        command::write_files(folder.path(), &server, &message)
            .map_err(|error| error.to_string())?;
        Ok(Self { link, server, checked, message, folder })
    }

    /// Lets a client send messages over one connection.
    ///
    /// # Errors
    /// What the client did wrong: then the run has no result.
    pub(super) fn run(
        &self,
        client: &Client,
        program: &Path,
        messages: u32,
    ) -> TextResult<Observed> {
        let task = Task { server: &self.server, repetitions: messages, folder: self.folder.path() };
        let command = task.command(client, program)?;
        let before = cpu_of_children();
        let ran = process::run(command, RUN_LIMIT, &NEVER);
        let cpu = cpu_of_children().zip(before).map(|(after, before)| after.since(before).total());
        let connections = self.link.restart(None);
        let arrivals = self.checked.as_ref().map(CheckedServer::take_arrivals);
        if let Some(error) = ran.trouble() {
            return Err(describe(error));
        }
        let [connection] = <[Connection; 1]>::try_from(connections)
            .map_err(|all| format!("it made {} connections", all.len()))?;
        let stored_at = match arrivals {
            Some(arrivals) => {
                let mut expected = Tally::default();
                expected.count(&[self.message.as_slice(), client.appends.as_bytes()].concat());
                arrivals.check(messages, expected, self.server.credentials.is_some())?
            }
            None => Vec::new(),
        };
        Ok(Observed { connection, stored_at, cpu, memory: parse_peak_memory(&ran.output) })
    }
}
