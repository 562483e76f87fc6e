//! The description of a comparison: what is sent, to which server, over which path.

use std::{sync::atomic::AtomicBool, time::Duration};

use mailer::{Mail, Server};
use mailer_link::Path;
use mailer_server::EmbeddedServer;

use crate::{external_client::ExternalClients, known_cause::KnownCause};

/// The RTT of the path over which round trips are counted: longer than anything on loopback takes.
const COUNTING_RTT: Duration = Duration::from_millis(5);

/// The flag of an experiment that the caller does not interrupt.
static NEVER: AtomicBool = AtomicBool::new(false);

/// The description of a comparison. [`run`](Self::run) carries it out.
#[derive(Clone, Debug)]
pub struct Experiment<'a> {
    pub(crate) server: &'a Server,
    pub(crate) mail: &'a Mail,
    pub(crate) mails: usize,
    pub(crate) inbox: Option<&'a EmbeddedServer>,
    pub(crate) warm_up: Option<&'a Server>,
    pub(crate) path: Path,
    pub(crate) counting_path: Option<Path>,
    pub(crate) keep_packets: bool,
    pub(crate) external_clients: Option<ExternalClients<'a>>,
    pub(crate) interrupted: &'a AtomicBool,
    pub(crate) known_causes: Vec<KnownCause>,
    pub(crate) notes: Vec<(String, String)>,
}

impl<'a> Experiment<'a> {
    /// Describes a comparison that sends one mail to this server, through a link without delay.
    #[must_use]
    pub fn new(server: &'a Server, mail: &'a Mail) -> Self {
        Self {
            server,
            mail,
            mails: 1,
            inbox: None,
            warm_up: None,
            path: Path::default(),
            counting_path: None,
            keep_packets: false,
            external_clients: None,
            interrupted: &NEVER,
            known_causes: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Describes a comparison on an embedded server, which is reached as `server` describes: its inbox is
    /// checked after each contender. Each backend sends the same mails to it twice more, unseen: once to
    /// [warm up](Self::warm_up_on), and once over a path with a 5 ms RTT to
    /// [count round trips](Self::count_over).
    #[must_use]
    pub fn on_embedded(embedded: &'a EmbeddedServer, server: &'a Server, mail: &'a Mail) -> Self {
        Self { inbox: Some(embedded), ..Self::new(server, mail) }
            .warm_up_on(server)
            .count_over(COUNTING_RTT)
    }

    /// Sets how often each contender sends the mail over one connection: at least once.
    #[must_use]
    pub fn mails(self, mails: usize) -> Self {
        Self { mails: mails.max(1), ..self }
    }

    /// Sets the path to the server, which the link simulates.
    #[must_use]
    pub fn over(self, path: Path) -> Self {
        Self { path, ..self }
    }

    /// Sets a server to which each backend first sends the same mails, unseen. What a process does only
    /// once (loading code, reading debug information) then counts for no contender.
    ///
    /// It should be an embedded server, since no other server should get more mails than asked for. Each
    /// backend is also constructed once for the experiment's own server, without connecting.
    #[must_use]
    pub fn warm_up_on(self, server: &'a Server) -> Self {
        Self { warm_up: Some(server), ..self }
    }

    /// Counts round trips and flights in a second session of each backend, over a path with this RTT, if
    /// the experiment's own path is shorter. The counts then do not depend on when TLS session tickets
    /// arrive. The server gets the mails of both sessions.
    #[must_use]
    pub fn count_over(self, round_trip: Duration) -> Self {
        Self { counting_path: Some(Path { round_trip, ..Path::default() }), ..self }
    }

    /// Makes the link keep the bytes of each session, for [`pcapng`](crate::capture::pcapng) and for the TLS
    /// records on the page.
    #[must_use]
    pub fn keep_packets(self, keep_packets: bool) -> Self {
        Self { keep_packets, ..self }
    }

    /// Adds external clients, which run after the backends. They send to their own embedded server, so
    /// the experiment has to be on the same one.
    #[must_use]
    pub fn external_clients(self, clients: ExternalClients<'a>) -> Self {
        Self { external_clients: Some(clients), ..self }
    }

    /// Sets a flag that ends the run early once it is true. The comparison then holds what was
    /// observed until then.
    #[must_use]
    pub fn interrupted_by(self, interrupted: &'a AtomicBool) -> Self {
        Self { interrupted, ..self }
    }

    /// Adds causes that are known beforehand. Reports name them only where an observation shows the
    /// symptom.
    #[must_use]
    pub fn known_causes(mut self, causes: impl IntoIterator<Item = KnownCause>) -> Self {
        self.known_causes.extend(causes);
        self
    }

    /// Adds a line to the head of the report, such as a version.
    #[must_use]
    pub fn note(mut self, label: impl Into<String>, value: impl Into<String>) -> Self {
        self.notes.push((label.into(), value.into()));
        self
    }
}
