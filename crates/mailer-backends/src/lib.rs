//! The list of backends, which makes a [`Mailer`] from a name. Only this crate names backends.
//!
//! [`find`] returns a backend that sends, [`BACKENDS`] has all of them, and [`Backend::make`] makes the mailer.
//! To use one backend only, depend on its crate: `mailer_raw` or `mailer_lettre`. A new backend needs a crate,
//! a line in this crate's manifest and an entry in [`BACKENDS`]. Commands, benchmarks and tests read the list.
//!
//! ```
//! use mailer_backends::{BACKENDS, Options, find};
//! let server = "smtp://mail.example.com".parse()?;
//! let mailer = find("raw")?.make(&server, &Options::default())?;
//! assert!(BACKENDS.iter().any(|backend| backend.name == "lettre"));
//! # Ok::<(), mailer::Error>(())
//! ```

#![warn(missing_debug_implementations)]

mod code;
mod tls_cases;

use mailer::{Draft, Envelope, Error, Kind, Mail, Mailer, Mechanism, Server, TlsLibrary};
use mailer_lab::Contender;
use mailer_lettre::{DIFFERENCES, LettreConnection, LettreMailer};
use mailer_raw::RawMailer;

pub use code::{call_into_library, code_elsewhere, code_line};
pub use mailer_lettre::Difference;
#[doc(hidden)]
pub use mailer_raw::TLS_BATCH;
pub use mailer_raw::{Announcement, Capabilities, Flow, Pipelining, RoundTrips, Window};
pub use tls_cases::{TLS_CASES, TlsCase};

/// Every backend, in the order of tables.
pub const BACKENDS: &[Backend] = &[
    Backend {
        name: "raw",
        about: "every byte of SMTP written by hand, over std::net and a TLS library",
        measured_only: false,
        has_flows: true,
        acks_at_once: cfg!(target_os = "linux"),
        mechanisms: Mechanism::ALL,
        make: |server, options| {
            let mailer = RawMailer::new(server, options.pipelining)?;
            let mailer = if options.nagle { mailer.with_nagle() } else { mailer };
            let mailer = match options.tls_batch {
                Some(bytes) => mailer.with_tls_batch(bytes),
                None => mailer,
            };
            Ok(Box::new(if options.delayed_ack { mailer.with_delayed_ack() } else { mailer }))
        },
        plan: Some(|server, options, mail| RawMailer::plan(server, options.pipelining, mail)),
        render: |draft, _| Ok(mailer_raw::render(draft)),
        differences: &[],
    },
    Backend {
        name: "lettre",
        about: "the lettre library's SmtpTransport, as its users use it",
        measured_only: false,
        has_flows: false,
        acks_at_once: false,
        mechanisms: mailer_lettre::MECHANISMS,
        make: |server, options| {
            let mailer = LettreMailer::new(server)?;
            Ok(Box::new(if options.unguarded { mailer.on_callers_thread() } else { mailer }))
        },
        plan: None,
        render: mailer_lettre::render,
        differences: DIFFERENCES,
    },
    Backend {
        name: "lettre-connection",
        about: "lettre's SmtpConnection driven directly: the same handshake as raw's",
        measured_only: true,
        has_flows: false,
        acks_at_once: false,
        mechanisms: mailer_lettre::MECHANISMS,
        make: |server, options| {
            let mailer = LettreConnection::new(server)?;
            Ok(Box::new(if options.unguarded { mailer.on_callers_thread() } else { mailer }))
        },
        plan: None,
        render: mailer_lettre::render,
        differences: DIFFERENCES,
    },
];

/// The libraries and the compiler of the backends with their versions, for reports.
pub const VERSIONS: [(&str, &str); 4] = [
    ("lettre", env!("LETTRE_VERSION")),
    ("native-tls", env!("NATIVE_TLS_VERSION")),
    ("rustls", env!("RUSTLS_VERSION")),
    ("rustc", env!("RUSTC_VERSION")),
];

/// A backend and its properties.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Backend {
    /// The name on the command line and in reports.
    pub name: &'static str,
    /// A description in one line.
    pub about: &'static str,
    /// Whether it appears in measurements only: `--backend` does not accept it.
    pub measured_only: bool,
    /// Whether it honours [`Options::pipelining`].
    pub has_flows: bool,
    /// Whether it acknowledges a part of an answer at once, unless [`Options::delayed_ack`] is set.
    pub acks_at_once: bool,
    /// The AUTH mechanisms that it has.
    pub mechanisms: &'static [Mechanism],
    /// The differences from the other backends, with the line of source that causes each.
    pub differences: &'static [Difference],
    make: Make,
    plan: Option<Plan>,
    render: Render,
}

type Make = fn(&Server, &Options) -> Result<Box<dyn Mailer>, Error>;
type Render = fn(&Draft, &Envelope) -> Result<Vec<u8>, Error>;
type Plan = fn(&Server, &Options, &Mail) -> Result<Vec<Vec<String>>, Error>;

/// Options of backends beyond the [`Server`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How raw groups commands into flights.
    pub pipelining: Pipelining,
    /// Whether raw leaves Nagle's algorithm on, as lettre does.
    pub nagle: bool,
    /// Whether raw leaves ACKs to the system, as lettre does.
    pub delayed_ack: bool,
    /// Whether lettre is called on the caller's thread, as its users do, instead of on a thread that can be
    /// abandoned at a deadline. It is for measurements.
    pub unguarded: bool,
    /// The maximum number of bytes of TLS records that raw writes together, for the comparison of sizes in docs/tls.md.
    #[doc(hidden)]
    pub tls_batch: Option<usize>,
}

impl From<Flow> for Options {
    fn from(flow: Flow) -> Self {
        Self { pipelining: flow.into(), ..Self::default() }
    }
}

impl Backend {
    /// Makes a mailer to this server; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`] if the server's settings cannot be used.
    pub fn make(&self, server: &Server, options: &Options) -> Result<Box<dyn Mailer>, Error> {
        (self.make)(server, options)
    }

    /// Returns this backend with these options as a contender of a comparison or a benchmark.
    ///
    /// It uses this TLS library and ignores [`Server::tls_library`], because its label names the library before a server
    /// is known.
    ///
    /// Every command and benchmark gets its contenders here, so a contender has the same name everywhere.
    #[must_use]
    pub fn contender(&'static self, options: Options, library: TlsLibrary) -> Contender {
        let mut contender = Contender::new(self.name, move |server| {
            let mut server = server.clone();
            server.tls_library = library;
            self.make(&server, &options)
        });
        contender.measured_only = self.measured_only;
        contender.delays_acks = options.delayed_ack || !self.acks_at_once;
        contender.flow = self.has_flows.then(|| options.pipelining.flow.to_string());
        contender.tls_library = library;
        contender
    }

    /// Renders a draft to this envelope as the backend would send it. Nothing is sent.
    ///
    /// # Errors
    /// Returns an error if the draft cannot be rendered.
    pub fn render(&self, draft: &Draft, envelope: &Envelope) -> Result<Vec<u8>, Error> {
        (self.render)(draft, envelope)
    }

    /// Returns the commands for this mail, flight by flight, for a server that announces every extension;
    /// `None` if the backend cannot predict them.
    ///
    /// # Errors
    /// Returns an error if the mail cannot be rendered or read.
    pub fn plan(
        &self,
        server: &Server,
        options: &Options,
        mail: &Mail,
    ) -> Result<Option<Vec<Vec<String>>>, Error> {
        self.plan.map(|plan| plan(server, options, mail)).transpose()
    }
}

/// Leaves only those mechanisms in a server's settings that all of these backends have, so that they log in
/// alike. If there is none, the settings stay as they are, and a backend reports what it lacks.
pub fn share_mechanisms<'a>(server: &mut Server, backends: impl IntoIterator<Item = &'a Backend>) {
    let backends: Vec<&Backend> = backends.into_iter().collect();
    let is_shared =
        |mechanism: &&Mechanism| backends.iter().all(|it| it.mechanisms.contains(mechanism));
    let shared: Vec<Mechanism> = server.mechanisms.iter().filter(is_shared).copied().collect();
    if !shared.is_empty() {
        server.mechanisms = shared;
    }
}

/// Returns the backend with this name, if it is one to send with.
///
/// # Errors
/// [`Kind::Configuration`] if there is none. The hint lists the names.
pub fn find(name: &str) -> Result<&'static Backend, Error> {
    let mut backends = BACKENDS.iter().filter(|backend| !backend.measured_only);
    backends.clone().find(|backend| backend.name == name).ok_or_else(|| {
        let names: Vec<&str> = backends.by_ref().map(|backend| backend.name).collect();
        Error::new(Kind::Configuration, format!("there is no backend \"{name}\""))
            .with_hint(format!("the backends are {}", names.join(", ")))
    })
}
