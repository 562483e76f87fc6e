//! The contenders of the suites that run over every backend.

use mailer::{Error, Mailer, Security, Server, TlsLibrary};
use mailer_backends::{BACKENDS, Backend, Flow, Options};

/// A backend in one of its flows, with a TLS library.
#[derive(Clone, Copy)]
pub struct Contender {
    /// The backend.
    pub backend: &'static Backend,
    /// The flow; [`Flow::Auto`] where the backend has none.
    pub flow: Flow,
    /// The TLS library.
    pub library: TlsLibrary,
}

/// Returns every backend, in each of its flows, with the default TLS library.
pub fn contenders() -> impl Iterator<Item = Contender> {
    BACKENDS.iter().flat_map(|backend| {
        let flows = if backend.has_flows { Flow::ALL } else { &[Flow::Auto] };
        flows.iter().map(move |&flow| Contender::new(backend, flow))
    })
}

impl Contender {
    /// Returns a contender with the default TLS library.
    #[must_use]
    pub fn new(backend: &'static Backend, flow: Flow) -> Self {
        Self { backend, flow, library: TlsLibrary::default() }
    }

    /// Returns the contender with another TLS library.
    #[must_use]
    pub fn with(self, library: TlsLibrary) -> Self {
        Self { library, ..self }
    }

    /// Returns the name of the backend, with the TLS library if it is not the default: `raw::rustls`.
    #[must_use]
    pub fn backend_name(&self) -> String {
        match self.library == TlsLibrary::default() {
            true => self.backend.name.to_owned(),
            false => format!("{}::{}", self.backend.name, self.library),
        }
    }

    /// Returns the first part of the names of its trials.
    #[must_use]
    pub fn name(&self, mode: Security) -> String {
        let (backend, mode) = (self.backend_name(), mode.name());
        if self.backend.has_flows {
            format!("{backend}::{mode}::{}", self.flow)
        } else {
            format!("{backend}::{mode}")
        }
    }

    /// Whether it can present a client certificate: see the row "client-certificate" of
    /// [`mailer_lettre::DIFFERENCES`].
    #[must_use]
    pub fn has_client_certificates(&self) -> bool {
        self.library != TlsLibrary::Rustls
            || self.backend.differences.iter().all(|row| row.name != "client-certificate")
    }

    /// Makes a mailer. With `joins`, AUTH and QUIT share flights with messages.
    ///
    /// # Errors
    /// If the server's settings cannot be used.
    pub fn make(&self, server: &Server, joins: bool) -> Result<Box<dyn Mailer>, Error> {
        let mut server = server.clone();
        server.tls_library = self.library;
        self.backend.make(&server, &self.options(joins))
    }

    /// Returns the options of the backend, to which the TLS library does not belong.
    #[must_use]
    pub fn options(&self, joins: bool) -> Options {
        let mut options = Options::from(self.flow);
        options.pipelining.pipeline_auth = joins;
        options.pipelining.pipeline_quit = joins;
        options
    }
}
