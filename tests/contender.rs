//! The contenders of the suites that run over every backend.

use mailer::{Error, Mailer, Security, Server};
use mailer_backends::{BACKENDS, Backend, Flow, Options};

/// A backend in one of its flows.
#[derive(Clone, Copy)]
pub struct Contender {
    /// The backend.
    pub backend: &'static Backend,
    /// The flow; [`Flow::Auto`] where the backend has none.
    pub flow: Flow,
}

/// Returns every backend, in each of its flows.
pub fn contenders() -> impl Iterator<Item = Contender> {
    BACKENDS.iter().flat_map(|backend| {
        let flows = if backend.has_flows { Flow::ALL } else { &[Flow::Auto] };
        flows.iter().map(move |&flow| Contender { backend, flow })
    })
}

impl Contender {
    /// Returns the first part of the names of its trials.
    #[must_use]
    pub fn name(&self, mode: Security) -> String {
        let (backend, mode) = (self.backend.name, mode.name());
        if self.backend.has_flows {
            format!("{backend}::{mode}::{}", self.flow)
        } else {
            format!("{backend}::{mode}")
        }
    }

    /// Makes a mailer. With `joins`, AUTH and QUIT share flights with messages.
    ///
    /// # Errors
    /// If the server's settings cannot be used.
    pub fn make(&self, server: &Server, joins: bool) -> Result<Box<dyn Mailer>, Error> {
        self.backend.make(server, &self.options(joins))
    }

    /// Returns the options of the backend.
    #[must_use]
    pub fn options(&self, joins: bool) -> Options {
        let mut options = Options::from(self.flow);
        options.pipelining.pipeline_auth = joins;
        options.pipelining.pipeline_quit = joins;
        options
    }
}
