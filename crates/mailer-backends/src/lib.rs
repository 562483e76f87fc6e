//! The list of backends: the only place that names them.
//!
//! A new backend is its crate, a line in this crate's manifest and an entry in [`BACKENDS`]; commands,
//! benchmarks and tests take it from there.
//!
//! ```
//! use mailer_backends::{BACKENDS, Options, find};
//! let server = "smtp://mail.example.com".parse()?;
//! let mailer = find("raw")?.make(&server, &Options::default())?;
//! assert!(BACKENDS.iter().any(|backend| backend.name == "lettre"));
//! # Ok::<(), mailer::Error>(())
//! ```

use mailer::{Draft, Envelope, Error, Kind, Mail, Mailer, Server};
use mailer_lab::Contender;
use mailer_lettre::{DIFFERENCES, LettreConnection, LettreMailer};
use mailer_raw::RawMailer;

pub use mailer_lettre::Difference;
pub use mailer_raw::{Flow, Pipelining, Window};

/// Every backend, in the order of tables.
pub const BACKENDS: &[Backend] = &[
    Backend {
        name: "raw",
        about: "every byte of SMTP written by hand, over std::net and native-tls",
        measured_only: false,
        has_flows: true,
        make: |server, options| {
            let mailer = RawMailer::new(server, options.pipelining)?;
            Ok(Box::new(if options.nagle { mailer.with_nagle() } else { mailer }))
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
        make: |server, options| {
            let mailer = LettreConnection::new(server)?;
            Ok(Box::new(if options.unguarded { mailer.on_callers_thread() } else { mailer }))
        },
        plan: None,
        render: mailer_lettre::render,
        differences: DIFFERENCES,
    },
];

/// What the backends are made of, with its version, for reports.
pub const VERSIONS: [(&str, &str); 3] = [
    ("lettre", env!("LETTRE_VERSION")),
    ("native-tls", env!("TLS_VERSION")),
    ("rustc", env!("RUSTC_VERSION")),
];

/// A way to send mail, by name.
#[derive(Clone, Copy)]
pub struct Backend {
    /// The name on the command line and in reports.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// It stands in tables of measurements only: `--backend` and dialogues do not take it.
    pub measured_only: bool,
    /// Whether it heeds [`Options::pipelining`].
    pub has_flows: bool,
    /// Where it does not do what the others do, and the line of its source that shows it.
    pub differences: &'static [Difference],
    make: Make,
    plan: Option<Plan>,
    render: Render,
}

type Make = fn(&Server, &Options) -> Result<Box<dyn Mailer>, Error>;
type Render = fn(&Draft, &Envelope) -> Result<Vec<u8>, Error>;
type Plan = fn(&Server, &Options, &Mail) -> Result<Vec<Vec<String>>, Error>;

/// What some backends can be told beyond the [`Server`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How raw groups what it says into flights.
    pub pipelining: Pipelining,
    /// Leaves Nagle's algorithm on in raw, as lettre does.
    pub nagle: bool,
    /// Calls a library on the caller's own thread, as its users do, instead of on one that can be
    /// given up at a deadline: for measurements.
    pub unguarded: bool,
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
    /// Every command and benchmark gets its contenders here, so a contender has the same name everywhere.
    #[must_use]
    pub fn contender(&'static self, options: Options) -> Contender {
        Contender {
            name: self.name.to_owned(),
            measured_only: self.measured_only,
            flow: self.has_flows.then(|| options.pipelining.flow.to_string()),
            make: Box::new(move |server| self.make(server, &options)),
        }
    }

    /// The draft of a mail to this envelope as it would send it; nothing is sent.
    ///
    /// # Errors
    /// What keeps it from being rendered.
    pub fn render(&self, draft: &Draft, envelope: &Envelope) -> Result<Vec<u8>, Error> {
        (self.render)(draft, envelope)
    }

    /// What it would say for this mail, flight by flight, to a server that announces everything;
    /// `None` if it cannot tell.
    ///
    /// # Errors
    /// What keeps the mail from being rendered or read.
    pub fn plan(
        &self,
        server: &Server,
        options: &Options,
        mail: &Mail,
    ) -> Result<Option<Vec<Vec<String>>>, Error> {
        self.plan.map(|plan| plan(server, options, mail)).transpose()
    }
}

/// The backend of this name, if it is one to send with.
///
/// # Errors
/// [`Kind::Configuration`] with the names there are.
pub fn find(name: &str) -> Result<&'static Backend, Error> {
    let mut backends = BACKENDS.iter().filter(|backend| !backend.measured_only);
    backends.clone().find(|backend| backend.name == name).ok_or_else(|| {
        let names: Vec<&str> = backends.by_ref().map(|backend| backend.name).collect();
        Error::new(Kind::Configuration, format!("there is no backend \"{name}\""))
            .hint(format!("the backends are {}", names.join(", ")))
    })
}
